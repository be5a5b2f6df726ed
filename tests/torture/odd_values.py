"""Values that no author of a model file, table or command line ought to write, and some that he may."""

from __future__ import annotations

import datetime as dt
from typing import Any

NOT_FINITE = (float("nan"), float("inf"), float("-inf"))
HUGE = (1e12, -1e12, 1e30, 1e300, -1e300, 10**15, 2**63, 10**30, -(10**30))
TINY = (1e-300, -1e-300, 5e-324, 0.0, -0.0, 0, 1e-9)
PLAIN = (-1, 1, -1.0, 0.5, 1.5, 2, 3.7, 99, 1000, 8760, 123456789)
TEXTS = (
    "", " ", "\t", "none", "None", "null", "nan", "inf", "true", "0", "-1", "1,5", "1 000", "1e400", "５",
    "Zürich", "日本語", "العربية", "\u202etxet", "e\u0301", "\U0001f3ed", "\u0000", "a\nb", "a\x1b[31mb",
    "../../etc/passwd", "..", ".", "/", "/dev/null", "/dev/zero", "~", "~nobody/x.toml", "C:\\x.toml",
    "a/b", "x.toml", "https://example.org/x.toml", "file:///etc/passwd", "$(id)", "`id`", "%s%n", "{0}",
    "{x}", "[bold]x[/bold]", "[/x]", "=1+1", "@SUM(A1)", "-", "--help", "-1e9", "*", "?", "[", "default",
    "all", "sites", "<script>", "'", '"', "a" * 300, "x" * 100_000,
)  # fmt: skip
QUARTERS = (
    "2028Q5", "2028Q0", "1999Q4", "2000Q1", "2099Q4", "20２8Q1", "2028-Q1", "Q1 2028", "2028q1", "2028Q1 ",
    "2028", "2028Q10", "20280Q1", "2026-13", "2026-00", "0000-00", "9999-12", "2026-1", "26-11",
    "2026-11-01", "2026/11", "November 2026", "2026-11\n", "2O26-11", "२०२६-११", "1000-01", "2100-01",
    "2031-01",
)  # fmt: skip
STRUCTURES: tuple[Any, ...] = (
    True, False, [], {}, [[]], [{}], [""], {"a": 1}, {"": 1},
    {"a": {"b": {"c": []}}}, [1, 2, 3], ["a", 1, True], [[1], [2]], [{"a": 1}], dt.date(2026, 11, 1),
    dt.time(3, 4), dt.datetime(2026, 11, 1, 12), dt.datetime(1, 1, 1, tzinfo=dt.UTC),
)  # fmt: skip
ODD: tuple[Any, ...] = (*NOT_FINITE, *HUGE, *TINY, *PLAIN, *TEXTS, *QUARTERS, *STRUCTURES)
"""All of them."""

UNITS = ("mw", "kw", "w", "gw", "eur", "usd", "meur", "keur", "mwh", "kwh", "years", "quarters", "hours",
         "h", "s", "degc", "k", "share", "percent", "m3", "l", "g", "kg", "t", "ms", "m2", "pu")  # fmt: skip
"""Units that the names of keys spell."""
