"""The execution witness in SSZ: the consensus specification's container, and nothing beside it.

::

    SuffixStateDiff   suffix Bytes1, current_value Optional[Bytes32], new_value Optional[Bytes32]
    StemStateDiff     stem Bytes31, suffix_diffs List[SuffixStateDiff, 256]
    IPAProof          cl Vector[Bytes32, 8], cr Vector[Bytes32, 8], final_evaluation Bytes32
    VerkleProof       other_stems List[Bytes31, 2^16], depth_extension_present ByteList[2^16],
                      commitments_by_path List[Bytes32, 2^16 · 33], d Bytes32, ipa_proof IPAProof
    ExecutionWitness  state_diff List[StemStateDiff, 2^16], verkle_proof VerkleProof

Offsets are 4 bytes, little-endian, counted from the start of the container or list that they stand in. An
``Optional`` is of variable size: nothing for ``None``, ``01`` and the value otherwise (EIP-6475). The bytes
of points, scalars and values are those of the witness in JSON: ``final_evaluation`` is big-endian.

The decoder accepts one encoding of each witness: the first offset of a container or list is the length of
its fixed part, offsets never fall, so that there are no gaps, no overlaps and nothing left over. Counts are
held to the limits above before anything of that size is made, and the keys of all stems together to
``MAX_KEYS``. There is no place for the state root before the block, for the block, nor for openings that
only show node kinds: a witness with such openings is refused, since its proof does not hold without them.

Source: consensus-specs ``specs/_features/eip6800/beacon-chain.md`` before its removal; EIP-6475; SPEC 5.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from struct import Struct, unpack_from
from typing import Final

from verkle.constants import COMMITMENT_BYTES, IPA_ROUNDS, STEM_BYTES, VALUE_BYTES
from verkle.errors import MalformedError, UnsupportedError
from witness.containers import ExecutionWitness, IpaProof, StemDiff, SuffixDiff, VerkleProof
from witness.limits import MAX_COMMITMENTS, MAX_KEYS, MAX_STEMS, MAX_SUFFIXES, check_witness

_OFFSET: Final = 4
_SOME: Final = b"\x01"
_SUFFIX_FIXED: Final = Struct("<BII")
_STEM_FIXED: Final = STEM_BYTES + _OFFSET
_PROOF_OFFSETS: Final = Struct("<III")
_WITNESS_FIXED: Final = Struct("<II")
_POINTS: Final = 2 * IPA_ROUNDS
# d, the points of the inner-product argument, its scalar.
_PROOF_FIXED: Final = _PROOF_OFFSETS.size + COMMITMENT_BYTES * (1 + _POINTS) + VALUE_BYTES


def witness_to_ssz(witness: ExecutionWitness) -> bytes:
    """The container's bytes. ``parent_state_root`` has no place in it.

    Raises ``UnsupportedError`` ``KINDS_UNWRITABLE`` if the proof has openings that only show node kinds, and
    as ``witness.limits.check_witness``.
    """
    check_witness(witness)
    proof = witness.proof
    if proof.kinds:
        raise UnsupportedError(
            "KINDS_UNWRITABLE",
            "the proof has openings that only show node kinds; SSZ has no place for them, and the proof does "
            "not hold without them",
            where={"format": "ssz"},
            got=len(proof.kinds),
        )
    state_diff = _list([_stem(stem) for stem in witness.state_diff])
    other_stems = b"".join(proof.other_stems)
    second = _PROOF_FIXED + len(other_stems)
    offsets = (_PROOF_FIXED, second, second + len(proof.extension_present))
    return b"".join(
        (
            _WITNESS_FIXED.pack(_WITNESS_FIXED.size, _WITNESS_FIXED.size + len(state_diff)),
            state_diff,
            _PROOF_OFFSETS.pack(*offsets),
            proof.d,
            *proof.ipa.cl,
            *proof.ipa.cr,
            proof.ipa.final_evaluation,
            other_stems,
            proof.extension_present,
            *proof.commitments,
        )
    )


def _stem(stem: StemDiff) -> bytes:
    suffixes = _list([_suffix(diff) for diff in stem.suffixes])
    return stem.stem + _STEM_FIXED.to_bytes(_OFFSET, "little") + suffixes


def _suffix(diff: SuffixDiff) -> bytes:
    current = b"" if diff.current is None else _SOME + diff.current
    new = b"" if diff.new is None else _SOME + diff.new
    first = _SUFFIX_FIXED.size
    return _SUFFIX_FIXED.pack(diff.suffix, first, first + len(current)) + current + new


def _list(parts: Sequence[bytes]) -> bytes:
    """A list of elements of variable size: their offsets, then they."""
    offsets = []
    position = _OFFSET * len(parts)
    for part in parts:
        offsets.append(position.to_bytes(_OFFSET, "little"))
        position += len(part)
    return b"".join((*offsets, *parts))


def witness_from_ssz(data: bytes) -> ExecutionWitness:
    """Read a witness; ``witness_to_ssz`` of the result is ``data``.

    Raises ``MalformedError``: ``SSZ_LENGTH``, ``SSZ_OFFSET``, ``SSZ_OPTIONAL``, ``WITNESS_COUNT``; each with
    the path of the field and the byte at which it stands.
    """
    if len(data) < _WITNESS_FIXED.size:
        raise _length("$", 0, len(data), f"at least {_WITNESS_FIXED.size} bytes")
    diff_at, proof_at = _offsets(_WITNESS_FIXED, data, 0, len(data), _WITNESS_FIXED.size, "$")
    proof = _read_proof(data, proof_at, len(data))
    return ExecutionWitness(tuple(_read_stems(data, diff_at, proof_at)), proof)


def _offsets(layout: Struct, data: bytes, start: int, end: int, fixed: int, path: str) -> tuple[int, ...]:
    """The absolute places that the offsets at the head of a container name: the first right behind its fixed
    part, none before the one before it, none beyond the end."""
    found = layout.unpack_from(data, start)
    if found[0] != fixed:
        raise _offset(path, start, fixed, found[0])
    for i, (before, after) in enumerate(pairwise(found), 1):
        if not before <= after <= end - start:
            raise _offset(path, start + _OFFSET * i, f"{before} … {end - start}", after)
    return tuple([start + offset for offset in found])


def _elements(
    data: bytes, start: int, end: int, limit: int, path: str, what: str
) -> Iterator[tuple[int, int]]:
    """Start and end of each element of a list of elements of variable size."""
    if start == end:
        return
    if end - start < _OFFSET:
        raise _length(path, start, end - start, "an offset of 4 bytes")
    first = int.from_bytes(data[start : start + _OFFSET], "little")
    if first % _OFFSET or not 0 < first <= end - start:
        raise _offset(path, start, f"a multiple of 4 within 4 … {end - start}", first)
    count = first // _OFFSET
    if count > limit:
        raise _count(path, start, limit, count, what)
    offsets = (*unpack_from(f"<{count}I", data, start), end - start)
    for i, (before, after) in enumerate(pairwise(offsets)):
        if not before <= after <= end - start:
            at = start + _OFFSET * min(i + 1, count - 1)
            raise _offset(path, at, f"ascending within {first} … {end - start}", max(before, after))
        yield start + before, start + after


def _read_stems(data: bytes, start: int, end: int) -> Iterator[StemDiff]:
    keys = 0
    for i, (stem_at, stem_end) in enumerate(_elements(data, start, end, MAX_STEMS, "$.state_diff", "stems")):
        path = f"$.state_diff[{i}]"
        if stem_end - stem_at < _STEM_FIXED:
            raise _length(path, stem_at, stem_end - stem_at, f"at least {_STEM_FIXED} bytes")
        offset = int.from_bytes(data[stem_at + STEM_BYTES : stem_at + _STEM_FIXED], "little")
        if offset != _STEM_FIXED:
            raise _offset(f"{path}.suffix_diffs", stem_at + STEM_BYTES, _STEM_FIXED, offset)
        suffixes = tuple(_read_suffixes(data, stem_at + _STEM_FIXED, stem_end, f"{path}.suffix_diffs"))
        keys += len(suffixes)
        if keys > MAX_KEYS:
            raise _count("$.state_diff", stem_at, MAX_KEYS, keys, "keys")
        yield StemDiff(data[stem_at : stem_at + STEM_BYTES], suffixes)


def _read_suffixes(data: bytes, start: int, end: int, path: str) -> Iterator[SuffixDiff]:
    for i, (at, stop) in enumerate(_elements(data, start, end, MAX_SUFFIXES, path, "suffixes")):
        if stop - at < _SUFFIX_FIXED.size:
            raise _length(f"{path}[{i}]", at, stop - at, f"at least {_SUFFIX_FIXED.size} bytes")
        suffix, first, second = _SUFFIX_FIXED.unpack_from(data, at)
        if first != _SUFFIX_FIXED.size:
            raise _offset(f"{path}[{i}].current_value", at + 1, _SUFFIX_FIXED.size, first)
        if not first <= second <= stop - at:
            raise _offset(f"{path}[{i}].new_value", at + 1 + _OFFSET, f"{first} … {stop - at}", second)
        yield SuffixDiff(
            suffix,
            _optional(data, at + first, at + second, f"{path}[{i}].current_value"),
            _optional(data, at + second, stop, f"{path}[{i}].new_value"),
        )


def _optional(data: bytes, start: int, end: int, path: str) -> bytes | None:
    if start == end:
        return None
    if end - start != 1 + VALUE_BYTES:
        raise _length(path, start, end - start, f"0 or {1 + VALUE_BYTES} bytes")
    if data[start] != _SOME[0]:
        raise MalformedError(
            "SSZ_OPTIONAL",
            f"{path} begins with {data[start]}; an optional value that is there begins with 1",
            where={"path": path, "offset": start},
            expected=1,
            got=data[start],
        )
    return data[start + 1 : end]


def _read_proof(data: bytes, start: int, end: int) -> VerkleProof:
    path = "$.verkle_proof"
    if end - start < _PROOF_FIXED:
        raise _length(path, start, end - start, f"at least {_PROOF_FIXED} bytes")
    others_at, extension_at, commitments_at = _offsets(_PROOF_OFFSETS, data, start, end, _PROOF_FIXED, path)
    if commitments_at - extension_at > MAX_STEMS:
        count = commitments_at - extension_at
        raise _count(f"{path}.depth_extension_present", extension_at, MAX_STEMS, count, "bytes")
    fixed_at = start + _PROOF_OFFSETS.size
    points = [data[at : at + COMMITMENT_BYTES] for at in range(fixed_at, others_at, COMMITMENT_BYTES)]
    return VerkleProof(
        other_stems=_strings(data, others_at, extension_at, STEM_BYTES, MAX_STEMS, f"{path}.other_stems"),
        extension_present=data[extension_at:commitments_at],
        commitments=_strings(
            data, commitments_at, end, COMMITMENT_BYTES, MAX_COMMITMENTS, f"{path}.commitments_by_path"
        ),
        d=points[0],
        ipa=IpaProof(
            cl=tuple(points[1 : 1 + IPA_ROUNDS]),
            cr=tuple(points[1 + IPA_ROUNDS : 1 + _POINTS]),
            final_evaluation=points[1 + _POINTS],
        ),
    )


def _strings(data: bytes, start: int, end: int, length: int, limit: int, path: str) -> tuple[bytes, ...]:
    """A list of byte strings of one length."""
    count, rest = divmod(end - start, length)
    if rest:
        raise _length(path, start, end - start, f"a multiple of {length} bytes")
    if count > limit:
        raise _count(path, start, limit, count, "entries")
    return tuple([data[at : at + length] for at in range(start, end, length)])


def _length(path: str, at: int, got: int, expected: str) -> MalformedError:
    return MalformedError(
        "SSZ_LENGTH",
        f"not valid SSZ: {path} has {got} bytes instead of {expected}",
        where={"path": path, "offset": at},
        expected=expected,
        got=f"{got} bytes",
    )


def _offset(path: str, at: int, expected: object, got: int) -> MalformedError:
    return MalformedError(
        "SSZ_OFFSET",
        f"not valid SSZ: an offset in {path} is {got} instead of {expected}",
        where={"path": path, "offset": at},
        expected=expected,
        got=got,
    )


def _count(path: str, at: int, limit: int, got: int, what: str) -> MalformedError:
    return MalformedError(
        "WITNESS_COUNT",
        f"{path} has {got} {what}; at most {limit} are allowed",
        where={"path": path, "offset": at},
        expected=f"at most {limit}",
        got=got,
    )
