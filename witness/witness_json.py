"""The execution witness in JSON, every dialect in which clients and test suites have written it.

::

    { "stateDiff": [ { "stem": 31,
                       "suffixDiffs": [ { "suffix", "currentValue": 32|null, "newValue": 32|null } ] } ],
      "verkleProof": { "otherStems": [31], "depthExtensionPresent": bytes, "commitmentsByPath": [32], "d": 32,
                       "ipaProof": { "cl": [32] × 8, "cr": [32] × 8, "finalEvaluation": 32 } },
      "parentStateRoot": 32 }

Byte strings are hex, with ``0x`` or without. What differs between writers, and is read here:

- ``suffix``: a number; a string of decimal digits up to Kaustinen 4.
- absent values: null; ``""`` in older go-verkle.
- ``depthExtensionPresent``: with an odd number of digits in published EEST fixtures, which keep it as a
  number and so lose a leading zero nibble.
- ``parentStateRoot``: within the witness (geth), beside it (block files), ``"0x"`` or null or missing where
  the writer does not know it.
- no keys, no proof: geth then writes null for ``stateDiff``, ``verkleProof`` or ``ipaProof``; read as the
  proof of nothing, all zeros. With keys in the diff each of these is an error.

Members of other names are ignored. Orders and counts of stems are not looked at: they are claims, which the
verifier checks; eight points each in ``cl`` and ``cr`` are part of the format.

Source: go-verkle ``proof_json.go``, EEST ``verkle`` models; SPEC 5.3, 4.6.1.
"""

from __future__ import annotations

from typing import Any, Final

from verkle.constants import COMMITMENT_BYTES, IPA_ROUNDS, STEM_BYTES
from verkle.errors import InvalidError, MalformedError
from witness.containers import ExecutionWitness, IpaProof, StemDiff, SuffixDiff, VerkleProof
from witness.fields import JsonPath, as_list, as_object, hex_bytes, hex_fixed, kind, member, show
from witness.limits import MAX_COMMITMENTS, MAX_STEMS

_ZERO: Final = bytes(32)
EMPTY_PROOF: Final = VerkleProof(
    other_stems=(),
    extension_present=b"",
    commitments=(),
    d=_ZERO,
    ipa=IpaProof(cl=(_ZERO,) * IPA_ROUNDS, cr=(_ZERO,) * IPA_ROUNDS, final_evaluation=_ZERO),
)


def is_binary_witness(value: Any) -> bool:
    """Does a JSON value look like a witness of the binary tree (``witness.binary.witness_json``)?"""
    return isinstance(value, dict) and "binaryProof" in value


def is_witness(value: Any) -> bool:
    """Does a JSON value look like a witness with a state diff: a Verkle one (to be read by
    ``witness_from_json``), or one of the binary tree?"""
    return isinstance(value, dict) and ("stateDiff" in value or "verkleProof" in value)


def witness_from_json(
    value: Any, path: JsonPath = (), *, beside: Any = None, beside_path: JsonPath = ()
) -> ExecutionWitness:
    """Read a witness; ``beside`` is a parent state root that stands next to it in the file.

    Raises ``MalformedError`` of ``witness.fields`` and ``WITNESS_COUNT``, and ``InvalidError``
    ``PRE_ROOT_CONFLICT`` where the file states two different pre-state roots.
    """
    witness = as_object(value, path)
    state_diff = state_diff_from_json(member(witness, "stateDiff", path), (*path, "stateDiff"))
    if not state_diff and witness.get("verkleProof") is None:
        proof = EMPTY_PROOF
    else:
        proof = _proof(member(witness, "verkleProof", path), (*path, "verkleProof"), not state_diff)
    return ExecutionWitness(state_diff, proof, pre_root_from_json(witness, path, beside, beside_path))


