"""Trials of what a planner types: levers, and command lines of every verb."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import typer.main
from mutated_models import QUICK, stop_before_hours
from odd_values import ODD, QUARTERS, TEXTS, UNITS
from right_lines import MADE, RIGHT, RUN, write_files
from trials import Sandbox, Trial

from twin.cli.commands import app
from twin.config.levers import lever_keys
from twin.config.toml import scalar
from twin.inputs import load_case

OFFLINE = {
    name: "http://127.0.0.1:9"
    for name in (
        "TWIN_ENERGY_CHARTS_URL", "TWIN_SMARD_URL", "TWIN_ENTSOE_URL", "TWIN_OPEN_METEO_ARCHIVE_URL",
        "TWIN_OPEN_METEO_CLIMATE_URL", "TWIN_PVGIS_URL",
    )
} | {"TWIN_FETCH_PAUSE_S": "0"}  # fmt: skip
"""Addresses at which nobody listens: no trial asks the network."""
NUMBERS = (
    "0", "-1", "1", "2", "3", "0.5", "1e3", "1000000", "nan", "inf", "-inf", "1e309", "0x10", "１", "1_000",
    "1,5", "9" * 400, "--", "+",
)  # fmt: skip
GOOD = (
    "tiny", RUN, "sites", "racks", "sites/FR-BRU", "gb200-nvl72", "FR-BRU", "PT-SIN", "2028Q4", "png", "xlsx",
    "cost,carbon", "price.csv",
)  # fmt: skip
PATHS = (
    ".", "..", "/", "/dev/null", "/dev/zero", "/proc/self/mem", "/nonexistent/x", "a/b/c", "~", "~nobody",
    "own", "x.nc", "x" * 300, "/".join(["d"] * 2_000), "näme", "日本語.toml", "\u202ea.nc", "a b", "a\nb",
    "-", "*.toml", "x.toml/y", "file:///x", "price:", ":x", "price:.", "FR=", "=x", "FR=.", "nodes/..",
    "racks/../../x", "",
)  # fmt: skip


def lever_trials(box: Sandbox, rng: random.Random) -> Iterator[tuple[Trial, Trial]]:
    """Yield (checked, in full) of the tiny case with one to three odd levers."""
    keys = lever_keys(load_case("europe-1gw-2030")) + lever_keys(load_case("tiny"))
    while True:
        levers = [_lever(keys, rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        argv = ["plan", "tiny", "--out", str(box.out)]
        for lever in levers:
            argv += ["--set", lever]
        what = f"twin plan tiny {' '.join(f'--set {lever[:80]!r}' for lever in levers)}"
        names = ("--set", "cases/", *(lever.partition("=")[0] for lever in levers))
        whole = Trial("levers, planned", what, (*argv, *QUICK), (), {}, names)
        yield Trial("levers", what, tuple(argv), (stop_before_hours,), {}, names), whole


def _lever(keys: Sequence[str], rng: random.Random) -> str:
    key = rng.choice(keys)
    how = rng.random()
    if how < 0.12:
        at = rng.randrange(len(key))
        key = key[:at] + rng.choice(["", "x", ".", "é", " ", "..", key.upper()]) + key[at + 1 :]
    elif how < 0.16:
        key = f"{key}_{rng.choice(UNITS)}"
    elif how < 0.2:
        key = rng.choice(["", "name", "sources", "sources.default", "target", "designs", "designs.x.rack",
        "policy",
                          "target.path_mw.", "a" * 500, "..", "__class__", "solver.__dict__"])  # fmt: skip
    if "path_mw" in key and rng.random() < 0.6:
        key = f"target.path_mw.{rng.choice(QUARTERS)}"
    text = rng.choice([_typed, _typed, _odd_text, _listed, _figure, _figure, _figure])(rng)
    return rng.choice(
        ["{}={}", "{}={}", "{}={}", "{}={}", "{}={}", "{}={}", "{}= {} ", "{}=={}", "{}", "{}:{}"]
    ).format(key, text)


def _typed(rng: random.Random) -> str:
    return rng.choice(NUMBERS) if rng.random() < 0.6 else _text_of(rng.choice(ODD))


def _figure(rng: random.Random) -> str:
    """A number that some lever can take, near its ends or far beyond them."""
    size = rng.choice([1e-9, 1e-3, 0.05, 0.5, 1.0, 1.0, 7.0, 40.0, 300.0, 1e4, 1e6])
    return f"{size * rng.choice([0.5, 1.0, 1.0, 1.5]):g}"


def _odd_text(rng: random.Random) -> str:
    return rng.choice((*TEXTS, *QUARTERS, *PATHS))


def _listed(rng: random.Random) -> str:
    return rng.choice(["[{}]", "{}", "[{}", '["{}"]'])\
        .format(",".join(_odd_text(rng) for _ in range(rng.randint(0, 3))))  # fmt: skip


def _text_of(value: Any) -> str:
    try:
        return scalar(value)
    except (TypeError, ValueError):
        return str(value)


def line_trials(box: Sandbox, rng: random.Random) -> Iterator[Trial]:
    """Yield command lines of every verb in turn: words wrong, missing, doubled, odd, in right lines and in
    lines drawn from nothing but the verb's arguments and options."""
    verbs = list(_verbs(typer.main.get_command(app), ()))
    while True:
        for words, command in rng.sample(verbs, len(verbs)):
            write_files(box.cwd)
            made = _spoilt if rng.random() < 0.6 else _drawn
            argv = [*words, *made(words, command, box, rng)]
            argv = [word.replace("\0", "") for word in argv]  # no system passes such a character on
            yield Trial(
                f"lines: {' '.join(words)}", f"twin {' '.join(each[:80] for each in argv)}", tuple(argv),
                (stop_before_hours, _impatient, *([_never_serve] if "serve" in argv else [])), OFFLINE,
            )  # fmt: skip


