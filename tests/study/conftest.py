"""A study of the tiny case, solved once by two processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from twin import identity, library
from twin.config.study import Study
from twin.progress import Reporter
from twin.study.run import Studied, run_study


@pytest.fixture(scope="session", autouse=True)
def same_sources() -> Iterator[None]:
    """One digest of the sources for all tests here: who edits code while they run would change every id."""
    digest = identity.code_digest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "code_digest", lambda: digest)
        yield


@pytest.fixture(scope="session")
def tiny_study() -> Study:
    return library.get("studies", "tiny-policies")


@pytest.fixture
def warm(tiny_out: Path, tmp_path: Path) -> Path:
    """A folder of runs that holds nothing but the priced supply of the tiny case."""
    shutil.copytree(tiny_out / ".menu", tmp_path / "runs" / ".menu")
    return tmp_path / "runs"


@pytest.fixture(scope="session")
def studied(tiny_out: Path, tiny_study: Study, tmp_path_factory: pytest.TempPathFactory) -> Studied:
    out = tmp_path_factory.mktemp("studied")
    shutil.copytree(tiny_out / ".menu", out / ".menu")
    return run_study(tiny_study, out, Reporter(quiet=True), workers=2)


@pytest.fixture
def finished(studied: Studied, tmp_path: Path) -> Studied:
    """A copy of the solved study that a test may break."""
    folder = shutil.copytree(studied.folder, tmp_path / "copy" / studied.folder.name)
    shutil.copytree(studied.folder.parent / ".menu", tmp_path / "copy" / ".menu")
    return Studied(studied.study, folder, studied.rows, studied.cases, 0, False, studied.seconds)
