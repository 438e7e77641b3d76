"""What is mutated: sound blocks and witnesses in every encoding, and what each of them means.

A seed is bytes and how they are judged (:class:`Target`). Its *meaning* is what the verifier accepted it for.
A changed input that is accepted must mean the same; ``tests.fuzz.judge`` says when it does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from stateless.headers import headers_by_hash
from stateless.verdict import Verdict
from stateless.verifier import verify_all, verify_block
from tests.fuzz import small_states
from tests.vectors import PROJECT
from tests.witness import samples
from tests.witness_patricia import documents
from verkle.diff import StemDiff
from verkle.post import post_root
from verkle.proof import verify_proof
from witness import rlp
from witness.binary import encoding, witness_cbor, witness_json
from witness.binary.container import BinaryWitness
from witness.binary.post import post_root as binary_post_root
from witness.binary.proof import verify_proof as verify_binary_proof
from witness.binary.rules import DEFAULT, rules_named
from witness.block import BlockInput
from witness.block_json import block_to_json
from witness.cbor import block_to_cbor, witness_to_cbor
from witness.decode import decode_blocks
from witness.header import Header, header_to_rlp, withdrawal_to_rlp
from witness.join import join
from witness.ssz import witness_to_ssz

FIXTURES = PROJECT / "fixtures"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was accepted. ``values``: proven leaves, where the target looks at the proof alone."""

    tree: str | None
    executed: bool
    block: bytes | None
    pre_root: bytes | None
    bound: bool
    """Whether the parent's header binds the state before."""
    post_root: bytes | None
    gas: int | None
    receipts: str
    values: tuple[tuple[bytes, bytes | None], ...] = ()
    assumed: frozenset[bytes] = frozenset()
    """Stems whose absence rests on an assumption, or the code of another assumption."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One block's answer: what it means if it was accepted, else the code.

    ``block`` and ``parent``: what was accepted, for whoever must say whether another block is sound.
    ``lies``: of a proof over a state whose leaves are known: what it says that is false, empty if nothing.
    """

    meaning: Meaning | None
    code: str | None = None
    verdict: Verdict | None = None
    block: BlockInput | None = None
    parent: Header | None = None
    lies: str | None = None


Judge = Callable[[bytes], list[Answer]]


@dataclass(frozen=True, slots=True)
class Seed:
    """``family``: which mutators know its structure. ``sound``: whether it is accepted as it is."""

    name: str
    family: str
    data: bytes
    judge: Judge = field(repr=False)
    block: BlockInput | None = field(default=None, repr=False)
    sound: bool = True

    @property
    def cost(self) -> float:
        """What judging it costs beside the others, roughly: a Verkle proof is dear. It is drawn as rarely."""
        if self.name.startswith(("rlp/", "patricia/", "binary/", "dialect/")):
            return 1.0
        return 60.0

    def meanings(self) -> tuple[Meaning, ...]:
        """What the seed itself means; computed once a process."""
        return _meanings(self.name)


@cache
def all_meanings() -> frozenset[Meaning]:
    """What any seed means: a piece of one in another may be it, whole."""
    return frozenset([meaning for seed in seeds().values() for meaning in seed.meanings()])


@cache
def _meanings(name: str) -> tuple[Meaning, ...]:
    seed = seeds()[name]
    found = tuple([answer.meaning for answer in seed.judge(seed.data) if answer.meaning is not None])
    if bool(found) != seed.sound:
        raise ValueError(f"the seed {name} is {'refused' if seed.sound else 'accepted'}")
    return found


# --- judges: bytes in, answers out -------------------------------------------------------------------------


def meaning_of(verdict: Verdict) -> Meaning:
    """The meaning of a verdict that is valid."""
    assumed = {entry.key or entry.code.encode() for entry in verdict.assumptions}
    return Meaning(
        verdict.tree,
        verdict.executed,
        None if verdict.block is None else verdict.block.hash,
        verdict.pre_state_root,
        verdict.pre_state_root_from == "parent_header",
        verdict.post_state_root,
        verdict.gas_used,
        json.dumps(verdict.to_json()["receipts"], sort_keys=True),
        assumed=frozenset(assumed),
    )


def parent_of(block: BlockInput) -> Header | None:
    """The header that the block names, if the input holds it."""
    if block.header is None or block.header.parent_hash is None:
        return None
    others = (*block.headers, *(() if block.patricia is None else block.patricia.ancestors))
    return headers_by_hash(others).get(block.header.parent_hash)


def _answers(verdicts: tuple[Verdict, ...], blocks: Callable[[], tuple[BlockInput, ...]]) -> list[Answer]:
    found: list[Answer] = []
    read = blocks() if any(verdict.valid for verdict in verdicts) else ()
    for i, verdict in enumerate(verdicts):
        code = None if verdict.error is None else verdict.error.code
        block = read[i] if verdict.valid else None
        meaning = None if block is None else meaning_of(verdict)
        found.append(Answer(meaning, code, verdict, block, None if block is None else parent_of(block)))
    return found


