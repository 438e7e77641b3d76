"""The registry of error codes equals what the source raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stateless.code_table import CODES
from stateless.codes import FAMILIES, STAGES, errors_markdown, lookup
from verkle import errors

PACKAGES = ("verkle", "witness", "stateless", "cli")
CLASSES = {
    name: value.family
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.StatelessError)
}
# A code that goes through a variable, such as the parameter of a helper, is looked for as any literal of
# the module that is written like one.
Raised = dict[str, set[str]]


def literals(node: ast.expr, module: ast.Module) -> Iterator[str]:
    """The codes that an argument can be: a literal, a choice of literals, or a parameter of the function
    around it, which then is what the module's own calls give for it."""
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, str)
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body, module)
        yield from literals(node.orelse, module)
    elif isinstance(node, ast.Name):
        yield from passed_for(node, module)
    else:
        pytest.fail(f"a code that cannot be read from the source: {ast.unparse(node)}")


def passed_for(name: ast.Name, module: ast.Module) -> Iterator[str]:
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef) or name not in list(ast.walk(function)):
            continue
        parameters = [argument.arg for argument in function.args.args]
        assert name.id in parameters, f"{name.id} is no parameter of {function.name}"
        position = parameters.index(name.id)
        for call in ast.walk(module):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id == function.name
            ):
                yield from literals(call.args[position], module)


def raised(project: Path) -> Raised:
    found: Raised = {}
    for package in PACKAGES:
        for path in sorted((project / package).rglob("*.py")):
            module = ast.parse(path.read_text(encoding="utf-8"))
            for call in ast.walk(module):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute):
                    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
                    if name in CLASSES:
                        for code in literals(call.args[0], module):
                            found.setdefault(code, set()).add(CLASSES[name])
    return found


def test_every_code_raised_is_registered_in_its_family_and_the_reverse(project: Path) -> None:
    found = raised(project)
    assert {code: {entry.family} for code, entry in CODES.items()} == found


def test_the_walk_sees_choices_and_parameters() -> None:
    module = ast.parse(
        "def helper(what, code):\n    raise InvalidError(code, what)\n"
        "def f(x):\n    helper('w', 'A_B' if x else 'C_D')\n    raise InvalidError('E_F', 'w')\n"
    )
    calls = [
        call
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "InvalidError"
    ]
    assert sorted(code for call in calls for code in literals(call.args[0], module)) == ["A_B", "C_D", "E_F"]


@pytest.mark.parametrize("code", CODES)
def test_entries_are_whole(code: str) -> None:
    entry = lookup(code)
    assert entry is not None
    assert entry.code == code
    assert code == code.upper()
    assert entry.family in FAMILIES
    assert entry.stages
    assert set(entry.stages) <= set(STAGES)
    for text in (entry.meaning, entry.next_step):
        assert text[0].isupper()
        assert text.endswith(".")
    assert entry.cause
    assert not entry.cause.endswith(".")


def test_unknown_code() -> None:
    assert lookup("NO_SUCH_CODE") is None


def test_families_are_those_of_the_errors() -> None:
    exit_codes = {
        value.family: value.exit_code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.StatelessError) and value.family != "internal"
    }
    assert {family: exit_code for family, (exit_code, _) in FAMILIES.items()} == exit_codes


def test_the_document_holds_every_code_once() -> None:
    lines = errors_markdown().splitlines()
    headings = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
    assert sorted(headings) == sorted(CODES)
    assert sum(line.startswith("## ") for line in lines) == len(FAMILIES)


def test_the_document_is_up_to_date(project: Path) -> None:
    path = project / "docs" / "errors.md"
    if not path.is_file():
        pytest.skip("docs/errors.md is not written yet: python -m stateless.codes > docs/errors.md")
    assert path.read_text(encoding="utf-8") == errors_markdown()
