"""Files of TOML that are damaged: each is told as one fault, none as a stack of Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.config.toml_file import DEEPEST, MOST_BYTES, read_toml
from twin.errors import BadInput, Fault


def fault_of(content: bytes, folder: Path) -> Fault:
    path = folder / "x.toml"
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_toml(path, "x.toml")
    (fault,) = caught.value.faults
    assert fault.file == "x.toml"
    return fault


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"lat = = 3\n", "(syntax)"),
        (b"x = " + b"9" * 5_000, "(syntax)"),
        (b"x = 2026-13-40", "(syntax)"),
        (b"x = " + b"[" * 100_000, "(nesting)"),
        (b"x = " + b"[" * 60 + b"]" * 60, "(nesting)"),
        (b"[" + b".".join([b"a"] * 3_000) + b"]", "(nesting)"),
        (b"# " + b"x" * MOST_BYTES, "(size)"),
        (b"PK\x03\x04\xff\xfe", "(encoding)"),
        ("title = 'x'".encode("utf-16"), "(encoding)"),
    ],
)
def test_damage_is_one_fault(content: bytes, key: str, tmp_path: Path) -> None:
    """Long numbers, deep nests and bytes of other files once ended as an unexpected ValueError."""
    assert fault_of(content, tmp_path).key == key


def test_a_byte_that_is_no_utf8_is_told_by_its_line(tmp_path: Path) -> None:
    fault = fault_of(b'title = "a"\nregion = "Z\xfcrich"\n', tmp_path)
    assert "line 2" in fault.hint and "0xfc" in fault.hint


def test_marks_and_line_ends_of_other_editors_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'\xef\xbb\xbftitle = "a"\r\n[b]\r\nc = 1\r\n')
    assert read_toml(path, "x") == {"title": "a", "b": {"c": 1}}


def test_a_nest_as_deep_as_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("x = " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1))
    assert "x" in read_toml(path, "x")
