"""The rows of the Merkle-Patricia trie: the nodes of the block's own witness that are needed, or those of a
sampled state; with whole codes, with chunks counted, or without code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stateless.compare.access_set import AccessSet, TouchedAccount
from stateless.compare.embedding import LEAF_RULES
from stateless.compare.leaf_rows import check_root, programs, timed
from stateless.compare.packing import patricia_encodings
from stateless.compare.rows import SIZES_ONLY, Encodings, Operations, Row
from stateless.compare.size import Size, own_size
from stateless.compare.source import Source
from stateless.evm.code import EMPTY_CODE, Code
from stateless.patricia_state import make_witness
from stateless.patricia_view import CodeBag, PatriciaView
from stateless.places import meaning
from stateless.scale.patricia_state import PatriciaState, sample_patricia
from stateless.scale.patricia_state import TouchedAccount as SampledAccount
from stateless.verifier import peak_memory_bytes
from stateless.view import AccountFields
from verkle.accounts import AccountHeader
from witness.patricia.bag import index_nodes
from witness.patricia.container import PatriciaWitness, patricia_sizes

__all__ = ["modelled_bytes", "patricia_rows"]

CHUNK_LEAF_BYTES: Final = 32
BlockHash = Callable[[int], bytes]
COUNTED: Final = "counted: 32 bytes for each chunk that ran; nothing in this tree binds a chunk to its code"


class _ViewOfChunks(PatriciaView):
    """A view for blocks whose codes are known in chunks only, by account."""

    def __init__(
        self, nodes: Mapping[bytes, bytes], root: bytes, block_hashes: BlockHash, accesses: AccessSet
    ) -> None:
        super().__init__(nodes, root, CodeBag(()), block_hashes)
        self._accesses = accesses.accounts
        self._chunks = programs(accesses)

    def code(self, address: bytes, account: AccountFields) -> Code:  # noqa: ARG002
        """The chunks that ran."""
        return self._chunks.get(address, EMPTY_CODE)

    def code_size(self, address: bytes, account: AccountFields) -> int:  # noqa: ARG002
        """As the block's own witness has it."""
        touched = self._accesses.get(address)
        return 0 if touched is None else touched.code_size

    def has_leaf(self, *place: object) -> bool:
        """Whether a leaf was there in the tree that the block ran on, which some gas rules ask."""
        address, tree_index, suffix = place
        touched = self._accesses.get(address) if isinstance(address, bytes) else None
        if touched is None or not isinstance(tree_index, int) or not isinstance(suffix, int):
            return False
        for kind, value in meaning(LEAF_RULES, tree_index, suffix).items():
            if kind == "slot" and isinstance(value, bytes):
                return touched.slots.get(int.from_bytes(value, "big")) is not None
            if kind == "chunk":
                return value in touched.chunk_leaves
        return touched.before is not None


@dataclass(frozen=True, slots=True)
class _Proven:
    """A witness of nodes, verified, with what it took."""

    witness: PatriciaWitness
    root: bytes
    after: bytes
    hashes: int
    prove_ms: float | None
    verify_ms: float
    execute_ms: float
    rebuild_ms: float