def by_verify(**options: Any) -> Judge:
    """The program's front on the bytes. ``block``: what they are joined with."""

    def judge(data: bytes) -> list[Answer]:
        block = options.get("block")
        verdicts = verify_all(data, "input", **options)

        def blocks() -> tuple[BlockInput, ...]:
            read = decode_blocks(data, "input")
            return read if block is None else tuple([join(each, block) for each in read])

        return _answers(verdicts, blocks)

    return judge


def with_witness_of(sound: BlockInput) -> Judge:
    """The bytes are a block without witness; the witness is the sound block's."""
    witness = BlockInput(
        name="witness",
        witness=sound.witness,
        patricia=sound.patricia,
        chain_id=sound.chain_id,
        chain_config=sound.chain_config,
    )

    def judge(data: bytes) -> list[Answer]:
        blocks = tuple(
            [
                replace(join(witness, each), chain_config=sound.chain_config, headers=sound.headers)
                for each in decode_blocks(data, "input")
            ]
        )
        return _answers(tuple([verify_block(each) for each in blocks]), lambda: blocks)

    return judge


def by_proof(root: bytes, read: Callable[[bytes], Any]) -> Judge:
    """A Verkle witness alone, against a root that the asker knows: its leaves, and the root after them."""

    def judge(data: bytes) -> list[Answer]:
        witness = read(data)
        tree = verify_proof(root, witness.state_diff, witness.proof)
        assumed = frozenset(kind.stem for kind in tree.unshown)
        post = post_root(tree)
        meaning = Meaning(
            "verkle", False, None, root, True, post, None, "", _values(witness.state_diff), assumed
        )
        return [Answer(meaning, lies=_lies(meaning, witness.state_diff, small_states.VERKLE))]

    return judge


def by_binary(root: bytes, read: Callable[[bytes], BinaryWitness]) -> Judge:
    """A witness of the binary tree, against a root that the asker knows."""

    def judge(data: bytes) -> list[Answer]:
        witness = read(data)
        tree = verify_binary_proof(root, witness.state_diff, witness.proof, rules_named(witness.rules))
        post = binary_post_root(tree).root
        meaning = Meaning("binary", False, None, root, True, post, None, "", _values(witness.state_diff))
        return [Answer(meaning, lies=_lies(meaning, witness.state_diff, small_states.BINARY))]

    return judge


def _values(diff: tuple[StemDiff, ...]) -> tuple[tuple[bytes, bytes | None], ...]:
    return tuple([(s.stem + bytes((leaf.suffix,)), leaf.current) for s in diff for leaf in s.suffixes])


def _lies(meaning: Meaning, diff: tuple[StemDiff, ...], truth: small_states.Truth) -> str:
    """What an accepted proof says that is not so; what it says under an assumption is not said."""
    for key, value in meaning.values:
        if value != truth.get(key) and key[:31] not in meaning.assumed:
            return f"the leaf {key.hex()}"
    new = {
        s.stem + bytes((leaf.suffix,)): leaf.new for s in diff for leaf in s.suffixes if leaf.new is not None
    }
    if meaning.post_root != truth.root_after(new) and not meaning.assumed:
        return "the state root after"
    return ""


# --- the seeds ---------------------------------------------------------------------------------------------


def dumped(document: Any) -> bytes:
    """JSON without white space."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def verkle_json(data: bytes) -> Any:
    """The witness of a JSON document that is one."""
    [block] = decode_blocks(data, "input", format="block")
    if block.witness is None:
        return decode_blocks(b"{}", "input")  # refused, as what it is: no witness
    return block.witness


def _binary_json(data: bytes) -> BinaryWitness:
    from witness import strict_json

    return witness_json.witness_from_json(strict_json.parse(data))


def first_block(name: str) -> tuple[bytes, BlockInput]:
    """A fixture's chain, cut behind its first block: the file, and the block as it is read."""
    document = json.loads((FIXTURES / f"blocks/{name}.json").read_bytes())
    document["blocks"] = document["blocks"][:1]
    for unread in ("alloc",):
        document["genesis"].pop(unread, None)
    for unread in ("accessEvents", "receipts", "systemAccessEvents"):
        document["blocks"][0].pop(unread, None)
    data = dumped(document)
    [block] = decode_blocks(data, name)
    return data, block


def block_rlp(block: BlockInput) -> bytes:
    """A block as the network encodes it."""
    if block.header is None or block.transactions is None or block.withdrawals is None:
        raise ValueError("not a whole block")
    body: list[rlp.Item] = [
        rlp.decode(header_to_rlp(block.header)),
        [raw if raw[0] < 0xC0 else rlp.decode(raw) for raw in block.transactions],
        [],
        [rlp.decode(withdrawal_to_rlp(w)) for w in block.withdrawals],
    ]
    return rlp.encode(body)


