"""Find anything in ``models/`` by name, by path, or given as an object — all through one door.

Model files travel inside the wheel (``twin/_share``); in a checkout they lie beside the package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from pydantic import ValidationError

from twin.config.base import Model
from twin.config.faults import faults_of
from twin.config.plain import not_plain
from twin.config.reach import no_numbers, out_of_reach
from twin.config.sources import expanded
from twin.config.toml import with_none
from twin.config.toml_file import read_toml
from twin.errors import BadInput, Fault, nearest

if TYPE_CHECKING:
    from twin.config.case import Case
    from twin.config.ensemble import YearSpread
    from twin.config.extreme import Extreme
    from twin.config.fault import OperatingFault
    from twin.config.fleet import Fleet
    from twin.config.it import Gpu, Node, Rack
    from twin.config.outlook import Outlook
    from twin.config.plant import CoolingPlant, PowerTrain
    from twin.config.regulation import Regulation
    from twin.config.reliability import Reliability
    from twin.config.site import Site
    from twin.config.study import Study
    from twin.config.technology import Technology
    from twin.config.workload import Workload

KINDS: dict[str, str] = {
    "sites": "twin.config.site:Site",
    "regulations": "twin.config.regulation:Regulation",
    "technologies": "twin.config.technology:Technology",
    "fleets": "twin.config.fleet:Fleet",
    "workloads": "twin.config.workload:Workload",
    "gpus": "twin.config.it:Gpu",
    "nodes": "twin.config.it:Node",
    "racks": "twin.config.it:Rack",
    "cooling": "twin.config.plant:CoolingPlant",
    "power_trains": "twin.config.plant:PowerTrain",
    "cases": "twin.config.case:Case",
    "studies": "twin.config.study:Study",
    "outlooks": "twin.config.outlook:Outlook",
    "extremes": "twin.config.extreme:Extreme",
    "ensembles": "twin.config.ensemble:YearSpread",
    "faults": "twin.config.fault:OperatingFault",
    "reliability": "twin.config.reliability:Reliability",
}
"""Folder in ``models/`` to the class of its files."""

Ref = str | Path | Model


@cache
def _share(folder: str) -> Path:
    inside = Path(str(resources.files("twin"))) / "_share" / folder
    return inside if inside.is_dir() else Path(str(resources.files("twin"))).parent / folder


def models_dir() -> Path:
    """Return the folder of model files: in the wheel, else in the checkout."""
    return _share("models")


def data_dir() -> Path:
    """Return the folder of calibration tables: in the wheel, else in the checkout."""
    return _share("data")


def model_class(kind: str) -> type[Model]:
    """Return the class of a kind. Raises BadInput for an unknown kind."""
    if kind not in KINDS:
        raise BadInput(Fault("library", "kind", kind, "a kind of model", nearest(kind, KINDS)))
    module, name = KINDS[kind].split(":")
    found: type[Model] = getattr(import_module(module), name)
    return found


def names(kind: str) -> list[str]:
    """Return the names of a kind in the library, sorted. Raises BadInput for an unknown kind."""
    model_class(kind)
    return sorted(path.stem for path in (models_dir() / kind).glob("*.toml"))


@overload
def get(kind: Literal["sites"], ref: Ref) -> Site: ...
@overload
def get(kind: Literal["regulations"], ref: Ref) -> Regulation: ...
@overload
def get(kind: Literal["technologies"], ref: Ref) -> Technology: ...
@overload
def get(kind: Literal["fleets"], ref: Ref) -> Fleet: ...
@overload
def get(kind: Literal["workloads"], ref: Ref) -> Workload: ...
@overload
def get(kind: Literal["gpus"], ref: Ref) -> Gpu: ...
@overload
def get(kind: Literal["nodes"], ref: Ref) -> Node: ...
@overload
def get(kind: Literal["racks"], ref: Ref) -> Rack: ...
@overload
def get(kind: Literal["cooling"], ref: Ref) -> CoolingPlant: ...
@overload
def get(kind: Literal["power_trains"], ref: Ref) -> PowerTrain: ...
@overload
def get(kind: Literal["cases"], ref: Ref) -> Case: ...
@overload
def get(kind: Literal["studies"], ref: Ref) -> Study: ...
@overload
def get(kind: Literal["outlooks"], ref: Ref) -> Outlook: ...
@overload
def get(kind: Literal["extremes"], ref: Ref) -> Extreme: ...
@overload
def get(kind: Literal["ensembles"], ref: Ref) -> YearSpread: ...
@overload
def get(kind: Literal["faults"], ref: Ref) -> OperatingFault: ...
@overload
def get(kind: Literal["reliability"], ref: Ref) -> Reliability: ...
@overload
def get(kind: str, ref: Ref) -> Model: ...
def get(kind: str, ref: Ref) -> Model:
    """Return a model of ``kind``: by name, by path of a ``.toml`` file, or the object itself.

    Raises BadInput that lists every fault of the file, or names the nearest model when none fits.
    """
    cls = model_class(kind)
    if isinstance(ref, Model):
        if not isinstance(ref, cls):
            raise BadInput(Fault("library", kind, ref.name, f"a {cls.__name__}", f"got {type(ref).__name__}"))
        return ref
    path = _find(kind, str(ref))
    return _load(cls, path, path.stat().st_mtime_ns)


@overload
def all_of(kind: Literal["sites"]) -> Sequence[Site]: ...
@overload
def all_of(kind: Literal["regulations"]) -> Sequence[Regulation]: ...
@overload
def all_of(kind: str) -> Sequence[Model]: ...
def all_of(kind: str) -> Sequence[Model]:
    """Return every model of a kind in the library, by name. Raises BadInput with all faults of all files."""
    return many(kind, names(kind))


def many(kind: str, refs: Sequence[Ref]) -> list[Model]:
    """Return the models that ``refs`` name, in order. Raises one BadInput with the faults of all of them."""
    found: list[Model] = []
    faults: list[Fault] = []
    for ref in refs:
        try:
            found.append(get(kind, ref))
        except BadInput as error:
            faults.extend(error.faults)
    if faults:
        raise BadInput(faults)
    return found


def path_of(kind: str, name: str) -> Path:
    """Return the file of a model in the library or the given path. Raises BadInput when there is none."""
    model_class(kind)
    return _find(kind, name)


def _find(kind: str, ref: str) -> Path:
    """Names have no ending; whatever ends in ``.toml`` or holds a slash is a path from where you stand."""
    if ref.endswith(".toml") or "/" in ref or "\\" in ref:
        path = Path(os.path.expanduser(ref))
        if not os.path.isfile(path):  # unlike Path.is_file, of no path whatever an error
            raise BadInput(Fault(ref, "path", ref, f"a file that describes one of {kind}", "no such file"))
        return path
    path = models_dir() / kind / f"{ref}.toml"
    if not os.path.isfile(path):
        expected = f"a name in models/{kind} or a .toml path"
        raise BadInput(Fault("library", kind, ref, expected, nearest(ref, names(kind))))
    return path


@contextmanager
def asked_by(file: str, key: str, kind: str, ref: str) -> Iterator[None]:
    """Raise a missing model ``kind``/``ref`` as a fault of who asked for it: of ``key`` in ``file``."""
    try:
        yield
    except BadInput as error:
        asked = ([kind, ref], ["path", ref])
        faults = [replace(f, file=file, key=key) if [f.key, f.value] in asked else f for f in error.faults]
        raise BadInput(faults) from error


@cache
def _load(cls: type[Model], path: Path, stamp: int) -> Model:
    """``stamp`` (time of change) is in the cache key, so an edited file is read again."""
    shown = _shown(path)
    raw = read_toml(path, shown)
    raw.setdefault("name", path.stem)
    # A file of your own may carry another name: the case kept in a run folder is always case.toml.
    named = raw["name"] == path.stem or not path.is_relative_to(models_dir())
    wrong = [] if named else [Fault(shown, "name", raw["name"], f"{path.stem!r}, the file's name")]
    wrong += out_of_reach(raw, shown) + not_plain(raw, shown)
    try:
        if isinstance(raw.get("sources"), dict):
            raw["sources"] = expanded(raw["sources"], list(cls.model_fields), shown)
        model = cls.model_validate(with_none(raw, cls))
    except BadInput as error:
        raise BadInput([*wrong, *error.faults]) from error
    except ValidationError as error:
        raise BadInput([*wrong, *faults_of(error, cls, shown)]) from error
    if wrong := wrong or no_numbers(raw, model.model_dump(), shown):
        raise BadInput(wrong)
    return model


def _shown(path: Path) -> str:
    """Return the path as a reader knows it: ``models/sites/FR-FOU.toml`` inside the library."""
    library = models_dir()
    return f"models/{path.relative_to(library).as_posix()}" if path.is_relative_to(library) else str(path)
