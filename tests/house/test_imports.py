"""The layers of DESIGN 1, and that the program needs only what it declares."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PACKAGES = ("verkle", "witness", "stateless", "cli")
# What the dependencies with a marker provide, for machines where the marker keeps them away.
MODULES = {
    "blake2b-py": {"blake2b"},
    "coincurve": {"coincurve"},
    "cryptography": {"cryptography"},
    "lmdb": {"lmdb"},
    "pycryptodome": {"Crypto"},
    "safe-pysha3": {"sha3"},
}


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
    providers = _providers(table["dependencies"])
    for package in PACKAGES:
        for source in sorted((project / package).rglob("*.py")):
            at_start, late = _imported(source)
            for modules, allowed in ((at_start, names), (late, with_extra)):
                for module in modules - set(PACKAGES) - sys.stdlib_module_names:
                    owners = providers.get(module, set())
                    assert owners & allowed, (
                        f"{source.relative_to(project)} imports {module}, which is not declared"
                    )


def test_what_a_machine_may_lack_is_known_by_its_modules(project: Path) -> None:
    """Every dependency with a marker is in ``MODULES``, and provides here what that says, if it is here."""
    table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    required = [Requirement(each) for each in table["dependencies"]]
    assert {_canonical(each.name) for each in required if each.marker is not None} == set(MODULES)
    found = _installed()
    for each in required:
        if each.marker is not None and each.marker.evaluate():
            assert all(_canonical(each.name) in found[module] for module in MODULES[_canonical(each.name)])


def _installed() -> dict[str, set[str]]:
    """Top-level modules of this environment, and the distributions that hold them."""
    found = importlib.metadata.packages_distributions()
    return {module: {_canonical(owner) for owner in owners} for module, owners in found.items()}


def _providers(requirements: list[str]) -> dict[str, set[str]]:
    """The same, with the modules of what its marker keeps from this machine."""
    found = _installed()
    for each in map(Requirement, requirements):
        if each.marker is not None and not each.marker.evaluate():
            for module in MODULES[_canonical(each.name)]:
                found.setdefault(module, set()).add(_canonical(each.name))
    return found


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
