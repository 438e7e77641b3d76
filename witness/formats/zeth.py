"""The RPC cache of zeth: every reply that was fetched for one block, as pairs of request and reply.

::

    { "full_blocks": [ [{"block_no"}, block], … ],
      "proofs": [ [{"block_no", "address", "indices"}, {"accountProof", "storageProof": [{"proof"}]}], … ],
      "code": [ [{"block_no", "address"}, code], … ], … }

The block is the last of ``full_blocks``, the others are its ancestors. Only the nodes of the proofs and the
codes are taken, never a value that a reply states; so the proofs of the state *after* the block, which are
there for the siblings of deleted nodes (``witness.patricia.siblings``), cannot say anything about the state
before. Balances, nonces, storage and receipts that were fetched besides are not read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verkle.errors import IncompleteError
from witness.block import BlockInput
from witness.fields import JsonPath, as_integer, as_list, as_object, hex_bytes, member
from witness.formats.block_and_witness import read_block
from witness.header_json import header_from_json
from witness.patricia.container import PatriciaWitness
from witness.patricia.siblings import rebuild_siblings

__all__ = ["read"]


def read(document: Any, name: str) -> tuple[BlockInput, ...]:
    """The one block of the cache. Raises also ``IncompleteError`` ``NO_BLOCKS``."""
    document = as_object(document, ())
    blocks = _pairs(document, "full_blocks")
    if not blocks:
        raise IncompleteError("NO_BLOCKS", "the cache holds no block", where={"path": "$.full_blocks"})
    last, reply, path = max(blocks, key=lambda found: found[0])
    block = read_block(reply, name, path)
    ancestors = [header_from_json(other, place)[0] for number, other, place in blocks if number < last]
    before, after = _Nodes(), _Nodes()
    for number, reply, path in _pairs(document, "proofs"):
        (before if number < last else after).add_proofs(as_object(reply, path), path)
    codes = {hex_bytes(reply, path): None for _, reply, path in _pairs(document, "code")}
    codes.pop(b"", None)
    nodes = {**before.nodes, **dict.fromkeys(rebuild_siblings(before.nodes, after.nodes)), **after.nodes}
    witness = PatriciaWitness(
        nodes=tuple(nodes),
        codes=tuple(codes),
        ancestors=tuple(ancestors),
    )
    return (replace(block, patricia=witness),)


def _pairs(document: dict[str, Any], name: str) -> list[tuple[int, Any, JsonPath]]:
    """Block number of each request, its reply, and the reply's place."""
    found: list[tuple[int, Any, JsonPath]] = []
    for i, pair in enumerate(as_list(member(document, name, ()), (name,))):
        path: JsonPath = (name, i)
        request, reply = (*as_list(pair, path), None, None)[:2]
        number = member(as_object(request, (*path, 0)), "block_no", (*path, 0))
        found.append((as_integer(number, (*path, 0, "block_no"), 64), reply, (*path, 1)))
    return found


class _Nodes:
    """The nodes of many proofs, each once; the upper ones stand in most of them."""

    def __init__(self) -> None:
        self.nodes: dict[bytes, None] = {}
        self._seen: set[str] = set()

    def add_proofs(self, reply: dict[str, Any], path: JsonPath) -> None:
        """Take the nodes of a reply of eth_getProof."""
        self._add(member(reply, "accountProof", path), (*path, "accountProof"))
        storage_path = (*path, "storageProof")
        for i, item in enumerate(as_list(member(reply, "storageProof", path), storage_path)):
            entry = as_object(item, (*storage_path, i))
            self._add(member(entry, "proof", (*storage_path, i)), (*storage_path, i, "proof"))

    def _add(self, value: Any, path: JsonPath) -> None:
        for i, item in enumerate(as_list(value, path)):
            if not isinstance(item, str) or item not in self._seen:
                self.nodes[hex_bytes(item, (*path, i))] = None
                self._seen.add(item)
