from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from twin.errors import BadInput, SystemFailure
from twin.results import open_run
from twin.runfolder import ASIDE, publish, sweep


def test_a_run_folder_appears_whole(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"a.txt": b"one", "b.txt": b"two"})
    assert (tmp_path / "abc" / "a.txt").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]


def test_a_newer_run_replaces_the_older_one_wholly(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"old.txt": b"old"})
    publish(tmp_path / "abc", {"new.txt": b"new"})
    assert [path.name for path in (tmp_path / "abc").iterdir()] == ["new.txt"]


def test_a_failing_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SystemFailure, match="could not write"):
        publish(tmp_path / "abc", {"fine.txt": b"1", "no/such/folder.txt": b"2"})
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_leaves_no_run_and_is_swept(tmp_path: Path) -> None:
    """Proves: SIGKILL in the middle of writing never makes a folder that is taken for whole."""
    code = (
        "import sys, time; from pathlib import Path; import twin.runfolder as f\n"
        "class Slow(dict):\n"
        "    def items(self):\n"
        "        yield 'manifest.json', b'{}'\n"
        "        print('half', flush=True); time.sleep(60)\n"
        "f.publish(Path(sys.argv[1]) / 'abc', Slow())\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"half\n"
    sweep(tmp_path)
    assert len(list(tmp_path.glob(f"{ASIDE}*"))) == 1, "a living writer's folder must stay"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(timeout=10)
    assert not (tmp_path / "abc").exists()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_folder_is_refused_with_the_nearest_run(tmp_path: Path) -> None:
    publish(tmp_path / "4f2a9c", {"manifest.json": b'{"schema_version": 1}'})
    with pytest.raises(BadInput, match="did you mean '4f2a9c'"):
        open_run(tmp_path / "4f2a9d")


def test_a_half_run_folder_is_refused(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"manifest.json": b'{"schema_version": 1}'})
    with pytest.raises(BadInput, match=r"plan\.nc"):
        open_run(tmp_path / "abc")


@pytest.mark.parametrize("content", [b"{", b'{"schema_version": 99}', b"{}"])
def test_a_broken_or_unknown_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    publish(tmp_path / "abc", {"manifest.json": content})
    with pytest.raises(BadInput, match="run the plan again"):
        open_run(tmp_path / "abc")


def test_sweep_ignores_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / f"{ASIDE}notanumber").mkdir()
    (tmp_path / "keep").mkdir()
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{ASIDE}notanumber", "keep"}
