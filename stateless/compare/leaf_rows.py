"""What the rows of both trees with leaves share: the block is run again on nothing but verified leaves, and
what it writes must be what was proven to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TypeVar

from stateless.compare.access_set import AccessSet
from stateless.compare.embedding import Embedded, leaf_rules
from stateless.compare.leaf_view import CodeApartView, LeafView, written_leaves
from stateless.compare.source import Source
from stateless.evm.code import Code
from verkle.embedding import StemsOf
from verkle.errors import InvalidError

__all__ = ["check_root", "programs", "run_again", "timed", "whole_codes"]

_T = TypeVar("_T")


def timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """The result, and milliseconds."""
    start = perf_counter()
    result = work()
    return result, 1000 * (perf_counter() - start)


def run_again(
    source: Source,
    values: Mapping[bytes, bytes | None],
    embedded: Embedded,
    stems_of: StemsOf,
    *,
    chunks: bool,
) -> float:
    """Run the block on verified leaves; milliseconds.

    Raises:
        StatelessError: as ``Rerun.on``; ``InvalidError`` ``COMPARE_WRITES_DIFFER``: it writes other leaves.
    """
    rules = leaf_rules(None if source.verkle is None else source.verkle.rules)
    run = source.rerun
    view: LeafView
    arguments = (
        values.__getitem__,
        rules,
        stems_of,
        run.fork.execution.precompiles,
        run.context.block_hash,
    )
    view = LeafView(*arguments) if chunks else CodeApartView(*arguments, programs(source.accesses))
    execution, ms = run.on(view)
    written = written_leaves(view, execution.changes, chunks=chunks)
    if written != embedded.writes:
        different = sorted(
            key for key in {*written, *embedded.writes} if written.get(key) != embedded.writes.get(key)
        )
        raise InvalidError(
            "COMPARE_WRITES_DIFFER",
            "run again on another tree's witness, the block writes other leaves",
            where={"key": different[0], "leaves": len(different)},
            expected=embedded.writes.get(different[0]),
            got=written.get(different[0]),
        )
    return ms


def whole_codes(source: Source) -> dict[bytes, bytes]:
    """The codes that ran or were copied, by hash, as far as they are known."""
    return {
        account.before.code_hash: account.code
        for account in source.accesses.accounts.values()
        if account.before is not None and account.chunks and account.code is not None
    }


def programs(accesses: AccessSet) -> dict[bytes, Code]:
    """The code of each account that ran, as far as it is known: whole, or its chunks. An object for each,
    which no run has seen."""
    out: dict[bytes, Code] = {}
    for address, account in accesses.accounts.items():
        if account.code:
            out[address] = Code(account.code, place={"account": address})
        elif account.code_size and account.chunk_leaves:
            out[address] = Code.partly(account.code_size, account.chunk_leaves, {"account": address})
    return out


def check_root(expected: bytes, got: bytes, tree: str) -> None:
    """The root that the verifier rebuilt is the one that the whole tree has after the block.

    Raises:
        InvalidError: ``COMPARE_ROOT_DIFFERS``.
    """
    if expected != got:
        raise InvalidError(
            "COMPARE_ROOT_DIFFERS",
            "the root rebuilt from a witness is not that of the tree after the block",
            where={"tree": tree},
            expected=expected,
            got=got,
        )
