"""What must hold after a kill, and after the same command has run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from victims import Ended
from worlds import finished_work, tree, visible

from twin.errors import BadInput
from twin.results import open_run
from twin.runfolder import ASIDE


def before_rerun(world: Path, before: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong after a kill: files that look finished and are not."""
    for name, digest in tree(world).items():
        growing = name.endswith("index.parquet") and "unreadable" not in digest
        known = digest in (wanted.get(name), before.get(name))
        if visible(name) and not growing and not known:
            yield f"{name} looks finished and is not what it must be ({digest[:60]})"
    for half in world.rglob(f"{ASIDE}*"):
        if half.is_dir() and _opens(half) and not _whole(half, world, wanted):
            yield f"{half.relative_to(world)} is taken for a whole run"


def after_rerun(
    world: Path, wanted: Mapping[str, str], kept: Mapping[Path, tuple[int, int]], again: Ended
) -> Iterator[str]:
    """Yield what is wrong after the same command has run again."""
    if again.code != 0:
        yield f"the rerun ends with {again.code}: {again.said[-400:].strip()}"
        return
    found = tree(world)
    for name in sorted(found.keys() - wanted.keys()):
        yield f"{name} is left behind"
    for name in sorted(wanted.keys() - found.keys()):
        yield f"{name} is missing after the rerun"
    for name in sorted(found.keys() & wanted.keys()):
        if found[name] != wanted[name]:
            yield f"{name} differs from that of an undisturbed run"
    now = finished_work(world)
    for path in (path for path, was in kept.items() if now.get(path) != was):
        yield f"{path.relative_to(world)} was finished and has been made again"


def _opens(folder: Path) -> bool:
    try:
        open_run(folder)
    except BadInput:
        return False
    return True


def _whole(folder: Path, world: Path, wanted: Mapping[str, str]) -> bool:
    """Whether a folder aside holds all that the finished one does."""
    run = folder.name.rpartition("-")[2]
    names = {Path(name).name for name in wanted if Path(name).parent.name == run}
    return names <= {path.name for path in folder.iterdir()}
