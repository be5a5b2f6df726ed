"""No file from outside runs as code: neither by a call that would, nor by a format that can."""

from __future__ import annotations

import ast
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import twin
from twin.errors import BadInput
from twin.grids.hours import Rules
from twin.grids.readers import read
from twin.grids.zarr_store import METADATA

SOURCES = sorted(Path(twin.__file__).parent.rglob("*.py"))
MODULES = {
    "pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "xml", "lxml", "imp",
    "code", "subprocess", "tarfile", "ctypes",
}  # fmt: skip
CALLS = {"eval", "exec", "compile", "__import__", "read_pickle", "to_pickle", "system", "popen", "extractall"}
NEVER_TRUE = {"allow_pickle", "shell"}


def faults_of(source: str) -> list[str]:
    """What in a source would run text, or objects, that come from a file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            found += [name] if name in CALLS and owner != "re" else []
            found += [
                f"{word.arg}" for word in node.keywords if word.arg in NEVER_TRUE and not _is_false(word)
            ]
    return found


def _is_false(word: ast.keyword) -> bool:
    return isinstance(word.value, ast.Constant) and word.value.value is False


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_product_runs_nothing_that_it_reads(path: Path) -> None:
    assert not faults_of(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from xml.etree import ElementTree", "eval('1')", "np.load(f, allow_pickle=True)",
        "run(x, shell=y)", "pd.read_pickle(f)", "import os\nos.system('x')", "import yaml",
        "archive.extractall()",
    ],
)  # fmt: skip
def test_the_rule_finds_what_it_forbids(source: str) -> None:
    assert faults_of(source)


class Evil:
    """An object that would leave a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def store_with(folder: Path, mark: Path, codecs: dict[str, object]) -> Path:
    """A zarr store (version 2) whose zones are to be unpacked by ``codecs``."""
    path = folder / "evil.zarr"

    def array(name: str, dtype: str, content: bytes, length: int, **more: object) -> None:
        (path / name).mkdir(parents=True)
        told = {"zarr_format": 2, "shape": [length], "chunks": [length], "dtype": dtype, "compressor": None,
                "fill_value": None, "order": "C", "filters": None, **more}  # fmt: skip
        (path / name / ".zarray").write_text(json.dumps(told), encoding="utf-8")
        (path / name / ".zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": [name]}), encoding="utf-8")
        (path / name / "0").write_bytes(content)

    array("time", "<i8", np.arange(24).astype("<i8").tobytes(), 24)
    array("zone", "|O", pickle.dumps(Evil(mark)), 1, **codecs)
    (path / ".zgroup").write_text('{"zarr_format": 2}', encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "codecs",
    [
        {"filters": [{"id": "pickle", "protocol": 5}]},
        {"filters": [{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}]},
        {"filters": [{"id": "vlen-utf8"}], "compressor": {"id": "pickle"}},
    ],
)
def test_a_store_that_is_to_be_unpickled_is_refused(codecs: dict[str, object], tmp_path: Path) -> None:
    """Older numcodecs unpickle: two codecs, the second of which is the pickle, are enough."""
    mark = tmp_path / "ran"
    with pytest.raises(BadInput, match="a codec that runs no code"):
        read(store_with(tmp_path, mark, codecs), Rules())
    assert not mark.exists()
    pickle.loads(pickle.dumps(Evil(mark)))
    assert mark.exists()  # the object is as evil as it says


@pytest.mark.parametrize("name", METADATA)
@pytest.mark.parametrize(
    "text", ['{"codecs": [{"n\\u0061me": "numcodecs.pickle"}]}', '{"a": [{"id": "p\\u0069ckle"}]}']
)
def test_codecs_are_found_wherever_they_stand(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "x.zarr" / "deep").mkdir(parents=True)
    (tmp_path / "x.zarr" / "deep" / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="a codec that runs no code"):
        read(tmp_path / "x.zarr", Rules())


def test_pickled_arrays_are_refused_by_every_reader(tmp_path: Path) -> None:
    mark, path = tmp_path / "ran", tmp_path / "grid.npz"
    np.savez(path, price=np.array([Evil(mark)], dtype=object))
    for name in ("grid.npz", "grid.csv", "grid.parquet", "grid.nc"):
        (tmp_path / name).write_bytes(path.read_bytes())
        with pytest.raises(BadInput):
            read(tmp_path / name, Rules())
    (tmp_path / "grid.pkl").write_bytes(pickle.dumps(Evil(mark)))
    with pytest.raises(BadInput):
        read(tmp_path / "grid.pkl", Rules())
    assert not mark.exists()
