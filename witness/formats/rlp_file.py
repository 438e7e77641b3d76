"""Files of bare RLP: a block as the network encodes it, or geth's ``ExtWitness``.

``ExtWitness`` is ``[headers, codes, state, keys]``: headers as lists, newest first; the rest byte strings;
``keys`` is a reserved place. It is told from a block by its first list, whose members are lists themselves.

Source: go-ethereum ``core/stateless/encoding.go``, ``core/types/block.go``; SPEC 9.1.
"""

from __future__ import annotations

from verkle.errors import MalformedError
from witness import rlp
from witness.block import BlockInput
from witness.formats.block_and_witness import block_input_from_rlp
from witness.header import header_from_rlp_item
from witness.patricia.container import PatriciaWitness

__all__ = ["read"]

_PARTS = ("headers", "codes", "state", "keys")


def read(data: bytes, name: str) -> tuple[BlockInput, ...]:
    """The block without witness, or the witness without block. Raises ``MalformedError``, of
    ``witness.rlp`` and ``witness.block_rlp``, and ``WITNESS_PARTS``."""
    item = rlp.decode(data)
    if isinstance(item, list) and item and _is_list_of_lists(item[0]):
        return (BlockInput(name=name, patricia=_witness(item)),)
    return (block_input_from_rlp(data, name),)


def _is_list_of_lists(item: rlp.Item) -> bool:
    return isinstance(item, list) and all(isinstance(part, list) for part in item)


def _witness(parts: list[rlp.Item]) -> PatriciaWitness:
    if len(parts) not in {3, 4} or isinstance(parts[0], bytes):
        raise MalformedError(
            "WITNESS_PARTS",
            f"a witness in RLP is a list of {', '.join(_PARTS)}",
            expected="3 or 4",
            got=len(parts),
        )
    headers = [header_from_rlp_item(header, f"headers[{i}]") for i, header in enumerate(parts[0])]
    codes, nodes, *rest = (
        _byte_strings(part, name) for part, name in zip(parts[1:], _PARTS[1:], strict=False)
    )
    return PatriciaWitness(nodes=nodes, codes=codes, ancestors=tuple(headers), keys=rest[0] if rest else ())


def _byte_strings(part: rlp.Item, name: str) -> tuple[bytes, ...]:
    strings = [] if isinstance(part, bytes) else [item for item in part if isinstance(item, bytes)]
    if isinstance(part, bytes) or len(strings) != len(part):
        raise MalformedError(
            "WITNESS_PARTS",
            f"the {name} of a witness in RLP are not a list of byte strings",
            where={"path": name},
        )
    return tuple(strings)
