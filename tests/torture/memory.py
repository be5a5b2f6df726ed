"""Long computations remembered, so that a killed verb soon comes to its files again."""

from __future__ import annotations

import hashlib
import importlib
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Key = Callable[..., str]


def _by_run(inputs: Any, *_: object, **__: object) -> str:
    return str(inputs.run_id)


def _by_site(job: Any) -> str:
    return f"{job.site} {job.design}"


def _by_tasks(tasks: Any, *_: object) -> str:
    return str(sorted(map(str, tasks)))


def _by_manifest(_case: Any, manifest: Any, *_: object, **__: object) -> str:
    return str(manifest["run"])


def _by_content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return f"{path} {time.monotonic()}"  # nothing to remember


def _alone(*_: object, **__: object) -> str:
    return ""


REMEMBERED: tuple[tuple[str, str, Key], ...] = (
    ("twin.ground", "hourly_grids", _alone),
    ("twin.ground", "facility", _alone),
    ("twin.run", "certified", _by_run),
    ("twin.study.work", "certified", _by_run),
    ("twin.run", "run_files", _by_manifest),
    ("twin.study.work", "run_files", _by_manifest),
    ("twin.results", "read_dataset", _by_content),
    ("twin.planning.menu", "finished", _by_tasks),
    ("twin.planning.menu", "load_range", _by_site),
    ("twin.control_room.replay", "site_years", _alone),
    ("twin.control_room.replay", "replay_fleet", _alone),
)
"""Module, function and what tells two calls apart; none of them writes a file."""


class Memory:
    """Results of slow functions, kept as pickles in ``folder`` and loaded before the next fork."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.known, self._loaded = folder, dict[str, Any](), set[Path]()

    def load(self) -> bool:
        """Take what forked processes have computed since; return whether there was any."""
        new = [path for path in self.folder.glob("*.pickle") if path not in self._loaded]
        for path in new:
            name, result = pickle.loads(path.read_bytes())
            self.known[name] = result
        self._loaded.update(new)
        return bool(new)

    def use(self) -> None:
        """Patch the slow functions, in a forked process."""
        for module, function, key in REMEMBERED:
            self._patch(importlib.import_module(module), function, key)
        self._patch_formats()

    def _patch(self, module: Any, function: str, key: Key) -> None:
        true = getattr(module, function)

        def remembered(*parts: Any, **named: Any) -> Any:
            name = f"{module.__name__} {function} {key(*parts, **named)}"
            return self._recall(name, lambda: _plain(true(*parts, **named)))

        setattr(module, function, remembered)

    def _patch_formats(self) -> None:
        from dataclasses import replace

        from twin.exchange.export import FORMATS

        for name, each in FORMATS.items():

            def make(material: Any, true: Any = each.make, name: str = name) -> Any:
                return self._recall(f"format {name}", lambda: true(material))

            FORMATS[name] = replace(each, make=make)

    def _recall(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self.known:
            self.known[name] = compute()
            path = self.folder / f"{os.getpid()}-{len(self.known)}.pickle"
            half = path.with_suffix(".half")
            half.write_bytes(pickle.dumps((name, self.known[name])))
            half.rename(path)
        return self.known[name]


def _plain(result: Any) -> Any:
    """Return a generator's items as a list."""
    return list(result) if hasattr(result, "__next__") else result