def pre_root_from_json(
    witness: dict[str, Any], path: JsonPath, beside: Any, beside_path: JsonPath
) -> bytes | None:
    """The state root before the block, which may stand in a witness or ``beside`` it.

    Raises ``InvalidError`` ``PRE_ROOT_CONFLICT`` where they differ.
    """
    inside = optional_root(witness.get("parentStateRoot"), (*path, "parentStateRoot"))
    outside = optional_root(beside, beside_path)
    if inside is not None and outside is not None and inside != outside:
        raise InvalidError(
            "PRE_ROOT_CONFLICT",
            "the witness and the file around it state different pre-state roots",
            where={"path": show((*path, "parentStateRoot")), "beside": show(beside_path)},
            expected=outside,
            got=inside,
        )
    return inside if inside is not None else outside


def optional_root(value: Any, path: JsonPath) -> bytes | None:
    """A 32-byte root, or ``None`` for null and the placeholders ``""`` and ``"0x"``."""
    if value is None or (isinstance(value, str) and value in ("", "0x")):
        return None
    return hex_fixed(value, 32, path, bare=True)


def state_diff_from_json(value: Any, path: JsonPath = ()) -> tuple[StemDiff, ...]:
    """Read the value of ``stateDiff`` alone; raises as ``witness_from_json``."""
    if value is None:  # an empty slice, as Go writes it
        return ()
    stems = as_list(value, path)
    if len(stems) > MAX_STEMS:
        raise _count_error(path, MAX_STEMS, len(stems), "at most ")
    return tuple([_stem_diff(stem, (*path, i)) for i, stem in enumerate(stems)])


def _stem_diff(value: Any, path: JsonPath) -> StemDiff:
    stem = as_object(value, path)
    suffixes_path = (*path, "suffixDiffs")
    suffixes = as_list(member(stem, "suffixDiffs", path), suffixes_path)
    if len(suffixes) > 256:
        raise _count_error(suffixes_path, 256, len(suffixes), "at most ")
    return StemDiff(
        stem=hex_fixed(member(stem, "stem", path), STEM_BYTES, (*path, "stem"), bare=True),
        suffixes=tuple([_suffix_diff(suffix, (*suffixes_path, i)) for i, suffix in enumerate(suffixes)]),
    )


def _suffix_diff(value: Any, path: JsonPath) -> SuffixDiff:
    diff = as_object(value, path)
    return SuffixDiff(
        suffix=_suffix(member(diff, "suffix", path), (*path, "suffix")),
        current=_value(member(diff, "currentValue", path), (*path, "currentValue")),
        new=_value(member(diff, "newValue", path), (*path, "newValue")),
    )


def _suffix(value: Any, path: JsonPath) -> int:
    if isinstance(value, str):
        # "7" and never "07" or "+7": one spelling for each suffix.
        if not (value.isascii() and value.isdigit()) or (len(value) > 1 and value[0] == "0"):
            raise MalformedError(
                "FIELD_TYPE",
                f"{show(path)} is a string that is not a decimal number",
                where={"path": show(path)},
                got=ascii(value[:80])[1:-1],
            )
        value = int(value) if len(value) <= 3 else 256
    elif type(value) is not int:
        raise MalformedError(
            "FIELD_TYPE",
            f"{show(path)} is {kind(value)}, not a number",
            where={"path": show(path)},
            expected="a number or a decimal string",
            got=kind(value),
        )
    if not 0 <= value <= 255:
        raise MalformedError(
            "FIELD_RANGE",
            f"{show(path)} is not within 0 … 255",
            where={"path": show(path)},
            expected="0 … 255",
            got=value,
        )
    return int(value)


def _value(value: Any, path: JsonPath) -> bytes | None:
    if value is None or value == "":
        return None
    return hex_fixed(value, 32, path, bare=True)


