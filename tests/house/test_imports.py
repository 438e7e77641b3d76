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
    """A package that comes along with another today may not come along tomorrow; what only an extra brings is
    imported where it is used, so that the program runs without it."""
    table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    names = _distributions(table["dependencies"])
    with_extra = names | _distributions(table["optional-dependencies"]["compare"])
    providers = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        for source in sorted((project / package).rglob("*.py")):
            at_start, late = _imported(source)
            for modules, allowed in ((at_start, names), (late, with_extra)):
                for module in modules - set(PACKAGES) - sys.stdlib_module_names:
                    owners = {_canonical(owner) for owner in providers.get(module, [])}
                    assert owners & allowed, (
                        f"{source.relative_to(project)} imports {module}, which is not declared"
                    )


def _distributions(requirements: list[str]) -> set[str]:
    return {_canonical(re.split(r"[<>=!~ ;\[]", each, maxsplit=1)[0]) for each in requirements}


def _canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _imported(source: Path) -> tuple[set[str], set[str]]:
    """Top-level names of the modules that a file imports: with itself, and late, within functions."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    late_nodes = {id(inner) for function in functions for inner in ast.walk(function)}
    at_start: set[str] = set()
    late: set[str] = set()
    for node in ast.walk(tree):
        found = late if id(node) in late_nodes else at_start
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return at_start, late
