"""What the README tells a reader to type exists, and works as far as it can be tried here.

Every line of a code block that begins with ``$`` is a command. ``make`` targets must be there. A
``stateless`` command must be one of the program's; if every file that it names is part of the repository it
is run, and must end as a verdict does: never in usage, an internal error or a traceback. Files that not
everybody has (the vectors) are let be.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

PROGRAM = [sys.executable, "-m", "cli"]  # as `stateless`, also where it is not installed
VERDICTS = {0, 1, 3, 4, 5}


def _commands(project: Path) -> list[str]:
    text = (project / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [
        match[1] for block in blocks for match in re.finditer(r"^\$ (.+?)(?:\s+#.*)?$", block, re.MULTILINE)
    ]


def _stateless(commands: list[str]) -> list[list[str]]:
    """The arguments of each plain call of the program; pipes and redirections are for the reader's shell."""
    calls = [shlex.split(command) for command in commands if not re.search(r"[|<>&;$`]", command)]
    return [call[1:] for call in calls if Path(call[0]).name == "stateless"]


def _files(project: Path, argument: str) -> list[str]:
    """What an argument with a slash names in the repository, as a shell would expand it."""
    if argument.startswith(("/", "..", "~")):
        return []
    return sorted(str(path.relative_to(project)) for path in project.glob(argument.rstrip("/")))


def test_make_targets_exist(project: Path) -> None:
    targets = set(re.findall(r"^\.PHONY: (\S+)", (project / "Makefile").read_text(), re.MULTILINE))
    named = {
        match[1] for command in _commands(project) for match in re.finditer(r"\bmake ([a-z-]+)", command)
    }
    assert {"demo", "test"} <= named
    assert named <= targets


def test_commands_exist(project: Path) -> None:
    calls = _stateless(_commands(project))
    assert calls
    for command in {call[0] for call in calls if not call[0].startswith("-")}:
        done = subprocess.run(
            [*PROGRAM, command, "--help"], cwd=project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"stateless {command}: {done.stderr}"


def test_examples_on_fixtures_run(project: Path) -> None:
    tried = 0
    for call in _stateless(_commands(project)):
        named = {argument: _files(project, argument) for argument in call if "/" in argument}
        if not named or not all(named.values()):
            continue
        expanded = [each for argument in call for each in named.get(argument, [argument])]
        done = subprocess.run(
            [*PROGRAM, *expanded], cwd=project, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode in VERDICTS, f"{shlex.join(call)}: {done.returncode}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        tried += 1
    assert tried


def test_links_to_files_lead_somewhere(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
        assert (project / target).exists(), target
