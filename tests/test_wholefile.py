"""Files appear whole or not at all, and what dead processes left half-made is cleared by the next one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from twin.netcdf import dataset_bytes
from twin.wholefile import FORGOTTEN_S, HOST, mark, scratch, write_whole


def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_dead_writer_left_is_cleared_and_a_living_ones_stays(tmp_path: Path) -> None:
    living = tmp_path / f".a.nc-{os.getppid()}@{HOST}-00.part"
    left = [
        tmp_path / f".a.nc-{dead()}@{HOST}-00.part",
        tmp_path / f".a.nc-{dead()}.part",  # as earlier versions named it
        tmp_path / f".a.nc-{mark()}-00.part",  # of an earlier process with our number
    ]
    for path in (living, *left):
        path.write_bytes(b"half")
    write_whole(tmp_path / "b.nc", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"b.nc", living.name}


def test_what_another_machine_writes_stays_for_a_day(tmp_path: Path) -> None:
    new, old = (tmp_path / f".a-1@ffffffff-{name}.part" for name in ("new", "old"))
    for path in (new, old):
        path.write_bytes(b"half")
    os.utime(old, (old.stat().st_atime, old.stat().st_mtime - 2 * FORGOTTEN_S))
    write_whole(tmp_path / "b", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"b", new.name}


def test_threads_that_write_one_path_do_not_meet(tmp_path: Path) -> None:
    contents = [bytes([n]) * 100_000 for n in range(8)]
    threads = [threading.Thread(target=write_whole, args=(tmp_path / "a", each)) for each in contents * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() in contents


def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    """Proves: `--out /dev/null` leaves a device one, whoever may replace it; it once made it a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="pipe"):  # nobody reads it
        write_whole(pipe, b"lost")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    while not read:
        try:
            write_whole(pipe, b"x" * 100_000)
            break
        except OSError as error:
            assert error.errno == errno.ENXIO
    reader.join(10)
    assert read == [b"x" * 100_000] and pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_refusal_names_the_file_that_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"wanted\.nc'$"):
        write_whole(tmp_path / f"{'x' * 300}-wanted.nc", b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    with pytest.raises(OSError, match=r"folder'$"):
        write_whole(tmp_path / "folder", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_temporary_folders_of_killed_processes_are_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"twin-{dead()}@{HOST}-00").mkdir()
    with scratch() as first, scratch() as second:
        assert {first, second} == set(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_below_a_temporary_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OSError, match=str(tmp_path)), scratch():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_netcdf_is_made_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves: no folder for temporary files is needed, numbers, text and attributes come back, dask's too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    made = xr.Dataset(
        {"mw": (("site", "time"), np.arange(6.0).reshape(2, 3))},
        coords={"site": ["FR-BRU", "SE-BOR"], "why": ("site", ["", "näher"])},
        attrs={"label": "a", "faults": ["x", "y"]},
    )
    for each in (made, made.chunk({"time": 1})):
        path = tmp_path / "made.nc"
        path.write_bytes(dataset_bytes(each, {"mw": {"compression": "gzip"}}))
        with xr.open_dataset(path, engine="h5netcdf") as found:
            xr.testing.assert_equal(found.load(), made)
            assert found.attrs["label"] == "a"
            assert list(found.attrs["faults"]) == ["x", "y"]
