"""The verbs that are killed, each on a tiny case with the folder it starts from."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from memory import Memory
from victims import Victim

from twin import identity

sys.path.append(str(Path(__file__).parents[1] / "grids" / "sources"))
CASE = (
    "sites=PT-SIN", "target.final_own_share=0.3", "policy.max_site_share=1", "policy.max_zone_share=1",
    "energy.options=cheapest", "solver.workers=1",
)  # fmt: skip
"""Levers that make of ``tiny`` the smallest case with halls of its own."""
STUDY = """title = "Two small cases"
case = "tiny"
design = "grid"
outcomes = ["objective_eur", "mw_it.*"]
[set]
sites = ["PT-SIN"]
policy.max_site_share = 1
policy.max_zone_share = 1
energy.options = ["cheapest"]
[levers]
target.final_own_share = [0.3, 0.2]
[sources.default]
source = "our judgement of what is worth asking"
confidence = "medium"
"""
FORMATS = "geojson,xlsx,parquet,netcdf,kml"


@dataclass(frozen=True)
class Killable:
    """A verb: its name in the table, arguments, and the folder that it starts from."""

    name: str
    arguments: tuple[str, ...]
    base: Path
    remakes: bool = False
    """Whether finished work is made again on purpose."""


@contextmanager
def killables(folder: Path, memory: Memory) -> Iterator[list[Killable]]:
    """Make the folders that verbs start from, once, and serve what ``grids fetch`` asks for.

    What that computes is remembered in ``memory``.
    """
    from live_server import serve

    _warm()
    digest = identity.code_digest()
    identity.code_digest = lambda: digest  # who edits code meanwhile changes no id
    levers = tuple(part for lever in CASE for part in ("--set", lever))
    plan = ("plan", "tiny", "--out", "runs", *levers)
    empty, priced, planned = folder / "empty", folder / "priced", folder / "planned"
    for base in (empty, planned):
        base.mkdir()
    (empty / "small.toml").write_text(STUDY)
    (planned / "small.toml").write_text(STUDY)
    _done(planned, plan, memory)
    shutil.copytree(planned, priced)
    (run,) = (path for path in (priced / "runs").iterdir() if path.name != ".menu")
    shutil.rmtree(run)
    at = f"runs/{run.name}"
    study = ("study", "run", "small.toml", "--workers", "0", "--out", "runs")
    fetch = ("grids", "fetch", "tiny", "--from", "energy-charts,pvgis", "--year", "2023",
             "--out", "grid.nc", "--cache", "cache")  # fmt: skip
    with serve() as server:
        os.environ |= {
            "TWIN_ENERGY_CHARTS_URL": f"{server.root}/ec",
            "TWIN_PVGIS_URL": f"{server.root}/pvgis",
            "TWIN_FETCH_PAUSE_S": "0",
        }
        yield [
            Killable("plan", plan, priced),
            Killable("study", study, priced),
            Killable("grids fetch", fetch, empty),
            Killable("replay", ("replay", at, "--workers", "1"), planned),
            Killable("export", ("export", at, "--to", FORMATS), planned),
            Killable("plan, nothing priced", plan, empty),
            Killable("plan again", (*plan, "--force"), planned, remakes=True),
            Killable("study, nothing priced", study, empty),
        ]


def _warm() -> None:
    """Import what the verbs import, so that a forked process has it."""

    import twin.cli.commands
    import twin.control_room.replay
    import twin.exchange.export
    import twin.export.table
    import twin.grids.sources.live.fetching
    import twin.study.run
    import twin.study.show  # noqa: F401


def _done(world: Path, arguments: tuple[str, ...], memory: Memory) -> None:
    ended = Victim(world, arguments, prepare=memory.use).end()
    memory.load()
    if ended.code != 0:
        raise RuntimeError(f"twin {' '.join(arguments)} ends with {ended.code}: {ended.said[-1000:]}")
