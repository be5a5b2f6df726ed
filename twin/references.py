"""What a case names: checked all at once, and the files of a planner's own among it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from twin import library
from twin.config.case import Case
from twin.config.it import Rack
from twin.config.regulation import rule_set_names
from twin.errors import BadInput, Fault, nearest


def references(case: Case) -> list[tuple[str, str]]:
    """Return (kind, name or path) of every model that a case needs, racks' own nodes and GPUs included.

    Raises BadInput when a rack cannot be read, for then its parts are unknown.
    """
    return [*_named(case), *_parts_of_racks(case)]


def check_references(case: Case) -> None:
    """Raise one BadInput with every model that is missing or wrong and every unknown rule set."""
    faults: list[Fault] = []
    for kind, ref in dict.fromkeys(_named(case)):
        try:
            model = library.get(kind, ref)
            if isinstance(model, Rack):
                _ = [library.get(part, name) for part, name in _parts(model)]
        except BadInput as error:
            faults.extend(error.faults)
    allowed = rule_set_names(library.all_of("regulations"))
    for name in case.policy.rule_sets:
        if name not in allowed:
            hint = nearest(name, allowed)
            faults.append(
                Fault(f"cases/{case.name}", "policy.rule_sets", name, "a set of rules or one rule", hint)
            )
    if faults:
        raise BadInput(list(dict.fromkeys(faults)))


def outside_files(case: Case) -> list[Path]:
    """Return the model files of a case that lie outside the library: they belong to a run's identity."""
    inside = library.models_dir().resolve()
    paths = {library.path_of(kind, ref).resolve() for kind, ref in references(case)}
    return sorted(path for path in paths if not path.is_relative_to(inside))


def _named(case: Case) -> Iterator[tuple[str, str]]:
    yield "fleets", case.fleet
    yield "technologies", case.technologies
    if case.energy.outlook:
        yield "outlooks", case.energy.outlook
    if case.energy.extreme:
        yield "extremes", case.energy.extreme
    yield from (("workloads", name) for name in case.workloads)
    yield from (("sites", name) for name in (library.names("sites") if case.sites == "all" else case.sites))
    for design in case.designs.values():
        yield "racks", design.rack
        yield "cooling", design.cooling
        yield "power_trains", design.power_train


def _parts_of_racks(case: Case) -> Iterator[tuple[str, str]]:
    for design in case.designs.values():
        yield from _parts(library.get("racks", design.rack))


def _parts(rack: Rack) -> Iterator[tuple[str, str]]:
    yield from ((kind, name) for kind, name in (("gpus", rack.gpu), ("nodes", rack.node)) if name)
