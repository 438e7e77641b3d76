"""The layers of DESIGN 1, and that the program needs only what it declares."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

PACKAGES = ("verkle", "witness", "stateless", "cli")


def test_imports_run_one_way(project: Path) -> None:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_import_is_declared(project: Path) -> None:
    """A package that comes along with another today may not come along tomorrow."""
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {_canonical(re.split(r"[<>=!~ ;\[]", requirement, maxsplit=1)[0]) for requirement in declared}
    providers = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        for source in sorted((project / package).rglob("*.py")):
            for module in _imported(source) - set(PACKAGES) - sys.stdlib_module_names:
                owners = {_canonical(owner) for owner in providers.get(module, [])}
                assert owners & names, (
                    f"{source.relative_to(project)} imports {module}, which is not declared"
                )


def _canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _imported(source: Path) -> set[str]:
    """Top-level names of all modules that a file imports, late imports included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found
