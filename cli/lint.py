"""``stateless lint``: what is legal in a witness and poor or suspicious all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import examples
from cli.exit_codes import ExitCode
from cli.parameters import AsJson, BlockBeside, Paths, RulesOrFork
from cli.settings import Settings, with_settings

if TYPE_CHECKING:
    from cli.branches import Branch
    from cli.judging import Task
    from cli.terminal import Symbols
    from stateless.inspection.finding import Finding, LintOptions
    from verkle.errors import StatelessError
    from witness.block import BlockInput

SCHEMA: Final = "stateless/lint/1"
HELP = f"""Find what is legal in a witness and poor or suspicious: parts never used, repetition, odd
encodings.

{examples.block(examples.LINT)}

Blocks are executed, to know what they need; nothing is judged (that is verify). Exit code 0, also with
findings; with --strict 1 if there are any. A witness that is not legal at all has the exit code of verify."""

LISTED: Final = 6
_STYLES: Final = {"error": "bold red", "warning": "yellow", "note": "cyan"}


@dataclass(frozen=True, slots=True)
class _Looked:
    """What came of one block, or of an input that holds none that can be read (``name``: the input's)."""

    input: str
    name: str
    tree: str | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    error: StatelessError | None = None


@with_settings
def command(
    settings: Settings,
    paths: Paths,
    rules: RulesOrFork = None,
    block: BlockBeside = None,
    static: Annotated[bool, typer.Option("--static", help="Execute nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if anything is found.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="List every finding.")] = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0.")] = False,
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli import options
    from cli.judging import find_tasks
    from stateless.inspection.finding import LintOptions

    if as_json and as_sarif:
        raise typer.BadParameter("--json and --sarif exclude each other", param_hint="--sarif")
    chosen = None if rules is None else options.rules_or_fork(rules)
    beside = None if block is None else options.block(block, settings.max_bytes)
    how = LintOptions(rules=chosen, execute=not static)
    looked: list[_Looked] = []
    for task in find_tasks(paths):
        looked += _look_at(task, settings.max_bytes, how, beside)
    code = _exit_code(looked, strict)
    if as_sarif:
        _print_sarif(looked, code)
    elif as_json:
        _print_json(looked, code)
    else:
        _show(settings, looked, everything)
    raise typer.Exit(code)


def _look_at(task: Task, max_bytes: int, how: LintOptions, beside: BlockInput | None) -> list[_Looked]:
    from cli.judging import NOT_OURS, read
    from verkle.errors import StatelessError
    from witness.decode import decode_blocks

    try:
        data = read(task, max_bytes)
        blocks = decode_blocks(data, task.name)
    except StatelessError as error:
        error.stage = "DECODE"
        if not task.named and error.code == NOT_OURS:
            return []
        return [_Looked(task.name, task.name, None, (), (), error)]
    looked = [_look(task.name, each, how, beside) for each in blocks]
    written = _written(data)
    if written:
        first = looked[0]
        looked[0] = _Looked(
            first.input, first.name, first.tree, (*written, *first.findings), first.notes, first.error
        )
    return looked


def _look(name: str, block: BlockInput, how: LintOptions, beside: BlockInput | None) -> _Looked:
    from stateless.inspection.lint import lint
    from verkle.errors import StatelessError
    from witness.join import join

    try:
        report = lint(block if beside is None else join(block, beside), how)
    except StatelessError as error:
        error.stage = error.stage or "SHAPE"
        return _Looked(name, block.name, None, (), (), error)
    return _Looked(name, block.name, report.tree, report.findings, report.notes, report.error)


def _written(data: bytes) -> tuple[Finding, ...]:
    """How bytes are written, where the input is JSON; all blocks of a file share it."""
    if data.lstrip()[:1] not in {b"{", b"["}:
        return ()
    from stateless.inspection.lint_text import lint_text
    from witness import strict_json

    return lint_text(strict_json.parse(data))


def _exit_code(looked: list[_Looked], strict: bool) -> int:
    from cli.judging import exit_code, outcome

    worst = exit_code(outcome(each.error) for each in looked if each.error is not None)
    if worst:
        return worst
    return int(ExitCode.INVALID if strict and any(each.findings for each in looked) else ExitCode.VALID)


def _print_sarif(looked: list[_Looked], code: int) -> None:
    import json

    from cli.version import version
    from stateless.inspection.sarif import sarif

    found = [(each.input, each.name, finding) for each in looked for finding in each.findings]
    # An illegal witness is a finding; what could not be looked at at all is a failure of the run.
    errors = [
        (each.input, f"{each.error.code}: {each.error.message}")
        for each in looked
        if each.error is not None and not each.findings
    ]
    print(json.dumps(sarif(found, version=version(), exit_code=code, errors=errors), indent=2))


def _print_json(looked: list[_Looked], code: int) -> None:
    from cli.json_output import error_member, print_object

    said: dict[str, Any] = {
        "findings": sum(len(each.findings) for each in looked),
        "blocks": [
            {
                "input": each.input,
                "name": each.name,
                "tree": each.tree,
                "findings": [finding.to_json() for finding in each.findings],
                "notes": list(each.notes),
                "error": error_member(each.error),
            }
            for each in looked
        ],
    }
    print_object(SCHEMA, code, said)


def _show(settings: Settings, looked: list[_Looked], everything: bool) -> None:
    from cli.branches import show
    from cli.error_words import warn_of
    from cli.terminal import screen
    from cli.words import count

    symbols = screen(settings).symbols
    for each in looked:
        if settings.quiet and not each.findings and each.error is None:
            continue
        if each.tree is not None or each.findings:
            show(settings, _tree(each, everything, symbols))
        if each.error is not None:
            warn_of(each.error, each.name)
    if len(looked) > 1 and not settings.quiet:
        findings = sum(len(each.findings) for each in looked)
        clean = sum(not each.findings and each.error is None for each in looked)
        print(f"{count(findings, 'finding')} in {count(len(looked), 'block')}, {clean:,} without any")


def _tree(looked: _Looked, everything: bool, symbols: Symbols) -> Branch:
    from cli.branches import Branch, styled
    from cli.terminal import printable
    from cli.words import count
    from stateless.inspection.lint_rules import RULES

    said = count(len(looked.findings), "finding") if looked.findings else "nothing found"
    name = looked.input if looked.name == looked.input else f"{looked.input}, {looked.name}"
    root = Branch(styled((printable(name), "bold"), (f"  {said}", "" if looked.findings else "green")))
    order = list(_STYLES)
    present = dict.fromkeys(finding.rule for finding in looked.findings)
    for rule_id in sorted(present, key=lambda each: order.index(RULES[each].level)):
        rule = RULES[rule_id]
        members = [finding for finding in looked.findings if finding.rule == rule_id]
        many = "" if len(members) == 1 else f" ({len(members):,} times)"
        branch = root.add(
            (f"{rule.level:<8}", _STYLES[rule.level]), (f"{rule_id}", "bold"), f"  {rule.short}{many}"
        )
        for finding in members if everything else members[:LISTED]:
            place = f"  {printable(finding.place)}" if finding.place else ""
            branch.add(printable(finding.message), (place, "dim"))
        if not everything and len(members) > LISTED:
            branch.add((f"{symbols.ellipsis} and {len(members) - LISTED:,} more (--all)", "dim"))
        branch.add((rule.help, "dim"))
    for note in looked.notes:
        root.add(("not seen ", "dim"), (printable(note), "dim"))
    return root
