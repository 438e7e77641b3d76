"""``stateless gas``: what a block's gas was spent on, and what would be under other rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import examples
from cli.parameters import FILE_HELP, AsJson, BlockBeside, Pick, PreRoot
from cli.settings import Settings, whole_number, with_settings

if TYPE_CHECKING:
    from stateless.gas_report import GasReport
    from verkle.errors import StatelessError

HELP = f"""Show what each transaction spent on execution, branches, chunks, edits and code.

{examples.block(examples.GAS)}

With --rules or --set also what it would cost under other rules or at other prices, on the same state and from
the same witness. Header and proof are checked; what the run gives is shown and not judged (that is verify).
Exit code 5 if the witness lacks what a transaction would read under the other rules; the others are shown."""


@with_settings
def command(
    settings: Settings,
    file: Annotated[str, typer.Argument(metavar="BLOCK", help=FILE_HELP)],
    rules: Annotated[
        str | None,
        typer.Option("--rules", metavar="NAME", help="Compare with these rules, or with shanghai or cancun."),
    ] = None,
    prices: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Compare at another price; may be repeated."),
    ] = None,
    ran_under: Annotated[
        str | None,
        typer.Option("--ran-under", metavar="NAME", help="The block's own rules; go before what BLOCK says."),
    ] = None,
    pre_root: PreRoot = None,
    block: BlockBeside = None,
    pick: Pick = None,
    as_markdown: Annotated[bool, typer.Option("--md", help="Print Markdown tables.")] = False,
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli import options
    from cli.inputs import one_block
    from verkle.errors import StatelessError

    if as_json and as_markdown:
        raise typer.BadParameter("--json and --md exclude each other", param_hint="--md")
    other = None if rules is None else _other_rules(rules)
    changes = _prices(prices or [], other)
    own = None if ran_under is None else options.rules_name(ran_under)
    root = None if pre_root is None else options.state_root(pre_root)
    report: GasReport | None = None
    error: StatelessError | None = None
    try:
        found = one_block(file, settings.max_bytes, pick=pick, block=block)
        from stateless.gas_report import gas_report

        report = gas_report(found, rules=own, other=other, prices=changes, pre_root=root)
    except StatelessError as caught:
        caught.stage = caught.stage or "DECODE"
        error = caught
    code = _exit_code(report, error)
    _print(settings, file, report, error, code, as_markdown=as_markdown, as_json=as_json)
    raise typer.Exit(code)


def _other_rules(name: str) -> str:
    from cli.options import one_of
    from stateless.gas_report import OTHER_RULES
    from stateless.rules import is_rules_name, rules_named

    if name.lower() in OTHER_RULES:
        return name.lower()
    if is_rules_name(name):
        return rules_named(name, "option").name
    return one_of(name, OTHER_RULES, "--rules")


def _prices(given: list[str], other: str | None) -> dict[str, int]:
    """The prices that are set. Raises ``typer.BadParameter``."""
    from cli.options import one_of
    from stateless.gas_report import MOST_PRICE, PRICE_NAMES
    from stateless.rules import RULE_SETS

    found: dict[str, int] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!a} is not NAME=VALUE", param_hint="--set")
        one_of(name, PRICE_NAMES, "--set")
        if name in found:
            raise typer.BadParameter(f"{name} is set twice", param_hint="--set")
        found[name] = whole_number(value, "--set", 0)
        if found[name] > MOST_PRICE:
            raise typer.BadParameter(f"{name} is above {MOST_PRICE}", param_hint="--set")
    if found and other is not None and other not in RULE_SETS:
        raise typer.BadParameter(
            f"{other} has no price for branches, chunks and edits that could be set", param_hint="--set"
        )
    return found


def _exit_code(report: GasReport | None, error: StatelessError | None) -> int:
    """That of the error, or of the transactions that could not be run under the other rules."""
    from cli.judging import exit_code, outcome

    if report is None:
        return 0 if error is None else error.exit_code
    refused = [row.other.refusal for row in report.transactions if row.other is not None]
    return exit_code(outcome(each) for each in refused if each is not None and each.family == "incomplete")


def _print(
    settings: Settings,
    file: str,
    report: GasReport | None,
    error: StatelessError | None,
    code: int,
    *,
    as_markdown: bool,
    as_json: bool,
) -> None:
    if as_json:
        from cli.gas_json import print_json

        print_json(file, report, error, code)
        return
    if report is not None:
        from cli.gas_tables import print_tables

        print_tables(settings, file, report, as_markdown=as_markdown)
    if error is not None:
        from cli.error_words import warn_of

        warn_of(error)
