from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from twin.errors import BadInput, SystemFailure
from twin.identity import damaged, sums
from twin.results import SCHEMA_VERSION, open_run
from twin.run_shape import OF_MANIFEST
from twin.runfolder import ASIDE, publish, seal, sweep
from twin.wholefile import SUMS, make_folder, write_whole

OF_KIND = {"a number": 1.0, "text": "tiny", "a table of texts": {}}
MANIFEST_OF_A_RUN = {key: OF_KIND[what] for key, what in OF_MANIFEST.items()}
MANIFEST_OF_A_RUN["schema_version"] = SCHEMA_VERSION
MANIFEST_TEXT = json.dumps(MANIFEST_OF_A_RUN).encode()


def test_a_run_folder_appears_whole(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"a.txt": b"one", "b.txt": b"two"})
    assert (tmp_path / "abc" / "a.txt").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]


def test_a_newer_run_replaces_the_older_one_wholly(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"old.txt": b"old"})
    publish(tmp_path / "abc", {"new.txt": b"new"})
    assert {path.name for path in (tmp_path / "abc").iterdir()} == {"new.txt", SUMS}


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


def test_a_run_whose_replacement_was_killed_comes_back(tmp_path: Path) -> None:
    """Proves: between the two renames of a replacement a kill loses no finished run."""
    publish(tmp_path / "abc", {"a.txt": b"one"})
    code = (
        "import os, sys; from pathlib import Path; import twin.runfolder as f\n"
        "rename, count = Path.rename, []\n"
        "def dying(self, target):\n"
        "    count.append(self)\n"
        "    if len(count) == 2: os.kill(os.getpid(), 9)\n"
        "    return rename(self, target)\n"
        "Path.rename = dying\n"
        "f.publish(Path(sys.argv[1]) / 'abc', {'a.txt': b'two'})\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == -signal.SIGKILL
    assert not (tmp_path / "abc").exists()
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]
    assert (tmp_path / "abc" / "a.txt").read_bytes() == b"one"


def test_two_writers_of_one_run_do_not_meet(tmp_path: Path) -> None:
    contents = [{"a.txt": bytes([n]) * 1_000, "b.txt": bytes([n])} for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda files: publish(tmp_path / "abc", files), contents * 5))
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]
    assert {name: (tmp_path / "abc" / name).read_bytes() for name in ("a.txt", "b.txt")} in contents
    assert damaged(tmp_path / "abc") == {}


def test_a_foreign_folder_is_refused_with_the_nearest_run(tmp_path: Path) -> None:
    publish(tmp_path / "4f2a9c", {"manifest.json": MANIFEST_TEXT})
    with pytest.raises(BadInput, match="did you mean '4f2a9c'"):
        open_run(tmp_path / "4f2a9d")


def test_a_half_run_folder_is_refused(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"manifest.json": MANIFEST_TEXT})
    with pytest.raises(BadInput, match=r"plan\.nc"):
        open_run(tmp_path / "abc")


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000])
def test_a_broken_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    publish(tmp_path / "abc", {"manifest.json": content})
    with pytest.raises(BadInput, match="run the plan again"):
        open_run(tmp_path / "abc")


@pytest.mark.parametrize("content", [b'{"schema_version": 1}', b'{"schema_version": 99}', b"{}"])
def test_another_layout_version_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    publish(tmp_path / "abc", {"manifest.json": content})
    with pytest.raises(BadInput, match=r"plan it again: twin plan .*case\.toml"):
        open_run(tmp_path / "abc")


def test_sweep_ignores_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / f"{ASIDE}notanumber").mkdir()
    (tmp_path / "keep").mkdir()
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{ASIDE}notanumber", "keep"}


def test_a_changed_or_missing_file_is_named(tmp_path: Path) -> None:
    files = {"manifest.json": MANIFEST_TEXT, "plan.nc": b"1", "menu.nc": b"2", "problem.nc": b"3"}
    publish(tmp_path / "abc", files)
    assert open_run(tmp_path / "abc").manifest == MANIFEST_OF_A_RUN
    (tmp_path / "abc" / "plan.nc").write_bytes(b"0")
    (tmp_path / "abc" / "menu.nc").unlink()
    with pytest.raises(BadInput) as refused:
        open_run(tmp_path / "abc")
    assert {Path(fault.file).name: fault.value for fault in refused.value.faults} == {
        "plan.nc": "changed since it was written",
        "menu.nc": "missing",
    }


@pytest.mark.parametrize("content", [b"", b"\xff\n", b"0123  plan.nc\n", b"0" * 64 + b"  ../plan.nc\n"])
def test_a_damaged_list_of_digests_is_named(tmp_path: Path, content: bytes) -> None:
    publish(tmp_path / "abc", {"manifest.json": MANIFEST_TEXT, "plan.nc": b"1"})
    (tmp_path / "abc" / SUMS).write_bytes(content)
    assert damaged(tmp_path / "abc") == {SUMS: "no list of digests"}


def test_the_digests_are_those_of_sha256sum() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sums({"a.txt": b""}).decode() == f"{empty}  a.txt\n"


def test_a_change_that_is_meant_can_be_sealed(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"a.txt": b"1"})
    (tmp_path / "abc" / "a.txt").write_bytes(b"2")
    seal(tmp_path / "abc")
    assert damaged(tmp_path / "abc") == {}


def test_a_later_file_never_replaces_one_of_the_run(tmp_path: Path) -> None:
    publish(tmp_path / "abc", {"plan.nc": b"true"})
    for name in ("plan.nc", SUMS):
        with pytest.raises(BadInput, match=r"part of a run.*give another folder or name"):
            write_whole(tmp_path / "abc" / name, b"other")
    write_whole(tmp_path / "abc" / "report.html", b"later")
    assert damaged(tmp_path / "abc") == {}


def test_a_folder_too_deep_for_any_disk_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="name too long"):
        make_folder(tmp_path.joinpath(*["d"] * 1_900))
    assert not (tmp_path / "d").exists()