def patricia_rows(source: Source, size: Size, seed: bytes) -> list[Row]:
    """Rows with whole codes, with chunks counted, and without code. Raises as ``engine.compare_block``."""
    depths: Mapping[bytes, int]
    if size.own and source.patricia is not None:
        own = source.patricia
        proven = _verified(source, own.needed, source.pre_root, source.post_root, None)
        depths = own.depths
        row = replace(_row(source, proven), kind="measured", note=_surplus(source))
    else:
        state = _sample(source, size, seed)
        proven = _proven(source, state)
        depths = state.depths
        row = _row(source, proven)
    row = replace(row, depths=Counter(depths.values()), keys=size.keys, own_size=size.own)
    codes = proven.witness.codes
    sizes = source.accesses.whole_codes()
    known = source.patricia is not None
    whole = replace(
        row,
        code_policy="whole",
        code_bytes=sum(map(len, codes)) if known else sum(sizes.values()),
        encodings=patricia_encodings(proven.witness) if known else Encodings(),
        note=row.note if known else SIZES_ONLY,
    )
    chunks = sum(
        len(account.chunks) + -(-len(account.deployed or b"") // 31)
        for account in source.accesses.accounts.values()
    )
    in_chunks = replace(
        row,
        kind="modelled",
        code_policy="chunks",
        code_bytes=CHUNK_LEAF_BYTES * chunks,
        encodings=Encodings(),
        note=COUNTED,
    )
    bare = replace(proven.witness, codes=())
    without = replace(row, code_policy="none", code_bytes=0, encodings=patricia_encodings(bare))
    return [whole, in_chunks, without]


def modelled_bytes(source: Source, seed: bytes) -> int:
    """Bytes of nodes in a sampled state of the block's own size, to be held beside the measured ones."""
    proven = _proven(source, _sample(source, own_size(source), seed))
    return sum(map(len, proven.witness.nodes))


def _surplus(source: Source) -> str | None:
    """How much larger the witness is that the block came with."""
    if source.patricia is None:
        return None
    given, needed = (patricia_sizes(each) for each in (source.patricia.given, source.patricia.needed))
    return (
        f"the block's own witness, as far as it is needed: {needed.nodes} of {given.nodes} nodes "
        f"({needed.state_bytes} of {given.state_bytes} bytes), {needed.codes} of {given.codes} codes "
        f"({needed.codes_bytes} of {given.codes_bytes} bytes)"
    )


def _sample(source: Source, size: Size, seed: bytes) -> PatriciaState:
    touched: dict[bytes, SampledAccount | None] = {}
    for address, account in source.accesses.accounts.items():
        if account.before is None:
            touched[address] = None
            continue
        slots = {slot: value or 0 for slot, value in account.slots.items()}
        touched[address] = SampledAccount(
            account.before.nonce,
            account.before.balance,
            account.before.code_hash,
            slots,
            _other_slots(size, address, account, account.before),
        )
    return sample_patricia(seed, size.model.accounts, touched)


def _other_slots(size: Size, address: bytes, account: TouchedAccount, before: AccountHeader) -> int:
    if not before.code_size and not account.slots:
        return 0
    return max(0, size.slots_of(address) - sum(bool(value) for value in account.slots.values()))


def _view(source: Source, nodes: Mapping[bytes, bytes], root: bytes, codes: Sequence[bytes]) -> PatriciaView:
    """A view of nodes (by hash) below a root, with whole codes, or with the chunks that are known."""
    block_hash = source.rerun.context.block_hash
    if source.patricia is not None:
        return PatriciaView(nodes, root, CodeBag(codes), block_hash)
    return _ViewOfChunks(nodes, root, block_hash, source.accesses)


def _proven(source: Source, state: PatriciaState) -> _Proven:
    """The prover's part, on the sampled state: run the block and take what was touched."""
    own = source.patricia
    whole = _view(source, state.nodes, state.root, () if own is None else own.given.codes)

    def prove() -> tuple[PatriciaWitness, bytes]:
        execution, _ = source.rerun.on(whole)
        after = whole.rebuild(execution.changes).root
        return make_witness(whole), after

    (witness, after), prove_ms = timed(prove)
    if own is not None:
        witness = replace(witness, ancestors=own.needed.ancestors)
    return _verified(source, witness, state.root, after, prove_ms)


def _verified(
    source: Source, witness: PatriciaWitness, root: bytes, expected: bytes, prove_ms: float | None
) -> _Proven:
    """The verifier's part, on the witness alone."""
    view, verify_ms = timed(lambda: _view(source, index_nodes(witness.nodes), root, witness.codes))
    execution, execute_ms = source.rerun.on(view)
    updated, rebuild_ms = timed(lambda: view.rebuild(execution.changes))
    check_root(expected, updated.root, "patricia")
    hashes = len(witness.nodes) + len(witness.codes) + len(updated.created)
    return _Proven(witness, root, updated.root, hashes, prove_ms, verify_ms, execute_ms, rebuild_ms)


def _row(source: Source, proven: _Proven) -> Row:
    nodes = proven.witness.nodes
    counts = source.accesses.counts
    return Row(
        tree="patricia",
        kind="modelled",
        proof_bytes=sum(map(len, nodes)),
        values_bytes=0,
        commitments=0,
        nodes=len(nodes),
        keys_touched=counts["accounts"] + counts["slots"],
        verified=True,
        executed=True,
        gas_used=source.rerun.first.gas_used,
        pre_state_root="0x" + proven.root.hex(),
        post_state_root="0x" + proven.after.hex(),
        prove_ms=proven.prove_ms,
        verify_ms=proven.verify_ms,
        execute_ms=proven.execute_ms,
        rebuild_ms=proven.rebuild_ms,
        peak_memory_bytes=peak_memory_bytes(),
        operations=Operations(0, proven.hashes, 0),
        assumptions=0,
        assumption_bytes=0,
    )