def _spoilt(words: tuple[str, ...], command: Any, box: Sandbox, rng: random.Random) -> list[str]:
    """Return the right line of a verb with one or two words got wrong, or, seldom, as it is."""
    argv = RIGHT[" ".join(words)].split()
    for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 1, 2, 2])):
        at = rng.randrange(len(argv)) if argv else 0
        how = rng.random()
        if how < 0.15 or not argv:
            argv[at:at] = _arguments(command, box, rng)[:2]
        elif how < 0.25:
            del argv[at]
        elif how < 0.35:
            argv[at:at] = [argv[at]] * rng.choice([1, 2, 40])
        else:
            argv[at] = _instead(argv[at], rng)
    return [word.replace(MADE, str(box.out / "made")) for word in argv]


def _instead(word: str, rng: random.Random) -> str:
    """Return what somebody might have typed for a word of a right line."""
    key, sign, value = word.rpartition("=")
    if rng.random() < 0.2:
        at = rng.randrange(len(word))
        return word[:at] + rng.choice(["", "x", "é", " ", ",", "=", ":", word.upper()]) + word[at + 1 :]
    if value.replace(".", "").isdigit() and rng.random() < 0.8:
        return key + sign + rng.choice(NUMBERS)
    if word.startswith(MADE) or word.endswith(".csv"):
        return rng.choice((*PATHS, RUN, "site.csv", "price.csv", f"{MADE}/deep/er.{rng.choice(GOOD)}"))
    return key + sign + rng.choice(rng.choice([TEXTS, PATHS, GOOD, QUARTERS, NUMBERS]))


def _drawn(words: tuple[str, ...], command: Any, box: Sandbox, rng: random.Random) -> list[str]:
    """Return arguments and options drawn one by one, seldom with a word that no verb has."""
    argv = _arguments(command, box, rng)
    how = rng.random()
    if how < 0.05:
        odd = rng.choice(["--nonsense", "-x", "--", "--help", "--version", "--out="])
        argv.insert(rng.randrange(len(argv) + 1), odd)
    elif how < 0.1 and argv:
        at = rng.randrange(len(argv))
        argv[at] = argv[at] + rng.choice(["x", "é", " "])
    elif how < 0.13:
        rng.shuffle(argv)
    return argv


def _verbs(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    commands = getattr(command, "commands", None)
    if commands is None:
        yield path, command
        return
    for name, inner in commands.items():
        yield from _verbs(inner, (*path, name))


def _arguments(command: Any, box: Sandbox, rng: random.Random) -> list[str]:
    found: list[str] = []
    for param in command.params:
        option = param.param_type_name == "option"
        if option and (rng.random() < 0.6 or "--help" in param.opts):
            continue
        if not option and rng.random() < 0.08:
            continue
        many = rng.choice([1, 1, 2, 5]) if param.multiple or param.nargs == -1 else 1
        for _ in range(many):
            if option:
                found.append(rng.choice(param.opts))
            if not getattr(param, "is_flag", False):
                found.append(_word(param, rng))
    if any("--out" in param.opts for param in command.params) and rng.random() < 0.7:
        found += ["--out", str(box.out / "made")]
    return found


def _word(param: Any, rng: random.Random) -> str:
    kind = str(getattr(param, "type_descriptor", None) or param.type).lower()  # by the version of typer
    if "int" in kind or "float" in kind:
        return rng.choice(NUMBERS)
    if rng.random() < 0.4:
        return RUN if "path" in kind and rng.random() < 0.3 else rng.choice(GOOD)
    return rng.choice(PATHS if "path" in kind or rng.random() < 0.5 else TEXTS)


def _impatient() -> None:
    """In the trial's process: a silent source is asked again at once, and no condition is waited for."""
    from twin import numerics
    from twin.grids.sources.live.client import Client

    numerics.SOLVE_S = 1.0  # two minutes a programme are right, and no fault of the line
    Client._back_off_s = lambda self, attempt: 0.0  # type: ignore[method-assign]


def _never_serve() -> None:
    """In the trial's process: an app that would listen has started well."""
    import contextlib

    import twin.app.server as server

    @contextlib.contextmanager
    def listening(*given: object, **more: object) -> Iterator[Any]:
        raise SystemExit(0)
        yield

    server.served = listening
