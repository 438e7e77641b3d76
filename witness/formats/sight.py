"""Objects of JSON that several schemas hold, told by their members."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["is_execution_witness", "is_pair"]

_MEMBERS: Final = frozenset({"state", "codes", "headers", "ancestors", "keys"})


def is_execution_witness(value: Any) -> bool:
    """The object of nodes, codes and headers (``execution_witness``), and not a Verkle tree's.

    All but the nodes may be missing; without codes it holds nothing else than a witness does.
    """
    if not isinstance(value, dict) or not isinstance(value.get("state"), list):
        return False
    return "codes" in value or value.keys() <= _MEMBERS


def is_pair(value: Any) -> bool:
    """A block beside a witness, either in its JSON-RPC envelope or not."""
    if not isinstance(value, dict) or "block" not in value:
        return False
    witness = value.get("witness")
    if isinstance(witness, dict) and "jsonrpc" in witness:
        return True
    return is_execution_witness(witness)
