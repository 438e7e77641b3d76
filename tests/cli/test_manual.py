"""The manual page is made of the help screens and says all that they say; shells are offered the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.exit_codes import MEANINGS
from cli.main import COMMANDS
from cli.manual import _escaped, manual_page


def test_the_page_is_up_to_date(project: Path) -> None:
    text = (project / "docs" / "stateless.1").read_text(encoding="utf-8")
    assert text == manual_page(), "python -m cli.manual > docs/stateless.1"


def test_every_command_and_exit_code_is_there() -> None:
    page = manual_page()
    sections = [line.removeprefix(".SS ") for line in page.splitlines() if line.startswith(".SS ")]
    assert {entry.name for entry in COMMANDS} - {"state", "fixtures", "bench"} <= set(sections)
    assert {"fixtures list", "state build", "bench verify"} <= set(sections)
    for code, meaning in MEANINGS.items():
        assert f"\\fB{code.value}\\fR\n{meaning}\n" in page


def test_it_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    page = manual_page()
    for columns in ("20", "300"):
        monkeypatch.setenv("COLUMNS", columns)
        assert manual_page() == page


def test_roff_prints_what_the_help_says() -> None:
    assert _escaped(".so x") == "\\&.so x"
    assert _escaped("'a") == "\\&'a"
    assert _escaped("--a\\b") == "\\-\\-a\\eb"


def test_every_line_that_begins_with_a_dot_is_a_macro() -> None:
    macros = {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".BR", ".nf", ".fi", '.\\"'}
    for line in manual_page().splitlines():
        assert not line.startswith("'")
        assert not line.startswith(".") or line.split(" ")[0] in macros


def test_groff_has_nothing_to_say(project: Path) -> None:
    """Where groff is: no warning of any kind. Elsewhere the tests above are what there is."""
    groff = shutil.which("groff")
    if groff is not None:
        done = subprocess.run(
            [groff, "-man", "-ww", "-z", "-Kutf8", "-Tutf8", project / "docs" / "stateless.1"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""


def complete(project: Path, **variables: str) -> str:
    """What the program offers a shell."""
    import os

    done = subprocess.run(
        [sys.executable, "-m", "cli"],
        cwd=project,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("stateless ex", ["explain"]),
        ("stateless explain --sl", ["--slot"]),
        ("stateless fixtures ch", ["check"]),
        ("stateless lint --s", ["--static", "--strict", "--sarif"]),
    ],
)
def test_shells_complete(project: Path, typed: str, offered: list[str]) -> None:
    words = typed.split(" ")
    bash = complete(
        project, _STATELESS_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1)
    )
    assert bash.split() == offered
    for shell in ("zsh", "fish"):
        said = complete(
            project,
            _STATELESS_COMPLETE=f"complete_{shell}",
            _TYPER_COMPLETE_ARGS=typed,
            _TYPER_COMPLETE_FISH_ACTION="get-args",
        )
        assert all(word in said for word in offered)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_calls_the_program(project: Path, shell: str) -> None:
    said = complete(project, _STATELESS_COMPLETE=f"source_{shell}")
    assert "_STATELESS_COMPLETE" in said
