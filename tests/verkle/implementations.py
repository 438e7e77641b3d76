"""The oracle and the program behind one face, so that one test holds for both.

Points are whatever the implementation uses; all else is plain ints and bytes. A refusal of either is a
:class:`RefusalError` with the program's code where both have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from tests.oracles import curve, ipa, keys, multiproof, witness
from tests.oracles.prover import Witness
from tests.oracles.transcript import Transcript as OracleTranscript
from verkle import banderwagon, crs, embedding, pedersen, polynomial
from verkle import ipa as fast_ipa
from verkle import msm as fast_msm
from verkle import multiproof as fast_multiproof
from verkle.diff import IpaProof, StemDiff, SuffixDiff, VerkleProof
from verkle.errors import InvalidError, MalformedError
from verkle.field import R
from verkle.post import post_root
from verkle.proof import verify_proof
from verkle.transcript import Transcript

Point = Any
Query = tuple[Point, int, int]
"""commitment, z, y"""


class RefusalError(Exception):
    """An input was refused; ``args[0]`` is the code."""


@dataclass(frozen=True)
class Outcome:
    """Of a witness that was accepted."""

    values: dict[bytes, bytes | None]
    unshown: list[tuple[bytes, bytes]]
    """(stem, path of a node not shown), ascending."""
    post_root: bytes


class Implementation(Protocol):
    name: str
    identity: Point
    generator: Point

    def decode(self, data: bytes) -> Point: ...
    def encode(self, p: Point) -> bytes: ...
    def add(self, p: Point, q: Point) -> Point: ...
    def double(self, p: Point) -> Point: ...
    def negate(self, p: Point) -> Point: ...
    def multiply(self, k: int, p: Point) -> Point: ...
    def equal(self, p: Point, q: Point) -> bool: ...
    def image(self, p: Point) -> int: ...
    def msm(self, points: Sequence[Point], scalars: Sequence[int]) -> Point: ...
    def basis(self) -> list[Point]: ...
    def commit(self, vector: Mapping[int, int]) -> Point: ...
    def challenges(
        self, protocol: str, operations: Sequence[tuple[str, Any, str]], label: str, n: int
    ) -> list[int]: ...
    def check_ipa(
        self, protocol: str, commitment: Point, z: int, y: int, proof: bytes
    ) -> tuple[bool, int]: ...
    def check_multiproof(self, protocol: str, queries: Sequence[Query], proof: bytes) -> bool: ...
    def pedersen_hash(self, data: bytes) -> bytes: ...
    def tree_key(
        self, address: bytes, tree_index: int, sub_index: int, *, reversed_point: bool = False
    ) -> bytes: ...
    def storage_position(self, slot: int, offset: int) -> tuple[int, int]: ...
    def chunk_position(self, chunk: int) -> tuple[int, int]: ...
    def chunkify(self, code: bytes) -> list[bytes]: ...
    def check_witness(self, root: bytes, given: Witness) -> Outcome: ...


ORACLE_CODES = {
    "length": "POINT_LENGTH",
    "not canonical": "POINT_NOT_CANONICAL",
    "not on curve": "POINT_NOT_ON_CURVE",
    "not in subgroup": "POINT_NOT_IN_SUBGROUP",
    "scalar not canonical": "SCALAR_NOT_CANONICAL",
    "proof length": "PROOF_LENGTH",
    "false proof": "PROOF_IPA_FALSE",
    "empty inner node": "INNER_NODE_EMPTY",
}


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except curve.RefusedError as error:
        raise RefusalError(ORACLE_CODES.get(str(error), str(error))) from error
    except (InvalidError, MalformedError) as error:
        raise RefusalError(error.code) from error


class Oracle:
    name = "oracle"
    identity = curve.IDENTITY
    generator = curve.GENERATOR

    def decode(self, data: bytes) -> Point:
        with refusals():
            return curve.deserialise(data)

    def encode(self, p: Point) -> bytes:
        return curve.serialise(p)

    def add(self, p: Point, q: Point) -> Point:
        return curve.add(p, q)

    def double(self, p: Point) -> Point:
        return curve.double(p)

    def negate(self, p: Point) -> Point:
        return curve.neg(p)

    def multiply(self, k: int, p: Point) -> Point:
        return curve.mul(k, p)

    def equal(self, p: Point, q: Point) -> bool:
        return curve.eq(p, q)

    def image(self, p: Point) -> int:
        return curve.map_to_field(p)

    def msm(self, points: Sequence[Point], scalars: Sequence[int]) -> Point:
        return curve.msm(points, scalars)

    def basis(self) -> list[Point]:
        return list(curve.generators())

    def commit(self, vector: Mapping[int, int]) -> Point:
        return curve.commit(vector)

    def challenges(
        self, protocol: str, operations: Sequence[tuple[str, Any, str]], label: str, n: int
    ) -> list[int]:
        transcript = OracleTranscript(protocol)
        for kind, argument, name in operations:
            if kind == "scalar":
                transcript.append_scalar(argument, name)
            elif kind == "point":
                transcript.append_point(curve.deserialise(bytes.fromhex(argument)), name)
            else:
                transcript.domain_sep(name)
        return [transcript.challenge(label) for _ in range(n)]

    def check_ipa(self, protocol: str, commitment: Point, z: int, y: int, proof: bytes) -> tuple[bool, int]:
        transcript = OracleTranscript(protocol)
        with refusals():
            accepted = ipa.verify(transcript, commitment, z, y, ipa.ipa_from_bytes(proof))
        return accepted, transcript.challenge("state")

    def check_multiproof(self, protocol: str, queries: Sequence[Query], proof: bytes) -> bool:
        with refusals():
            return multiproof.verify(
                OracleTranscript(protocol),
                [multiproof.Query(*query) for query in queries],
                multiproof.multiproof_from_bytes(proof),
            )

    def pedersen_hash(self, data: bytes) -> bytes:
        return keys.pedersen_hash(data)

    def tree_key(
        self, address: bytes, tree_index: int, sub_index: int, *, reversed_point: bool = False
    ) -> bytes:
        rule = keys.get_tree_key_reversed_point if reversed_point else keys.get_tree_key
        return rule(keys.address32(address), tree_index, sub_index)

    def storage_position(self, slot: int, offset: int) -> tuple[int, int]:
        return keys.storage_position(slot, offset)

    def chunk_position(self, chunk: int) -> tuple[int, int]:
        return keys.code_position(chunk)

    def chunkify(self, code: bytes) -> list[bytes]:
        return keys.chunkify(code)

    def check_witness(self, root: bytes, given: Witness) -> Outcome:
        with refusals():
            proven = witness.verify(root, given)
        values = {stem + bytes([s]): v for stem, leaves in proven.current.items() for s, v in leaves.items()}
        return Outcome(values, proven.unshown, witness.post_root(proven))


class Fast:
    name = "fast"
    identity = banderwagon.IDENTITY
    generator = banderwagon.GENERATOR

    def decode(self, data: bytes) -> Point:
        with refusals():
            return banderwagon.decode_many([data])[0]

    def encode(self, p: Point) -> bytes:
        return banderwagon.encode_many([p])[0]

    def add(self, p: Point, q: Point) -> Point:
        return banderwagon.add(p, q)

    def double(self, p: Point) -> Point:
        return banderwagon.double(p)

    def negate(self, p: Point) -> Point:
        return banderwagon.negate(p)

    def multiply(self, k: int, p: Point) -> Point:
        return banderwagon.multiply(p, k)

    def equal(self, p: Point, q: Point) -> bool:
        return banderwagon.equal(p, q)

    def image(self, p: Point) -> int:
        return banderwagon.map_to_field_many([p])[0]

    def msm(self, points: Sequence[Point], scalars: Sequence[int]) -> Point:
        return fast_msm.msm(points, scalars)

    def basis(self) -> list[Point]:
        table = crs.basis()
        return [table.generator(i) for i in range(256)]

    def commit(self, vector: Mapping[int, int]) -> Point:
        return pedersen.commit(vector)

    def challenges(
        self, protocol: str, operations: Sequence[tuple[str, Any, str]], label: str, n: int
    ) -> list[int]:
        transcript = Transcript(protocol.encode())
        for kind, argument, name in operations:
            if kind == "scalar":
                transcript.append_scalar(name.encode(), argument % R)
            elif kind == "point":
                transcript.append(name.encode(), bytes.fromhex(argument))
            else:
                transcript.domain_separator(name.encode())
        return [transcript.challenge(label.encode()) for _ in range(n)]

    def check_ipa(self, protocol: str, commitment: Point, z: int, y: int, proof: bytes) -> tuple[bool, int]:
        transcript = Transcript(protocol.encode())
        parts = [proof[i : i + 32] for i in range(0, len(proof), 32)]
        with refusals():
            points = banderwagon.decode_many(parts[:16])
            scalar = fast_multiproof.decode_scalar(parts[16], {})
        given = fast_ipa.IpaPoints(
            tuple(points[:8]), tuple(points[8:]), tuple(parts[:8]), tuple(parts[8:16]), scalar
        )
        if z < 256:
            b = [int(i == z) for i in range(256)]
        else:
            b = polynomial.lagrange_at(z, polynomial.differences_inverse(z))
        accepted = fast_ipa.verify(
            transcript, commitment, self.encode(commitment), given, point=z, b=b, value=y
        )
        return accepted, transcript.challenge(b"state")

    def check_multiproof(self, protocol: str, queries: Sequence[Query], proof: bytes) -> bool:
        points = [query[0] for query in queries]
        with refusals():
            given = fast_multiproof.proof_from_bytes(proof)
        openings = [(i, z, y) for i, (_, z, y) in enumerate(queries)]
        return fast_multiproof.verify(
            protocol.encode(), points, banderwagon.encode_many(points), openings, given
        )

    def pedersen_hash(self, data: bytes) -> bytes:
        return self.image(embedding.pedersen_hash(data)).to_bytes(32, "little")

    def tree_key(
        self, address: bytes, tree_index: int, sub_index: int, *, reversed_point: bool = False
    ) -> bytes:
        rule: embedding.StemHash = "reversed_point" if reversed_point else "map_to_field"
        return embedding.tree_key(address, tree_index, sub_index, rule)

    def storage_position(self, slot: int, offset: int) -> tuple[int, int]:
        return embedding.storage_position(slot, offset)

    def chunk_position(self, chunk: int) -> tuple[int, int]:
        return embedding.chunk_position(chunk)

    def chunkify(self, code: bytes) -> list[bytes]:
        return embedding.chunkify(code)

    def check_witness(self, root: bytes, given: Witness) -> Outcome:
        with refusals():
            diff, proof = containers(given)
            tree = verify_proof(root, diff, proof)
        return Outcome(dict(tree.values), [(u.stem, u.path) for u in tree.unshown], post_root(tree))


def containers(given: Witness) -> tuple[tuple[StemDiff, ...], VerkleProof]:
    """The oracle's JSON shape as the program's containers; checks nothing."""

    def raw(text: str | None) -> bytes | None:
        return None if text is None else bytes.fromhex(text.removeprefix("0x"))

    def many(texts: Sequence[str]) -> tuple[bytes, ...]:
        return tuple(bytes.fromhex(text.removeprefix("0x")) for text in texts)

    diff = tuple(
        StemDiff(
            many([entry["stem"]])[0],
            tuple(
                SuffixDiff(int(leaf["suffix"]), raw(leaf["currentValue"]), raw(leaf["newValue"]))
                for leaf in entry["suffixDiffs"]
            ),
        )
        for entry in given["stateDiff"]
    )
    proof = given["verkleProof"]
    argument = proof["ipaProof"]
    return diff, VerkleProof(
        many(proof["otherStems"]),
        many([proof["depthExtensionPresent"]])[0],
        many(proof["commitmentsByPath"]),
        many([proof["d"]])[0],
        IpaProof(many(argument["cl"]), many(argument["cr"]), many([argument["finalEvaluation"]])[0]),
    )


ORACLE = Oracle()
FAST = Fast()
BOTH: tuple[Implementation, ...] = (ORACLE, FAST)
