"""How bytes are written in a JSON input: what readers take and writers should not write.

Looked at are the members that hold bytes of a witness, in any dialect; numbers (gas, nonces) are written in
too many ways to blame anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stateless.inspection.finding import Finding

__all__ = ["lint_text"]

BYTES_MEMBERS: Final = frozenset(
    {
        "state", "codes", "headers", "keys", "states", "ancestors", "stem", "currentValue", "newValue",
        "current_value", "new_value", "otherStems", "other_stems", "depthExtensionPresent",
        "depth_extension_present", "commitmentsByPath", "commitments_by_path", "d", "cl", "cr",
        "finalEvaluation", "final_evaluation", "parentStateRoot", "parent_state_root", "block_hashes",
    }
)  # fmt: skip
_UPPER: Final = frozenset("ABCDEF")
_RULES: Final = {
    "hex-upper-case": "have upper-case digits",
    "hex-odd-length": "have an odd number of digits",
    "hex-no-prefix": "have no 0x",
}


def lint_text(document: Any) -> tuple[Finding, ...]:
    """One finding for each way of writing, with how often and where first. ``document``: parsed JSON."""
    first: dict[str, str] = {}
    times: dict[str, int] = {}
    for text, place in _texts(document):
        for rule in _ways(text):
            first.setdefault(rule, place)
            times[rule] = times.get(rule, 0) + 1
    return tuple(
        Finding(rule, f"{times[rule]} byte strings {_RULES[rule]}; the first is {first[rule]}.", first[rule])
        for rule in _RULES
        if rule in times
    )


def _ways(text: str) -> Iterator[str]:
    digits = text.removeprefix("0x")
    if not digits or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return
    if digits == text:
        yield "hex-no-prefix"
    if len(digits) % 2:
        yield "hex-odd-length"
    if _UPPER & set(digits):
        yield "hex-upper-case"


def _texts(document: Any) -> Iterator[tuple[str, str]]:
    """Every text under a member that holds bytes, with its place, in the order of the document."""
    todo: list[tuple[Any, str, bool]] = [(document, "", False)]
    while todo:
        value, place, is_bytes = todo.pop()
        if isinstance(value, str):
            if is_bytes:
                yield value, place
        elif isinstance(value, list):
            items = [(item, f"{place}[{i}]", is_bytes) for i, item in enumerate(value)]
            todo.extend(reversed(items))
        elif isinstance(value, dict):
            members = [
                (member, f"{place}.{name}".lstrip("."), name in BYTES_MEMBERS)
                for name, member in value.items()
            ]
            todo.extend(reversed(members))
