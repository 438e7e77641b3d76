"""What an error code means: looked up by code, or all of them as a document.

The entries are in ``stateless.code_table``. ``python -m stateless.codes`` writes ``docs/errors.md``.

A code's *family* is its verdict and exit code; its *stages* are the steps of the verifier in which it can
come up. A code can also stand in ``assumptions``: then the verdict is given, and rests on it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from stateless.code_table import CODES, ErrorCode

STAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DECODE": "reading the input",
        "SHAPE": "header rules and the structure of the witness",
        "PROOF": "opening every value against the state before the block",
        "EXECUTE": "running the transactions",
        "REBUILD": "computing the state root after the block",
        "COMPARE": "comparing what came out with the header",
    }
)
FAMILIES: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "invalid": (1, "the block or its witness is wrong"),
        "malformed": (3, "the input cannot be decoded"),
        "unsupported": (4, "the input is of a kind that is not decided here"),
        "incomplete": (5, "something is missing without which nothing can be decided"),
        "machine": (70, "the machine does not do what is asked of it; no verdict on any input"),
    }
)


def lookup(code: str) -> ErrorCode | None:
    """Return the entry of ``code``, ``None`` if there is none."""
    return CODES.get(code)


def code_page(entry: ErrorCode, example: str | None = None) -> list[str]:
    """The page of one code as plain lines: what it means, where it comes up, its usual cause, what to do; and
    a command that shows it."""
    exit_code, what = FAMILIES[entry.family]
    stages = "; ".join(f"{stage} ({STAGES[stage]})" for stage in entry.stages)
    return [
        entry.code,
        f"  meaning   {entry.meaning}",
        f"  verdict   {entry.family} (exit code {exit_code}): {what}",
        f"  stage     {stages}",
        f"  cause     usually {entry.cause}",
        f"  next      {entry.next_step}",
        *([] if example is None else [f"  example   {example}"]),
    ]


def examples() -> dict[str, str]:
    """A command that shows an error code, by code: on a file of ``fixtures/refusals`` in the checkout that
    the program runs from. Empty where it is installed."""
    from stateless.manifest import MANIFEST_NAME, read_manifest  # noqa: PLC0415 (not to look a code up)

    folder = Path(__file__).resolve().parent.parent / "fixtures"
    if not (folder / MANIFEST_NAME).is_file():
        return {}
    rows = [row for row in read_manifest(folder) if row.file.startswith("refusals/")]
    return {row.code: row.call(folder.name) for row in rows if row.code is not None}


def errors_markdown() -> str:
    """Return the text of ``docs/errors.md``."""
    shown = examples()
    lines = [
        "# Error codes",
        "",
        "Made from `stateless/code_table.py` by `python -m stateless.codes`; change it there.",
        "`stateless explain --error CODE` prints one. An example is refused so: `fixtures/refusals` has a",
        "file for each code that a file can give.",
        "",
        "An error says its code, the stage in which it came up, where, and what was expected and got.",
        "",
        "| stage | what happens in it |",
        "|---|---|",
        *(f"| {stage} | {what} |" for stage, what in STAGES.items()),
        "",
    ]
    for family, (exit_code, what) in FAMILIES.items():
        lines += [
            f"## {family.capitalize()} (exit code {exit_code})",
            "",
            f"{what[0].upper()}{what[1:]}.",
            "",
        ]
        for entry in sorted(CODES.values(), key=lambda entry: entry.code):
            if entry.family == family:
                lines += [
                    f"### {entry.code}",
                    "",
                    f"{entry.meaning} ({', '.join(entry.stages)})",
                    "",
                    f"- Usual cause: {entry.cause}",
                    f"- Next step: {entry.next_step}",
                    *([f"- Example: `{shown[entry.code]}`"] if entry.code in shown else []),
                    "",
                ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(errors_markdown())