def patricia_document(block: BlockInput) -> dict[str, Any]:
    """A Merkle-Patricia block and its witness in JSON, as nodes give the parts."""
    witness = block.patricia
    if witness is None:
        raise ValueError("no Merkle-Patricia witness")
    document: dict[str, Any] = {
        "block": "0x" + block_rlp(block).hex(),
        "witness": {
            "state": ["0x" + node.hex() for node in witness.nodes],
            "codes": ["0x" + code.hex() for code in witness.codes],
            "headers": ["0x" + header_to_rlp(header).hex() for header in witness.ancestors],
        },
    }
    return document if block.chain_config is None else document | {"chainConfig": dict(block.chain_config)}


def ext_witness(block: BlockInput) -> bytes:
    """Geth's ``ExtWitness`` of a block with a Merkle-Patricia witness."""
    witness = block.patricia
    if witness is None:
        raise ValueError("no Merkle-Patricia witness")
    headers: list[rlp.Item] = [rlp.decode(header_to_rlp(header)) for header in witness.ancestors]
    return rlp.encode([headers, [*witness.codes], [*witness.nodes], []])


def _verkle_seeds() -> list[Seed]:
    found: list[Seed] = []
    for name in ("transfer-new", "withdrawals-zero", "tx-types", "address-high-bits"):
        data, block = first_block(name)
        found.append(Seed(f"chain/{name}", "verkle-json", data, by_verify(), block))
    data, block = first_block("transfer-new")
    found += [
        Seed("chain/proof-only", "verkle-json", data, by_verify(proof_only=True), block),
        Seed("block/transfer-new", "verkle-json", dumped(block_to_json(block)), by_verify(), block),
        Seed("cbor/transfer-new", "cbor", block_to_cbor(block), by_verify(), block),
    ]
    witness = block.witness
    if witness is None or witness.parent_state_root is None:
        raise ValueError("the fixture has a witness with its root")
    found.append(Seed("ssz/transfer-new", "ssz", witness_to_ssz(witness), by_verify(block=block), block))
    kinds, state = small_states.verkle_witness(), small_states.verkle_root()
    read_cbor = _reader("cbor")
    found += [
        Seed("verkle/witness", "verkle-json", dumped(kinds), by_proof(state, verkle_json)),
        Seed(
            "cbor/witness",
            "cbor",
            witness_to_cbor(verkle_json(dumped(kinds))),
            by_proof(state, read_cbor),
        ),
        Seed(
            "ssz/witness", "ssz", witness_to_ssz(verkle_json(dumped(kinds))), by_proof(state, _reader("ssz"))
        ),
    ]
    return found


def _reader(format: str) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        [block] = decode_blocks(data, "input", format=format)
        return block.witness

    return read


def _patricia_seeds() -> list[Seed]:
    data = (FIXTURES / "patricia/three-transactions.json").read_bytes()
    [block] = decode_blocks(data, "three-transactions")
    config = block.chain_config
    return [
        Seed("patricia/json", "patricia-json", data, by_verify(), block),
        Seed("rlp/witness", "rlp", ext_witness(block), by_verify(block=block, chain_config=config), block),
        Seed("rlp/block", "rlp", block_rlp(block), with_witness_of(block), block),
    ]


def _binary_seeds() -> list[Seed]:
    witness, root = small_states.binary_witness(), small_states.binary_root()
    if witness.rules != DEFAULT.name:
        raise ValueError("other rules than the default")
    return [
        Seed(
            "binary/json",
            "binary-json",
            dumped(witness_json.witness_to_json(witness)),
            by_binary(root, _binary_json),
        ),
        Seed(
            "binary/cbor",
            "cbor",
            witness_cbor.witness_to_cbor(witness),
            by_binary(root, witness_cbor.witness_from_cbor),
        ),
        Seed(
            "binary/bytes",
            "bytes",
            encoding.witness_to_bytes(witness),
            by_binary(root, encoding.witness_from_bytes),
        ),
    ]


def _dialect_seeds() -> list[Seed]:
    """Every other schema that is read. Their blocks are made up and no sound ones: none may be accepted."""
    made: Mapping[str, Callable[[], Any]] = {
        "zkpi": documents.zkpi,
        "sbv": documents.sbv,
        "zeth": documents.zeth,
        "rpc": documents.replies_pair,
        "eest-patricia": documents.eest,
        "eest-verkle": samples.eest_document,
        "chain-made-up": samples.chain_document,
    }
    return [
        Seed(f"dialect/{name}", "json", dumped(make()), by_verify(), sound=False)
        for name, make in made.items()
    ]


@cache
def seeds() -> Mapping[str, Seed]:
    """All seeds by name, in a fixed order."""
    found = [*_verkle_seeds(), *_patricia_seeds(), *_binary_seeds(), *_dialect_seeds()]
    return {seed.name: seed for seed in found}
