"""What the block schemas share: labels, optional members, and keeping one bad block from hiding the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from verkle.errors import IncompleteError, MalformedError, StatelessError
from witness.block import BlockInput
from witness.fields import JsonPath, as_integer, hex_fixed, show
from witness.formats.sight import is_execution_witness
from witness.witness_json import is_binary_witness, optional_root, witness_from_json

# An answer is some kilobytes, however small the block. Fixtures of the execution-spec-tests have below 100.
MAX_BLOCKS: Final = 4096


def check_block_count(count: int, path: JsonPath) -> None:
    """Raises ``MalformedError`` ``BLOCKS_TOO_MANY`` beyond ``MAX_BLOCKS``."""
    if count > MAX_BLOCKS:
        raise MalformedError(
            "BLOCKS_TOO_MANY",
            f"the input holds {count} blocks or more; at most {MAX_BLOCKS} are judged at once",
            where={"path": show(path)},
            expected=f"at most {MAX_BLOCKS}",
            got=count,
        )


def numbered(label: str, index: int, count: int) -> str:
    """``label``, with ``#n`` from 1 where the input holds several blocks."""
    return label if count == 1 else f"{label}#{index + 1}"


def chain_id_of(document: dict[str, Any], name: str, path: JsonPath) -> int | None:
    """The chain id under ``name``, or ``None`` where it is null or missing."""
    value = document.get(name)
    return None if value is None else as_integer(value, (*path, name), 64)


def given_receipts(source: dict[str, Any]) -> tuple[object, ...] | None:
    """The list under ``receipts`` as it stands (``BlockInput.receipts``); ``None`` for anything else."""
    given = source.get("receipts")
    return tuple(given) if isinstance(given, list) else None


def with_witness(block: BlockInput, source: dict[str, Any], name: str, path: JsonPath) -> BlockInput:
    """The block with the witness that its object has under ``name``, of any tree, if it has one; the state
    root before the block may stand beside it (``parentStateRoot``)."""
    value = source.get(name)
    place, root, root_place = (*path, name), source.get("parentStateRoot"), (*path, "parentStateRoot")
    if value is None:
        return replace(block, parent_state_root=optional_root(root, root_place))
    if is_binary_witness(value):
        from witness.binary.witness_json import witness_from_json as binary_from_json  # noqa: PLC0415

        return replace(block, binary=binary_from_json(value, place, beside=root, beside_path=root_place))
    if not is_execution_witness(value):
        witness = witness_from_json(value, place, beside=root, beside_path=root_place)
        return replace(block, witness=witness)
    from witness.formats.execution_witness import patricia_from_json  # noqa: PLC0415 (where it is needed)

    patricia = patricia_from_json(value, place)
    if root is not None:
        patricia = replace(patricia, pre_state_root=hex_fixed(root, 32, root_place))
    return replace(block, patricia=patricia)


def read_each(
    items: Sequence[Any], label: str, path: JsonPath, read: Callable[[Any, str, JsonPath], BlockInput]
) -> list[BlockInput]:
    """Read the blocks of an input that may hold several.

    A block that cannot be read becomes one with a ``defect``, so that its neighbours keep their verdicts;
    where it has none, the error is raised. With no block at all: ``IncompleteError`` ``NO_BLOCKS``; with too
    many: ``MalformedError`` ``BLOCKS_TOO_MANY``.
    """
    check_block_count(len(items), path)
    if not items:
        raise IncompleteError(
            "NO_BLOCKS",
            f"the file is of a known format, but its list of blocks ({show(path)}) is empty",
            where={"path": show(path)},
        )
    blocks = []
    for index, item in enumerate(items):
        name = numbered(label, index, len(items))
        try:
            blocks.append(read(item, name, (*path, index)))
        except StatelessError as error:
            if len(items) == 1:
                raise
            blocks.append(BlockInput(name=name, defect=error))
    return blocks


def share(blocks: Sequence[BlockInput], first: Sequence[Any], **common: Any) -> tuple[BlockInput, ...]:
    """Give every block the headers of all, ``first`` (genesis, parent) before them, and what is common."""
    headers = (*first, *(block.header for block in blocks if block.header is not None))
    return tuple([replace(block, headers=headers, **common) for block in blocks])
