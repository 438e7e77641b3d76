"""SSZ against the library that the consensus specification itself runs on.

eth-remerkleable has the container's parts but no ``Optional`` (EIP-6475 is in no fork). It is modelled here
as what the EIP says that it is: the Merkle tree of ``List[T, 1]``, and another encoding, of ``01`` and the
value. Offsets, lists and vectors around it are the library's.

The library reads annotations as types, so they are not postponed in this file.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings

from tests.vectors import vector_files
from tests.witness.samples import WITNESS
from tests.witness.strategies import witnesses
from verkle.errors import MalformedError
from witness.containers import ExecutionWitness
from witness.decode import decode_blocks
from witness.ssz import witness_from_ssz, witness_to_ssz
from witness.witness_json import EMPTY_PROOF

pytest.importorskip("remerkleable", reason="eth-remerkleable is not installed (the test extra has it)")

from remerkleable.byte_arrays import ByteList, Bytes32, ByteVector
from remerkleable.complex import Container, List, Vector

MAX_STEMS = 2**16
MAX_COMMITMENTS = MAX_STEMS * 33


class OptionalBytes32(List[Bytes32, 1]):  # type: ignore[type-arg, misc]
    """``Optional[Bytes32]``."""

    def serialize(self, stream: BinaryIO) -> int:
        return stream.write(b"".join(b"\x01" + bytes(value) for value in self))

    def value_byte_length(self) -> int:
        return 33 * len(self)

    @classmethod
    def min_byte_length(cls) -> int:
        return 0

    @classmethod
    def max_byte_length(cls) -> int:
        return 33

    @classmethod
    def deserialize(cls, stream: BinaryIO, scope: int) -> "OptionalBytes32":
        data = stream.read(scope)
        if not data:
            return cls()
        if len(data) != 33 or data[0] != 1:
            raise ValueError("neither nothing nor 01 and a value")
        return cls(Bytes32(data[1:]))


class SuffixStateDiff(Container):
    suffix: ByteVector[1]
    current_value: OptionalBytes32
    new_value: OptionalBytes32


class StemStateDiff(Container):
    stem: ByteVector[31]
    suffix_diffs: List[SuffixStateDiff, 256]


class IPAProof(Container):
    cl: Vector[Bytes32, 8]
    cr: Vector[Bytes32, 8]
    final_evaluation: Bytes32


class VerkleProof(Container):
    other_stems: List[ByteVector[31], MAX_STEMS]
    depth_extension_present: ByteList[MAX_STEMS]
    commitments_by_path: List[Bytes32, MAX_COMMITMENTS]
    d: Bytes32
    ipa_proof: IPAProof


class Witness(Container):
    state_diff: List[StemStateDiff, MAX_STEMS]
    verkle_proof: VerkleProof


def optional(value: bytes | None) -> OptionalBytes32:
    return OptionalBytes32() if value is None else OptionalBytes32(Bytes32(value))


def oracle(witness: ExecutionWitness) -> Any:
    proof = witness.proof
    return Witness(
        state_diff=[
            StemStateDiff(
                stem=stem.stem,
                suffix_diffs=[
                    SuffixStateDiff(
                        suffix=bytes([diff.suffix]),
                        current_value=optional(diff.current),
                        new_value=optional(diff.new),
                    )
                    for diff in stem.suffixes
                ],
            )
            for stem in witness.state_diff
        ],
        verkle_proof=VerkleProof(
            other_stems=list(proof.other_stems),
            depth_extension_present=proof.extension_present,
            commitments_by_path=list(proof.commitments),
            d=proof.d,
            ipa_proof=IPAProof(
                cl=list(proof.ipa.cl), cr=list(proof.ipa.cr), final_evaluation=proof.ipa.final_evaluation
            ),
        ),
    )


def check(witness: ExecutionWitness) -> None:
    expected = oracle(witness)
    data = witness_to_ssz(witness)
    assert data == expected.encode_bytes()
    assert Witness.decode_bytes(data) == expected


@given(witnesses)
@settings(max_examples=25)
def test_any_witness(witness: ExecutionWitness) -> None:
    check(witness)


def test_samples() -> None:
    check(WITNESS)
    check(ExecutionWitness((), EMPTY_PROOF))


@pytest.mark.parametrize(
    "path",
    vector_files("verkle-blocks/kaustinen[2-4]*.json", "verkle-blocks/kaustinen6-block72.json")
    + vector_files("verkle-geth/*.json", every=90),
)
def test_blocks_of_others(path: Path) -> None:
    for block in decode_blocks(path.read_bytes(), path.stem):
        assert block.witness is not None
        check(block.witness)


def test_what_the_library_refuses_is_refused_here() -> None:
    """Each byte of the offsets and selectors changed: this decoder is no laxer than the library's."""
    data = witness_to_ssz(WITNESS)
    proof = int.from_bytes(data[4:8], "little")
    laxer = []
    for position in [*range(120), *range(proof, proof + 12)]:
        for change in (1, 0x80):
            broken = bytearray(data)
            broken[position] ^= change
            try:
                read = witness_from_ssz(bytes(broken))
            except MalformedError:
                continue
            if oracle(read).encode_bytes() != broken:
                laxer.append(position)
    assert laxer == []
    assert witness_from_ssz(data) == replace(WITNESS, parent_state_root=None)