def _proof(value: Any, path: JsonPath, may_be_empty: bool) -> VerkleProof:
    proof = as_object(value, path)
    if may_be_empty and proof.get("ipaProof") is None:
        ipa = EMPTY_PROOF.ipa
    else:
        ipa = _ipa(member(proof, "ipaProof", path), (*path, "ipaProof"))
    return VerkleProof(
        other_stems=_byte_strings(proof, "otherStems", path, STEM_BYTES, MAX_STEMS),
        extension_present=_extension(
            member(proof, "depthExtensionPresent", path), (*path, "depthExtensionPresent")
        ),
        commitments=_byte_strings(proof, "commitmentsByPath", path, COMMITMENT_BYTES, MAX_COMMITMENTS),
        d=hex_fixed(member(proof, "d", path), 32, (*path, "d"), bare=True),
        ipa=ipa,
    )


def _extension(value: Any, path: JsonPath) -> bytes:
    if isinstance(value, str) and len(value) % 2:
        # No honest first byte is below 8 (depth 0), so one nibble is all that can be lost.
        value = "0x0" + value.removeprefix("0x")
    statuses = hex_bytes(value, path, bare=True)
    if len(statuses) > MAX_STEMS:
        raise _count_error(path, MAX_STEMS, len(statuses), "at most ")
    return statuses


def _ipa(value: Any, path: JsonPath) -> IpaProof:
    ipa = as_object(value, path)
    rounds: list[tuple[bytes, ...]] = []
    for name in ("cl", "cr"):
        points = _byte_strings(ipa, name, path, 32, IPA_ROUNDS)
        if len(points) != IPA_ROUNDS:
            raise _count_error((*path, name), IPA_ROUNDS, len(points), "")
        rounds.append(points)
    final = hex_fixed(member(ipa, "finalEvaluation", path), 32, (*path, "finalEvaluation"), bare=True)
    return IpaProof(cl=rounds[0], cr=rounds[1], final_evaluation=final)


def _byte_strings(
    container: dict[str, Any], name: str, path: JsonPath, length: int, limit: int
) -> tuple[bytes, ...]:
    list_path = (*path, name)
    items = as_list(member(container, name, path), list_path)
    if len(items) > limit:
        raise _count_error(list_path, limit, len(items), "" if limit == IPA_ROUNDS else "at most ")
    return tuple([hex_fixed(item, length, (*list_path, i), bare=True) for i, item in enumerate(items)])


def _count_error(path: JsonPath, expected: int, got: int, bound: str) -> MalformedError:
    return MalformedError(
        "WITNESS_COUNT",
        f"{show(path)} has {got} entries; {bound}{expected} are allowed",
        where={"path": show(path)},
        expected=expected,
        got=got,
    )


def witness_to_json(witness: ExecutionWitness) -> dict[str, Any]:
    """The witness as geth writes it: names, order of members, numbers for suffixes, 0x-hex, null.

    ``parentStateRoot`` is there if the witness has one. ``witness_from_json`` of the result is ``witness``.
    """
    proof = witness.proof
    document: dict[str, Any] = {
        "stateDiff": [
            {
                "stem": _hex(stem.stem),
                "suffixDiffs": [
                    {
                        "suffix": diff.suffix,
                        "currentValue": None if diff.current is None else _hex(diff.current),
                        "newValue": None if diff.new is None else _hex(diff.new),
                    }
                    for diff in stem.suffixes
                ],
            }
            for stem in witness.state_diff
        ],
        "verkleProof": {
            "otherStems": [_hex(stem) for stem in proof.other_stems],
            "depthExtensionPresent": _hex(proof.extension_present),
            "commitmentsByPath": [_hex(point) for point in proof.commitments],
            "d": _hex(proof.d),
            "ipaProof": {
                "cl": [_hex(point) for point in proof.ipa.cl],
                "cr": [_hex(point) for point in proof.ipa.cr],
                "finalEvaluation": _hex(proof.ipa.final_evaluation),
            },
        },
    }
    if witness.parent_state_root is not None:
        document["parentStateRoot"] = _hex(witness.parent_state_root)
    return document


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
