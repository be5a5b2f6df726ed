"""Damage to the bytes of a text file: cut, flipped, re-encoded, or holding what does not belong there."""

from __future__ import annotations

import random
from collections.abc import Callable

Damage = Callable[[bytes, random.Random], bytes]
LARGE = 2_000_000
"""Most bytes of a damaged file."""


def damaged(content: bytes, how: Damage, rng: random.Random) -> bytes:
    """Return the content after one damage, cut where it grew beyond reason."""
    return how(content, rng)[:LARGE]


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(max(1, len(content)))]


def _head_lost(content: bytes, rng: random.Random) -> bytes:
    return content[rng.randrange(max(1, len(content))) :]


def _bad_utf8(content: bytes, rng: random.Random) -> bytes:
    return _inserted(
        content, rng.choice([b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\x80", b"\xf5\x80\x80"]), rng
    )


def _bytes_flipped(content: bytes, rng: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        if found:
            found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def _nul_inside(content: bytes, rng: random.Random) -> bytes:
    return _inserted(content, b"\x00", rng)


def _control_characters(content: bytes, rng: random.Random) -> bytes:
    return _inserted(content, rng.choice([b"\x1b[2J", b"\x07", b"\x08", b"\x7f", b"\r"]), rng)


def _byte_order_mark(content: bytes, rng: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + content


def _line_ends_of_windows(content: bytes, rng: random.Random) -> bytes:
    return content.replace(b"\n", b"\r\n")


def _line_ends_of_old(content: bytes, rng: random.Random) -> bytes:
    return content.replace(b"\n", b"\r")


def _utf16(content: bytes, rng: random.Random) -> bytes:
    return content.decode(errors="replace").encode(rng.choice(["utf-16", "utf-16-le", "utf-32"]))


def _latin1(content: bytes, rng: random.Random) -> bytes:
    return _inserted(content, "Zürich café".encode("latin-1"), rng)


def _empty(content: bytes, rng: random.Random) -> bytes:
    return rng.choice([b"", b"\n", b" ", b"# only a comment\n", b"\x00" * 64, b",\n", b"\xef\xbb\xbf"])


def _line_doubled(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(_with(lines, rng, lambda at: [*lines[: at + 1], lines[at], *lines[at + 1 :]]))


def _line_lost(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(_with(lines, rng, lambda at: [*lines[:at], *lines[at + 1 :]]))


def _lines_swapped(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if len(lines) > 1:
        one, two = rng.sample(range(len(lines)), 2)
        lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def _halves_swapped(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    at = rng.randrange(max(1, len(lines)))
    return b"".join([*lines[at:], *lines[:at]])


def _mark_lost(content: bytes, rng: random.Random) -> bytes:
    places = [at for at, byte in enumerate(content) if byte in b"\"'[]{}=,;"]
    if not places:
        return content
    at = rng.choice(places)
    return content[:at] + content[at + 1 :]


def _mark_added(content: bytes, rng: random.Random) -> bytes:
    return _inserted(
        content, rng.choice([b'"', b"'", b"[", b"]", b"{", b"}", b"=", b",", b"#", b'"""', b"\\"]), rng
    )


def _deep_brackets(content: bytes, rng: random.Random) -> bytes:
    depth = rng.choice([50, 900, 5_000, 100_000])
    return content + b"\nx = " + b"[" * depth + b"]" * rng.choice([0, depth])


def _deep_tables(content: bytes, rng: random.Random) -> bytes:
    depth = rng.choice([50, 900, 3_000])
    inside = b".".join([b"a"] * depth)
    return content + rng.choice(
        [b"\n[" + inside + b"]\n", b"\n" + inside + b" = 1\n", b"\nx = " + b"{a=" * depth]
    )


def _long_number(content: bytes, rng: random.Random) -> bytes:
    return (
        content
        + b"\nx = "
        + rng.choice([b"9" * 5_000, b"0x" + b"f" * 9_000, b"1e999999", b"-" + b"1" * 90_000])
    )


def _wrong_dates(content: bytes, rng: random.Random) -> bytes:
    return (
        content
        + b"\nx = "
        + rng.choice([b"2026-13-40", b"25:61:00", b"0000-00-00", b"2026-11-01T12:00:00+99:99"])
    )


def _long_line(content: bytes, rng: random.Random) -> bytes:
    return _inserted(content, b"x" * rng.choice([10_000, 1_000_000]), rng)


def _other_kind_of_file(content: bytes, rng: random.Random) -> bytes:
    return rng.choice([
        b"PK\x03\x04" + content, b"\x1f\x8b\x08" + content, b"%PDF-1.7\n" + content,
        b"\x89HDF\r\n\x1a\n" + content, b"PAR1" + content, b'{"json": true}', b"<?xml version='1.0'?><a/>",
        b"key: yaml\nlist:\n  - 1\n",
    ])  # fmt: skip


def _inserted(content: bytes, piece: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + piece + content[at:]


def _with(lines: list[bytes], rng: random.Random, made: Callable[[int], list[bytes]]) -> list[bytes]:
    return made(rng.randrange(len(lines))) if lines else lines


BYTES: tuple[Damage, ...] = (
    _cut, _cut, _head_lost, _bad_utf8, _bytes_flipped, _bytes_flipped, _nul_inside, _control_characters,
    _byte_order_mark, _line_ends_of_windows, _line_ends_of_old, _utf16, _latin1, _empty, _line_doubled,
    _line_lost, _lines_swapped, _halves_swapped, _mark_lost, _mark_added, _deep_brackets, _deep_tables,
    _long_number, _wrong_dates, _long_line, _other_kind_of_file,
)  # fmt: skip
"""Every damage; the commonest twice."""
