"""What a case names, loaded and checked: the models a run is made of, and the digests that make its id."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twin import identity, library
from twin.config.case import Case
from twin.config.levers import deciding_toml, with_levers
from twin.config.site import Site
from twin.config.technology import Technology
from twin.errors import BadInput, Fault
from twin.grids.ensemble import recipe
from twin.grids.weather_file import weather_file
from twin.hall import Hall, load_hall
from twin.references import check_references, outside_files


@dataclass(frozen=True)
class Inputs:
    """Everything a case names, loaded: the models a run is made of."""

    case: Case
    sites: tuple[Site, ...]
    halls: dict[str, Hall]
    technology: Technology
    digests: dict[str, str] = field(repr=False)

    @property
    def run_id(self) -> str:
        """Id of the run that these inputs make."""
        return identity.run_id(self.digests)


def load_case(ref: str, levers: Sequence[str] = ()) -> Case:
    """Return a case by name or path with ``key=value`` levers applied. Raises BadInput."""
    return with_levers(library.get("cases", ref), levers)


def load_inputs(case: Case, shared: Mapping[str, str] | None = None) -> Inputs:
    """Load and check every model that a case names. Raises BadInput with all faults.

    ``shared`` is what :func:`shared_digests` returned, where many cases are loaded together.
    """
    check_references(case)
    names = library.names("sites") if case.sites == "all" else case.sites
    return Inputs(
        case=case,
        sites=tuple(library.get("sites", name) for name in names),
        halls={name: load_hall(design) for name, design in case.designs.items()},
        technology=library.get("technologies", case.technologies),
        digests=_digests(case, shared_digests() if shared is None else shared),
    )


def shared_digests() -> dict[str, str]:
    """Return the digests of models, data and code, which all cases have in common."""
    return {
        "models": identity.digest_of_folder(library.models_dir(), "*.toml"),
        "data": identity.digest_of_folder(library.data_dir(), "*.*"),
        "code": identity.code_digest(),
    }


def _digests(case: Case, shared: Mapping[str, str]) -> dict[str, str]:
    found = {"case": identity.digest_of_bytes(deciding_toml(case).encode()), **shared}
    own_files = outside_files(case)
    if case.energy.grid != "reference" and recipe(case.energy.grid) is None:
        own_files.append(_grid_file(case))
    for path in own_files:
        found[path.name] = identity.digest_of_bytes(path.read_bytes())
    if case.energy.weather != "reference":
        path = weather_file(case.energy.weather)
        found[f"weather {path.name}"] = identity.digest_of_bytes(path.read_bytes())
    return found


def _grid_file(case: Case) -> Path:
    path = Path(case.energy.grid)
    if not os.path.isfile(path):
        hint = "write one with: twin grids import FILE… --out grid.nc"
        raise BadInput(
            Fault(
                f"cases/{case.name}",
                "energy.grid",
                str(path),
                '"reference", "ensemble:N", "extreme:NAME" or a grid file',
                hint,
            )
        )
    return path
