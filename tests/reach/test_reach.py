"""Every error code is still reached: the test that was seen to reach it runs again, and is watched.

``map.json`` has a test for each code of the table, none of which needs vectors. A new code needs an entry::

    STATELESS_VECTORS=none CODE_REACH=found.json python -m pytest -p tests.reach.recorder TESTS…
    python -m tests.reach.choose found.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stateless.code_table import CODES
from tests.reach.choose import choose, read_map
from tests.reach.recorder import Found, Recorder
from tests.vectors import PROJECT
from verkle.errors import StatelessError


def watched(tests: list[str], path: Path, workers: str = "0") -> tuple[int, Found, str]:
    """Run these tests without vectors: pytest's exit code, the codes that each reached, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "tests.reach.recorder", *tests],
        cwd=PROJECT,
        env={**os.environ, "CODE_REACH": str(path), "STATELESS_VECTORS": str(path.parent / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout[-3000:] + done.stderr[-3000:]
    assert path.is_file(), said
    return done.returncode, json.loads(path.read_text(encoding="utf-8")), said


def unmet(chosen: dict[str, str], found: Found) -> dict[str, str]:
    """The codes that their test no longer reaches."""
    return {
        code: test for code, test in chosen.items() if test not in found or code not in found[test]["codes"]
    }


def test_every_code_has_a_test_and_no_other_has() -> None:
    assert read_map().keys() == CODES.keys()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="not every code can be reached elsewhere: a full device")
def test_every_code_is_reached_by_its_test(tmp_path: Path) -> None:
    chosen = read_map()
    exit_code, found, said = watched(sorted(set(chosen.values())), tmp_path / "found.json")
    assert exit_code == 0, said
    assert unmet(chosen, found) == {}


MADE_UP = """
import pytest
from hypothesis import given, strategies
from verkle.errors import InvalidError
from witness import rlp

def program():
    with pytest.raises(Exception, match="") as caught:
        rlp.decode(b"")
    return caught.value.code

@pytest.fixture
def early(): program()

def test_nothing(): pass
def test_by_itself():
    with pytest.raises(InvalidError): raise InvalidError("STEM_ORDER", "words")
def test_made_and_kept(): rlp._error("RLP_TRUNCATED", "words", 0, "")
def test_before(early): pass
@given(strategies.just(0))
def test_drawn(number): program()
def test_that_fails(): assert program() == "other"
def test_by_the_program(): assert program() == "RLP_TRUNCATED"
"""


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_what_is_seen(tmp_path: Path, workers: str) -> None:
    """An error that the program raises, in a test that passes; with and without xdist."""
    path = tmp_path / "test_made_up.py"
    path.write_text(MADE_UP)
    exit_code, found, said = watched([str(path)], tmp_path / "found.json", workers)
    assert exit_code == 1, said
    assert "1 failed, 6 passed" in said
    assert {test.rpartition("::")[2]: row["codes"] for test, row in found.items()} == {
        "test_by_the_program": ["RLP_TRUNCATED"]
    }


def test_a_code_that_is_no_longer_reached_is_seen() -> None:
    chosen = {"STEM_ORDER": "a", "STEM_REPEATED": "a", "JSON_SYNTAX": "b"}
    found: Found = {"a": {"codes": ["STEM_ORDER"], "seconds": 0.0}}
    assert unmet(chosen, found) == {"STEM_REPEATED": "a", "JSON_SYNTAX": "b"}


def test_the_recorder_leaves_errors_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StatelessError, "__init__", StatelessError.__init__)
    Recorder(None).watch()
    error = StatelessError("CODE", "words", where={"a": 1}, expected=2, got=3)
    seen = (error.code, error.message, error.where, error.expected, error.got)
    assert seen == ("CODE", "words", {"a": 1}, 2, 3)


def test_choosing_keeps_what_is_there_and_takes_the_quick() -> None:
    found: Found = {
        "tests/a.py::slow": {"codes": ["STEM_ORDER"], "seconds": 9.0},
        "tests/b.py::quick": {"codes": ["STEM_ORDER", "STEM_REPEATED"], "seconds": 0.1},
        "tests/c.py::of[STEM_REPEATED]": {"codes": ["STEM_REPEATED", "STEM_ORDER"], "seconds": 0.2},
        "tests/d.py::of[JSON_SYNTAX]": {"codes": ["JSON_SYNTAX"], "seconds": 0.1},
        "tests/d.py::of[refusals/JSON_SYNTAX.json]": {"codes": ["JSON_SYNTAX"], "seconds": 0.2},
    }
    chosen = {
        "JSON_SYNTAX": "tests/d.py::of[refusals/JSON_SYNTAX.json]",
        "STEM_ORDER": "tests/b.py::quick",
        "STEM_REPEATED": "tests/c.py::of[STEM_REPEATED]",
    }
    assert choose(found, {}) == chosen
    kept = {"STEM_ORDER": "tests/a.py::slow"}
    assert choose(found, {**kept, "GONE": "x"}) == chosen | kept
