"""Where the known-answer data of other teams is, for tests that read it.

It is not part of this repository. ``STATELESS_VECTORS`` names its folder; the default is
``../shared/vectors`` from the project's root. A test that needs it and does not find it is skipped with a
reason that begins with ``ABSENT``; with ``STATELESS_REQUIRE_VECTORS=1`` (CI) that makes the run fail.

Inside a test take the fixture ``vectors`` (a Path). To make one test a file, at collection::

    @pytest.mark.parametrize("path", vector_files("verkle-blocks/*.json"))
    def test_block(path: Path) -> None: ...
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet  # what pytest.param gives; it has no public name

PROJECT = Path(__file__).resolve().parent.parent
ABSENT = "vectors not found"


def vectors_root() -> Path:
    """The folder of the vectors, whether it exists or not."""
    named = os.environ.get("STATELESS_VECTORS", "")
    return Path(named).expanduser() if named else PROJECT.parent / "shared" / "vectors"


def absent_reason(wanted: str = "") -> str:
    """Why a test is skipped; ``wanted`` is the pattern or path below the root that is missing."""
    return f"{ABSENT}: {vectors_root() / wanted} (set STATELESS_VECTORS to their folder)"


def vector_files(*patterns: str, every: int = 1) -> list[ParameterSet]:
    """Parameters, one a file that matches a pattern below the root, sorted; ids are paths below the root.

    ``every=n`` takes each n-th file, for corpora of hundreds. A pattern that matches nothing gives one
    parameter that skips: a list that is empty by mistake would let a test pass unseen.
    """
    root = vectors_root()
    found: list[ParameterSet] = []
    for pattern in patterns:
        paths = sorted(root.glob(pattern))[::every]
        found += [pytest.param(path, id=str(path.relative_to(root))) for path in paths]
        if not paths:
            mark = pytest.mark.skip(reason=absent_reason(pattern))
            found.append(pytest.param(root / pattern, id=f"{pattern}-absent", marks=mark))
    return found
