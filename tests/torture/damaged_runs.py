"""Run folders as a failing disk, a careless copy or another program leaves them."""

from __future__ import annotations

import os
import random
import resource
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from binary_mutations import mutated_binary, mutated_dataset, mutated_json
from mutations import mutated_bytes, mutated_csv, mutated_toml
from trials import Trial

from twin.errors import TwinError
from twin.results import read_dataset
from twin.runfolder import seal

NETCDF = ("plan.nc", "problem.nc", "menu.nc", "moves.nc")
"""The last only where work moves between sites."""
READ = (
    *NETCDF,
    "manifest.json",
    "case.toml",
    "SHA256SUMS",
    "sites.csv",
    "sites.geojson",
    "log.txt",
    "map.png",
)
LISTED = "listing of serve"
Verb = Callable[[Path, Path, str], Trial]
"""What makes a trial of a folder, a sound one beside it, and words of what was done."""


@dataclass(frozen=True)
class DamagedRun:
    """A trial on a damaged copy of ``true``; ``sealed`` where its digests were made to fit the damage."""

    trial: Trial
    verb: Verb
    true: Path
    sealed: bool


def damaged_runs(runs: Sequence[Path], spoilt: Path, rng: random.Random) -> Iterator[DamagedRun]:
    """Yield trials for ever; the folder ``spoilt`` holds the damaged run when its trial is yielded.

    It is one of ``runs``, of which there are at least two: files are taken from another one.
    """
    while True:
        true, other = rng.sample(list(runs), 2)
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(true, spoilt)
        sealed = rng.random() < 0.35
        what = rng.choice(FOREIGN)(spoilt, rng) if sealed else rng.choice(DAMAGES)(spoilt, other, rng)
        if sealed:
            seal(spoilt)
        verb = rng.choice(QUICK if sealed and rng.random() < 0.8 else VERBS)
        trial = verb(spoilt, true, f"{'foreign' if sealed else 'damaged'}: {what}")
        yield DamagedRun(trial, verb, true, sealed)


def undisturbed(verb: Verb, true: Path, spoilt: Path) -> Trial:
    """Return the trial of a verb on a true copy."""
    shutil.rmtree(spoilt, ignore_errors=True)
    shutil.copytree(true, spoilt)
    return verb(spoilt, true, "undisturbed")


def _some(folder: Path, names: Sequence[str], rng: random.Random, other: Path | None = None) -> str:
    """Return one of ``names`` that the folder has, and the ``other`` one too where it is given."""
    places = (folder,) if other is None else (folder, other)
    there = [name for name in names if all((place / name).exists() for place in places)]
    return rng.choice(there)


def _one_file(folder: Path, other: Path, rng: random.Random) -> str:
    name = _some(folder, READ, rng)
    made = mutated_binary((folder / name).read_bytes(), rng)
    (folder / name).write_bytes(made.content)
    return f"{name} {made.what}"


def _text_file(folder: Path, other: Path, rng: random.Random) -> str:
    name, how = rng.choice(
        (("manifest.json", mutated_json), ("case.toml", mutated_toml), ("sites.csv", mutated_csv))
    )
    made = how((folder / name).read_text(encoding="utf-8"), rng)
    (folder / name).write_bytes(made.content)
    return f"{name} {made.what}"


def _missing(folder: Path, other: Path, rng: random.Random) -> str:
    name = _some(folder, READ, rng)
    (folder / name).unlink()
    return f"{name} missing"


def _swapped(folder: Path, other: Path, rng: random.Random) -> str:
    name = _some(folder, READ, rng, other)
    shutil.copy(other / name, folder / name)
    return f"{name} of another run"


def _changed_places(folder: Path, other: Path, rng: random.Random) -> str:
    one, two = rng.sample([name for name in NETCDF if (folder / name).exists()], 2)
    held = (folder / one).read_bytes()
    (folder / one).write_bytes((folder / two).read_bytes())
    (folder / two).write_bytes(held)
    return f"{one} and {two} changed places"


def _a_folder_instead(folder: Path, other: Path, rng: random.Random) -> str:
    name = _some(folder, READ, rng)
    (folder / name).unlink()
    if rng.random() < 0.5:
        (folder / name).mkdir()
        return f"{name} is a folder"
    (folder / name).symlink_to(rng.choice((folder / name, folder.parent / "nowhere", Path(os.devnull))))
    return f"{name} is a link to {os.readlink(folder / name)}"


