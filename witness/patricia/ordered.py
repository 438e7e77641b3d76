"""The root of the trie over a list: transactions, withdrawals and receipts of a block.

The key of item ``i`` is ``RLP(i)``, its value the item's own encoding. The trie is built at once and not
kept, since nothing is ever looked up in it.

Source: Ethereum yellow paper, appendix D (the trie); SPEC 10.6.
"""

from __future__ import annotations

from collections.abc import Sequence

from witness import rlp
from witness.patricia.nodes import EMPTY_TRIE_ROOT
from witness.patricia.trie import build

__all__ = ["EMPTY_TRIE_ROOT", "ordered_root"]


def ordered_root(items: Sequence[bytes]) -> bytes:
    """Return the 32-byte root of the trie that maps ``RLP(i)`` to ``items[i]``.

    Items are the encoded members themselves: ``RLP(transaction)`` of a legacy transaction, ``type || RLP``
    of a typed one. No member of a block is empty; an empty item would mean absence in this trie and is the
    caller's mistake (``ValueError``).
    """
    if not all(items):
        raise ValueError("an ordered trie cannot hold an empty item")
    return build({rlp.encode(rlp.encode_integer(i)).hex(): bytes(item) for i, item in enumerate(items)}).root
