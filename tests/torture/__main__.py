"""Attack every verb of the twin and print the torture table: ``python tests/torture [kind …] [--long]``."""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tally import Attack, Tally


def known_attacks() -> dict[str, Attack]:
    """Return every attack of this folder: the name ``ATTACK`` of each file ``attack_*.py``."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("attack_*.py"))
    attacks = [importlib.import_module(name).ATTACK for name in names]
    return {attack.kind: attack for attack in attacks}


def main() -> int:
    """Run the attacks asked for; 1 when any failure is left."""
    attacks = known_attacks()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"any of {', '.join(attacks)}; all without it")
    parser.add_argument("--long", action="store_true", help="the long form; the short one is what CI runs")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--count", type=int, help="so many cases of each kind, instead of a form's own")
    parser.add_argument("--minutes", type=float, default=60.0, help="most minutes for one kind")
    asked = parser.parse_args()
    if unknown := [kind for kind in asked.kinds if kind not in attacks]:
        parser.error(f"no attack {', '.join(unknown)}; there are {', '.join(attacks)}")
    print(f"seed {asked.seed}", flush=True)
    chosen = [attacks[kind] for kind in asked.kinds or attacks]
    tallies = [_tally(attack, asked) for attack in chosen]
    _show(tallies)
    return 1 if any(tally.failures for tally in tallies) else 0


def _tally(attack: Attack, asked: argparse.Namespace) -> Tally:
    """Run one attack in a folder of its own, which is gone afterwards."""
    count = asked.count or (attack.long if asked.long else attack.short)
    with tempfile.TemporaryDirectory(prefix=f"twin-torture-{attack.kind}-") as folder:
        tally = attack.run(count, asked.seed, Path(folder), time.monotonic() + 60 * asked.minutes)
    print(f"{tally.kind}: {tally.tried} tried, {len(tally.failures)} failed", flush=True)
    return tally


def _show(tallies: list[Tally]) -> None:
    console = Console(width=120)
    for tally in tallies:
        for failure in tally.failures:
            console.print(f"{tally.kind}, seed {failure.seed}: {failure.case}", markup=False)
            console.print(f"    {failure.what}", markup=False)
        if details := tally.details():
            console.print(f"{details}\n", markup=False, highlight=False)
    table = Table(title="Torture")
    for column, side in (("kind", "left"), ("group", "left"), ("tried", "right")):
        table.add_column(column, justify=side)
    for tally in tallies:
        for group, number in tally.by_group.items():
            table.add_row(tally.kind, group, f"{number:,}")
        table.add_row(tally.kind, "all", f"{tally.tried:,}, {len(tally.failures)} failed", end_section=True)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