def _another_version(folder: Path, other: Path, rng: random.Random) -> str:
    path = folder / "manifest.json"
    version = rng.choice(("1", "0", "3", "99", "2.5", '"2"', "null", "[2]", "-1", "1e400"))
    text = path.read_text(encoding="utf-8").replace('"schema_version": 2', f'"schema_version": {version}')
    path.write_text(text, encoding="utf-8")
    if rng.random() < 0.5:
        seal(folder)
    return f"schema version {version}"


def _half_copied(folder: Path, other: Path, rng: random.Random) -> str:
    names = sorted(path.name for path in folder.iterdir())
    lost = rng.sample(names, rng.randint(2, len(names)))
    for name in lost:
        (folder / name).unlink()
    return f"without {', '.join(lost)}"


def _foreign_dataset(folder: Path, rng: random.Random) -> str:
    name = _some(folder, NETCDF, rng)
    made, what = mutated_dataset(read_dataset(folder / name), rng)
    try:
        made.to_netcdf(folder / name, engine="h5netcdf")
    except (ValueError, TypeError):  # nobody can write such a file
        (folder / name).write_bytes(b"")
    return f"{name} {what}"


def _foreign_manifest(folder: Path, rng: random.Random) -> str:
    made = mutated_json((folder / "manifest.json").read_text(encoding="utf-8"), rng)
    (folder / "manifest.json").write_bytes(made.content)
    return f"manifest {made.what}"


def _foreign_case(folder: Path, rng: random.Random) -> str:
    made = mutated_toml((folder / "case.toml").read_text(encoding="utf-8"), rng)
    (folder / "case.toml").write_bytes(made.content)
    return f"case {made.what}"


def _foreign_bytes(folder: Path, rng: random.Random) -> str:
    name = rng.choice(("manifest.json", "case.toml"))
    made = mutated_bytes((folder / name).read_bytes(), rng)
    (folder / name).write_bytes(made.content)
    return f"{name} {made.what}"


def roomy() -> None:
    """Take away the limit of address space, of which V8 reserves more than it uses; use is still measured."""
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _verb(*words: str, second: bool = False, draws: bool = False) -> Verb:
    """Return what makes a trial of a verb and its options on the folder; ``draws`` where V8 is at work."""

    def made(spoilt: Path, true: Path, what: str) -> Trial:
        folders = (str(spoilt), str(true)) if second else (str(spoilt),)
        argv, before = (words[0], *folders, *words[1:]), (roomy,) if draws else ()
        return Trial(f"runs: {words[0]}", f"{words[0]}: {what}", argv, before)

    made.__name__ = words[0]
    return made


def _listing(spoilt: Path, true: Path, what: str) -> Trial:
    """The runs that the app would offer, one damaged and one sound."""

    def listed() -> None:
        from twin.app.runs import given_runs

        code = 0
        try:
            given = given_runs([spoilt, true])
            print(sorted(start.label for start in given.starts.values()))
            print("\n".join(map(str, given.faults)), file=sys.stderr)
            code = 2 if given.faults else 0
        except TwinError as error:
            print(error, file=sys.stderr)
            code = error.exit_code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

    return Trial(f"runs: {LISTED}", f"{LISTED}: {what}", ("serve", str(spoilt)), before=(listed,))


VERBS: tuple[Verb, ...] = (
    _verb("check"), _verb("check"), _verb("show-run"), _verb("show-run"), _verb("compare", second=True),
    _verb("export", "--to", "geojson,kml"), _verb("risk", "--draws", "100", "--json"), _listing,
    _verb("report", "--out", "page.html", draws=True), _verb("replay", "--json"),
    _verb("plot", "costs", "--to", "svg", "--out", "figures", draws=True),
)  # fmt: skip
QUICK = VERBS[:7]
"""Those that cost little where a folder is not refused at once."""
DAMAGES = (
    _one_file, _one_file, _one_file, _text_file, _missing, _swapped, _changed_places, _a_folder_instead,
    _another_version, _half_copied,
)  # fmt: skip
FOREIGN = (_foreign_dataset, _foreign_dataset, _foreign_manifest, _foreign_case, _foreign_bytes)
