"""The rule sets of Verkle networks as Markdown tables: ``python -m stateless.rules_table``.

They stand in docs/8-witness-gas.md between two marks, and a test holds the page equal to what is said here.
Every member of the records has a line, so that a new one cannot be left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from stateless.rules import RULE_SETS, HistoryAccount, RuleSet
from stateless.witness_rules import EarlyRules, PackedRules, WitnessCosts

__all__ = ["BEGIN", "END", "rules_markdown"]

BEGIN: Final = "<!-- made by python -m stateless.rules_table -->"
END: Final = "<!-- end of what is made -->"

_COSTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "witness_branch_cost": "a stem, the first time in a transaction",
        "witness_chunk_cost": "a leaf, the first time",
        "subtree_edit_cost": "a stem written, the first time",
        "chunk_edit_cost": "a leaf written, the first time",
        "chunk_fill_cost": "that leaf was absent",
        "warm_cost": "a look at what was met before",
    }
)
_EARLY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "warm_cold": "EIP-2929 and 2200 go on, leaves come on top",
        "destroys_old_contracts": "SELFDESTRUCT as before EIP-6780",
        "transaction_pays": "a transaction pays for the leaves of sender and target",
        "creation_pays": "a creating transaction pays for the new account before it runs",
        "fee_recipient_by_block": "the fee recipient is touched once a block, whatever it gets",
        "unpaid_is_free": "what PUSH, CODECOPY, EXTCODECOPY, EXTCODESIZE cannot pay is free",
        "initcode_chunks": "PUSH and CODECOPY of initcode pay for chunks",
        "caller_read_for_absent": "a call of an absent account reads the caller's header",
        "chunk_behind_end": "a range that goes beyond the code touches a chunk behind it",
        "deployed_chunks_read": "deployed chunks are touched, free, as if read",
        "block_hashes": "where BLOCKHASH looks",
        "deletion_fills": "deleting an account writes zeros to its whole header stem",
        "looks": "instructions that look without proof",
    }
)
_PACKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new_account_gas": "CALL with value to an empty account",
        "exempt_gas": "a look at a precompile or the history account",
        "callcode_value_touches": "CALLCODE with value touches both balances",
        "absent_target_written": "an absent target of a transaction counts as written",
        "fee_recipient_touched": "the fee recipient is touched by whoever pays it",
        "withdrawals_touched": "withdrawals touch their accounts",
        "scarce_warm": "a warm look takes what is left, if that is less than its price",
    }
)


def rules_markdown() -> str:
    """The tables: all networks, then the switches of the early ones, then those of the later ones."""
    every = tuple(RULE_SETS.values())
    executed = [rules for rules in every if rules.execution is not None]
    early = [(rules, rules.execution) for rules in every if isinstance(rules.execution, EarlyRules)]
    packed: list[tuple[RuleSet, PackedRules]] = []
    for rules in every:
        # networks that differ in their genesis alone share a column
        if isinstance(rules.execution, PackedRules) and rules.execution not in [each for _, each in packed]:
            packed.append((rules, rules.execution))
    lines = [
        *_table(
            "",
            [rules.name for rules in every],
            [(words, [of(rules) for rules in every]) for words, of in _TREE],
        ),
        "",
        *_table(
            "price in gas",
            [rules.name for rules in executed],
            [
                (f"`{name}`: {_COSTS[name]}", [_cell(_costs(rules), name) for rules in executed])
                for name in _members(WitnessCosts)
            ],
        ),
        "",
        *_table(
            "one leaf for each field",
            [rules.name for rules, _ in early],
            [
                (f"`{name}`: {_EARLY[name]}", [_cell(execution, name) for _, execution in early])
                for name in _members(EarlyRules)
            ],
        ),
        "",
        *_table(
            "BASIC_DATA and CODE_HASH",
            [rules.name for rules, _ in packed],
            [
                (f"`{name}`: {_PACKED[name]}", [_cell(execution, name) for _, execution in packed])
                for name in _members(PackedRules)
            ],
        ),
    ]
    return "\n".join(lines) + "\n"


def _members(record: type[WitnessCosts | EarlyRules | PackedRules]) -> Iterator[str]:
    return (member.name for member in fields(record) if member.name != "costs")


def _costs(rules: RuleSet) -> WitnessCosts | None:
    return None if rules.execution is None else rules.execution.costs


def _cell(record: object, name: str) -> str:
    value = getattr(record, name)
    if isinstance(value, bool):
        return "yes" if value else "–"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "–"
    return str(value).replace("_", " ")


def _history(of: Callable[[HistoryAccount], str]) -> Callable[[RuleSet], str]:
    return lambda rules: "–" if rules.history is None else of(rules.history)


def _short(address: bytes) -> str:
    return f"0x{address[:2].hex()}…{address[-2:].hex()}"


_TREE: Final[tuple[tuple[str, Callable[[RuleSet], str]], ...]] = (
    ("chain id", lambda rules: str(rules.chain_id)),
    ("header leaves", lambda rules: "2" if rules.layout == "basic_data" else "5"),
    ("stem from the point", lambda rules: rules.stem_hash.replace("_", " ")),
    ("slot 0 of main storage at", lambda rules: "256^31" if rules.storage_offset == 256**31 else "256·2^31"),
    ("history account", _history(lambda history: _short(history.address))),
    (
        "its slots, in turn",
        _history(lambda history: "never again" if history.ring is None else f"{history.ring:,}"),
    ),
    ("it outlives the block", _history(lambda history: "yes" if history.kept else "–")),
    (
        "its nonce in genesis",
        _history(lambda history: "absent" if history.nonce is None else str(history.nonce)),
    ),
    ("its code, bytes", _history(lambda history: str(len(history.code)))),
    ("executed here", lambda rules: "–" if rules.execution is None else "yes"),
)


def _table(head: str, names: list[str], rows: list[tuple[str, list[str]]]) -> Iterator[str]:
    yield f"| {' | '.join([head, *names])} |"
    yield "|---" * (1 + len(names)) + "|"
    for words, cells in rows:
        yield f"| {' | '.join([words, *cells])} |"


if __name__ == "__main__":
    sys.stdout.write(rules_markdown())
