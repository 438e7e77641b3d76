"""Verdicts as plain lines: one a block, and a sum at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from cli.error_words import one_line
from cli.judging import Result
from cli.terminal import Symbols, printable
from cli.words import bare_name, count, label, milliseconds, size, value_text

if TYPE_CHECKING:
    from stateless.verdict import Outcome

VERDICTS: Final[tuple[Outcome, ...]] = ("valid", "invalid", "malformed", "unsupported", "incomplete")
PROOF_ONLY: Final = "PROOF AND ROOTS ONLY"
# Who says the state root before the block, where the parent's header does not (``pre_state_root_from``).
ASSERTED: Final[Mapping[str | None, str]] = MappingProxyType(
    {"option": "asserted by --pre-root", "file": "asserted by the input"}
)
# Rules of the header alone; shown as one row where none is broken.
HEADER_CHECKS: Final = "header_"


def title(json: Mapping[str, Any]) -> str:
    """The input, and which of its blocks: ``a/b.json``, ``a/b.json#2``, ``a/b.json: test_this[that]``.

    Of an id of execution-spec-tests only what follows the module, which is one for all tests of a file.
    """
    name, source = printable(json["name"]), printable(json["input"])
    if name.startswith(source):
        return name
    label, mark, number = name.partition("#")
    if label == bare_name(source):
        return source + mark + number
    return f"{source}: {name.rpartition('.py::')[2]}"


def line(result: Result) -> str:
    """Verdict, name, and what matters most about it."""
    json = result.json
    return f"{json['verdict']:<11}  {title(json)}  {detail(json)}"


def detail(json: Mapping[str, Any]) -> str:
    """What a line says after the name: the error and the rules, or what was checked, how large it was and
    what it rests on."""
    if json["error"] is not None:
        under = "" if json["rules"] is None else f", rules {json['rules']}"
        return one_line(json["error"]) + under
    parts = [] if json["executed"] else [PROOF_ONLY]
    parts += facts(json)
    if json["pre_state_root_from"] in ASSERTED:
        parts.append(f"state before {ASSERTED[json['pre_state_root_from']]}")
    if json["assumptions"]:
        codes = Counter(assumption["code"] for assumption in json["assumptions"])
        parts += [f"assumed {code} x {times}" for code, times in codes.items()]
    return ", ".join(parts)


def facts(json: Mapping[str, Any]) -> list[str]:
    """Block, counts, size and time, as far as they are known."""
    parts = []
    block, sizes = json["block"], json["sizes"]
    if block is not None:
        if block["number"] is not None:
            parts.append(f"block {block['number']}")
        if block["transactions"] is not None:
            parts.append(count(block["transactions"], "transaction"))
    if json["gas_used"] is not None:
        parts.append(f"gas {json['gas_used']:,}")
    if sizes.get("witness_bytes") is not None:
        named = ("node", "code") if json["tree"] == "patricia" else ("stem", "key")
        parts += [count(sizes[f"{name}s"], name) for name in named]
        if sizes.get("surplus_keys"):
            parts.append(f"{sizes['surplus_keys']:,} of them surplus")
        parts.append(f"witness {size(sizes['witness_bytes'])}")
    spent = spent_ms(json)
    if spent:
        parts.append(milliseconds(spent))
    return parts


def spent_ms(json: Mapping[str, Any]) -> float:
    """Time of all checks together."""
    return float(sum(check["ms"] or 0 for check in json["checks"]))


def check_rows(result: Result, *, every: bool) -> list[tuple[str, str, str]]:
    """(status, name, text) for each check. Unless ``every``, the rules of the header alone are one row as
    long as none is broken."""
    from stateless.checks import CHECKS

    notes = result.notes or (None,) * len(result.json["checks"])
    rows: list[tuple[str, str, str]] = []
    header: list[str] = []
    place = 0
    for check, reason in zip(result.json["checks"], notes, strict=True):
        name, status = check["name"], check["status"]
        if status == "failed":
            text = "see above" if result.json["error"] is not None and not every else compared(check)
        elif status == "passed":
            text = CHECKS[result.json["tree"]].get(name, "")
        else:
            text = reason or "skipped"
        if name.startswith(HEADER_CHECKS) and status != "failed" and not every:
            place = place or len(rows)
            header.append(status)
        else:
            rows.append((status, name, text))
    if header:
        rows.insert(place, _header_row(header))
    return rows if every else _joined(rows)


def _joined(rows: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Neighbours skipped for one reason as one row."""
    out: list[tuple[str, str, str]] = []
    for (status, text), members in groupby(rows, key=lambda row: (row[0], row[2])):
        names = [name for _, name, _ in members]
        if status == "skipped" and len(names) > 1:
            out.append((status, names[0], f"{text}; likewise {', '.join(map(label, names[1:]))}"))
        else:
            out += [(status, name, text) for name in names]
    return out


def _header_row(statuses: Sequence[str]) -> tuple[str, str, str]:
    passed, skipped = statuses.count("passed"), statuses.count("skipped")
    text = f"{passed} passed"
    if skipped:
        text += f", {skipped} skipped (-v says why)"
    return ("passed" if passed else "skipped", "header_rules", text)


def compared(check: Mapping[str, Any]) -> str:
    """The two sides of a check that failed."""
    if check["expected"] is None and check["got"] is None:
        return "see the error"
    return f"expected {value_text(check['expected'])}, got {value_text(check['got'])}"


def check_lines(result: Result, symbols: Symbols) -> list[str]:
    """The checks of a result as indented lines."""
    signs = {"passed": symbols.passed, "failed": symbols.failed, "skipped": symbols.skipped}
    width = max(len(sign) for sign in signs.values())
    return [
        f"    {signs[status]:<{width}} {name:<22} {printable(text)}"
        for status, name, text in check_rows(result, every=True)
    ]


def summary(outcomes: Mapping[Outcome, int], seconds: float) -> str:
    """``474 blocks: 470 valid, 4 invalid; 12.0 s``."""
    parts = [f"{outcomes[verdict]:,} {verdict}" for verdict in VERDICTS if outcomes.get(verdict)]
    total = count(sum(outcomes.values()), "block")
    return f"{total}: {', '.join(parts)}; {milliseconds(1000 * seconds)}"


def next_steps(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """What to do: each step once, with the codes among these errors that it is for."""
    from stateless.codes import lookup

    steps: dict[str, list[str]] = {}
    for code in dict.fromkeys(error["code"] for error in results):
        entry = lookup(code)
        if entry is not None:
            steps.setdefault(entry.next_step, []).append(code)
    return [f"next, {', '.join(codes)}: {step}" for step, codes in steps.items()]
