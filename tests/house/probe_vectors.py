"""Two tests that only want vectors. Not collected by name: ``test_vectors_watch`` runs it without any."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vectors import vector_files


def test_folder(vectors: Path) -> None:
    assert vectors.is_dir()


@pytest.mark.parametrize("path", vector_files("multiproof/*.json"))
def test_file(path: Path) -> None:
    assert path.is_file()
