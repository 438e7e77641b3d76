"""SSZ: equal to what others write, one encoding of each witness, and every refusal by its code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.vectors import vector_files
from tests.witness.hostile import damaged
from tests.witness.samples import WITNESS
from tests.witness.strategies import kinds, witnesses
from verkle.diff import KindOpening
from verkle.errors import MalformedError, StatelessError, UnsupportedError
from witness.containers import ExecutionWitness, StemDiff, SuffixDiff
from witness.decode import decode_blocks
from witness.limits import MAX_KEYS
from witness.sizes import witness_sizes
from witness.ssz import witness_from_ssz, witness_to_ssz
from witness.witness_json import EMPTY_PROOF

BARE = replace(WITNESS, parent_state_root=None)
DATA = witness_to_ssz(WITNESS)


def read(data: bytes) -> ExecutionWitness:
    (block,) = decode_blocks(data, "input")
    assert block.header is None
    assert block.witness is not None
    return block.witness


def blocks_of(path: Path) -> Iterator[ExecutionWitness]:
    for block in decode_blocks(path.read_bytes(), path.stem):
        if block.witness is not None:
            yield block.witness


@pytest.mark.parametrize(
    "path",
    vector_files(
        "verkle-blocks/kaustinen*.json",
        "verkle-blocks/invalid*.json",
        "verkle-blocks/no-parent-root/*.json",
        "verkle-eest/transfer.json",
    )
    + vector_files("verkle-eest/filled/eip*/**/*.json", every=17)
    + vector_files("verkle-geth/*.json", every=17),
)
def test_witnesses_of_others(path: Path) -> None:
    for witness in blocks_of(path):
        data = witness_to_ssz(witness)
        assert read(data) == replace(witness, parent_state_root=None)
        assert witness_to_ssz(read(data)) == data
        assert len(data) == witness_sizes(witness).witness_bytes


@pytest.mark.parametrize(("block", "size"), [("1", 745), ("72", 2211), ("73", 14808)])
def test_sizes_in_the_field(vectors: Path, block: str, size: int) -> None:
    """SPEC 9.4."""
    (witness,) = blocks_of(vectors / f"verkle-blocks/kaustinen6-block{block}.json")
    assert len(witness_to_ssz(witness)) == size


@given(witnesses)
def test_every_witness_round_trips(witness: ExecutionWitness) -> None:
    data = witness_to_ssz(witness)
    assert read(data) == replace(witness, parent_state_root=None)
    assert len(data) == witness_sizes(witness).witness_bytes


@given(damaged(DATA))
def test_damage_is_refused_or_is_another_witness_in_its_one_encoding(broken: bytes) -> None:
    refused: MalformedError | None = None
    try:
        witness = witness_from_ssz(broken)
    except MalformedError as error:
        refused = error
    else:
        assert witness_to_ssz(witness) == broken
        assert (witness == BARE) == (broken == DATA)
    if refused is not None:
        assert refused.code in {"SSZ_LENGTH", "SSZ_OFFSET", "SSZ_OPTIONAL", "WITNESS_COUNT"}
        assert refused.where["offset"] in range(len(broken) + 1)


@given(st.binary(max_size=700))
@example(b"")
@example(b"\x08\0\0\0\x08\0\0\0")
@example(b"\x08\0\0\0\xff\xff\xff\xff")
def test_random_bytes(data: bytes) -> None:
    for candidate in (data, b"\x08\0\0\0" + data):
        try:
            witness = witness_from_ssz(candidate)
        except StatelessError:
            continue
        assert witness_to_ssz(witness) == candidate


# Where the parts of DATA begin. Two stems: the first with two suffixes, the second with one.
STEM_LIST = 8
FIRST_STEM = STEM_LIST + 8
FIRST_SUFFIX_LIST = FIRST_STEM + 35
FIRST_SUFFIX = FIRST_SUFFIX_LIST + 8
PROOF = int.from_bytes(DATA[4:8], "little")


def edited(at: int, new: bytes, old: int | None = None) -> bytes:
    """DATA with ``new`` in place of as many bytes (or of ``old``) at ``at``."""
    return DATA[:at] + new + DATA[at + (len(new) if old is None else old) :]


def offset(number: int) -> bytes:
    return number.to_bytes(4, "little")


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        (DATA[:7], "SSZ_LENGTH", "$"),
        (edited(0, offset(7)), "SSZ_OFFSET", "$"),
        (edited(4, offset(7)), "SSZ_OFFSET", "$"),
        (edited(4, offset(len(DATA) + 1)), "SSZ_OFFSET", "$"),
        (edited(4, offset(len(DATA))), "SSZ_LENGTH", "$.verkle_proof"),
        (edited(STEM_LIST, offset(0)), "SSZ_OFFSET", "$.state_diff"),
        (edited(STEM_LIST, offset(9)), "SSZ_OFFSET", "$.state_diff"),
        (edited(STEM_LIST, offset(1 << 20)), "SSZ_OFFSET", "$.state_diff"),
        (edited(STEM_LIST + 4, offset(7)), "SSZ_OFFSET", "$.state_diff"),
        (edited(STEM_LIST + 4, offset(PROOF)), "SSZ_OFFSET", "$.state_diff"),
        (edited(STEM_LIST + 4, offset(8 + 34)), "SSZ_LENGTH", "$.state_diff[0]"),
        (edited(FIRST_STEM + 31, offset(36)), "SSZ_OFFSET", "$.state_diff[0].suffix_diffs"),
        (edited(FIRST_SUFFIX_LIST, offset(6)), "SSZ_OFFSET", "$.state_diff[0].suffix_diffs"),
        (edited(FIRST_SUFFIX_LIST + 4, offset(8 + 8)), "SSZ_LENGTH", "$.state_diff[0].suffix_diffs[0]"),
        (edited(FIRST_SUFFIX + 1, offset(10)), "SSZ_OFFSET", "$.state_diff[0].suffix_diffs[0].current_value"),
        (edited(FIRST_SUFFIX + 5, offset(8)), "SSZ_OFFSET", "$.state_diff[0].suffix_diffs[0].new_value"),
        (edited(FIRST_SUFFIX + 5, offset(41)), "SSZ_LENGTH", "$.state_diff[0].suffix_diffs[0].current_value"),
        (edited(FIRST_SUFFIX + 9, b"\x00"), "SSZ_OPTIONAL", "$.state_diff[0].suffix_diffs[0].current_value"),
        (edited(FIRST_SUFFIX + 9, b"\x02"), "SSZ_OPTIONAL", "$.state_diff[0].suffix_diffs[0].current_value"),
        (DATA[: PROOF + 587], "SSZ_LENGTH", "$.verkle_proof"),
        (edited(PROOF, offset(587)), "SSZ_OFFSET", "$.verkle_proof"),
        (edited(PROOF + 4, offset(587)), "SSZ_OFFSET", "$.verkle_proof"),
        (edited(PROOF + 8, offset(588)), "SSZ_OFFSET", "$.verkle_proof"),
        (edited(PROOF + 4, offset(588 + 30)), "SSZ_LENGTH", "$.verkle_proof.other_stems"),
        (DATA + b"\0", "SSZ_LENGTH", "$.verkle_proof.commitments_by_path"),
        (DATA[:-1], "SSZ_LENGTH", "$.verkle_proof.commitments_by_path"),
        (DATA + bytes(32 * (33 << 16)), "WITNESS_COUNT", "$.verkle_proof.commitments_by_path"),
        (edited(PROOF + 8, offset(588 + 31 + 2 + 65536)) + bytes(65536), "WITNESS_COUNT",
         "$.verkle_proof.depth_extension_present"),
    ],
)  # fmt: skip
def test_refusals(data: bytes, code: str, path: str) -> None:
    with pytest.raises(MalformedError) as caught:
        witness_from_ssz(data)
    assert (caught.value.code, caught.value.where["path"]) == (code, path)


def with_stems(*stems: StemDiff) -> ExecutionWitness:
    return ExecutionWitness(stems, EMPTY_PROOF)


def test_limits_on_lists() -> None:
    other_stems = b"\x07" * 31 * 65537
    data = witness_to_ssz(with_stems()) + other_stems
    data = data[:12] + offset(588 + len(other_stems)) * 2 + data[20:]
    with pytest.raises(MalformedError) as caught:
        witness_from_ssz(data)
    assert (caught.value.code, caught.value.got) == ("WITNESS_COUNT", 65537)
    # 257 suffixes, 65,537 stems: the count stands in the first offset, and is refused before it is used.
    for region, suffix in ((FIRST_SUFFIX_LIST, "suffix_diffs"), (STEM_LIST, "state_diff")):
        count = 257 if region == FIRST_SUFFIX_LIST else 65537
        filler = bytes(4 * count)
        grown = bytearray(DATA[:region] + offset(4 * count) + filler + DATA[region + 4 :])
        grown[4:8] = offset(PROOF + len(filler))
        if region == FIRST_SUFFIX_LIST:
            grown[STEM_LIST + 4 : STEM_LIST + 8] = offset(
                int.from_bytes(DATA[STEM_LIST + 4 : STEM_LIST + 8], "little") + len(filler)
            )
        with pytest.raises(MalformedError) as caught:
            witness_from_ssz(bytes(grown))
        assert (caught.value.code, caught.value.got) == ("WITNESS_COUNT", count)
        assert str(caught.value.where["path"]).endswith(suffix)


def test_limit_on_keys() -> None:
    """Keys are many in few bytes; no input of the usual size may become millions of objects."""
    absent = tuple(SuffixDiff(suffix, None, None) for suffix in range(256))
    one = witness_to_ssz(with_stems(StemDiff(bytes(31), absent)))
    element = one[12 : int.from_bytes(one[4:8], "little")]
    count = MAX_KEYS // 256 + 1
    offsets = b"".join(offset(4 * count + i * len(element)) for i in range(count))
    state_diff = offsets + element * count
    data = offset(8) + offset(8 + len(state_diff)) + state_diff + one[-588:]
    with pytest.raises(MalformedError) as caught:
        witness_from_ssz(data)
    assert (caught.value.code, caught.value.expected) == ("WITNESS_COUNT", f"at most {MAX_KEYS}")


@given(witnesses, kinds.filter(bool))
def test_kind_openings_have_no_place(witness: ExecutionWitness, openings: tuple[KindOpening, ...]) -> None:
    witness = replace(witness, proof=replace(witness.proof, kinds=openings))
    with pytest.raises(UnsupportedError) as caught:
        witness_to_ssz(witness)
    assert (caught.value.code, caught.value.got) == ("KINDS_UNWRITABLE", len(openings))


@pytest.mark.parametrize(
    "witness",
    [
        with_stems(StemDiff(bytes(30), ())),
        with_stems(StemDiff(bytes(31), (SuffixDiff(0, bytes(31), None),))),
        ExecutionWitness((), replace(EMPTY_PROOF, d=b"")),
        ExecutionWitness((), replace(EMPTY_PROOF, ipa=replace(EMPTY_PROOF.ipa, cl=()))),
        ExecutionWitness((), EMPTY_PROOF, b"\x01"),
    ],
)
def test_what_no_decoder_returns_is_not_written(witness: ExecutionWitness) -> None:
    with pytest.raises(ValueError, match="length"):
        witness_to_ssz(witness)


def test_more_than_a_decoder_takes_is_not_written() -> None:
    absent = tuple(SuffixDiff(suffix, None, None) for suffix in range(256))
    with pytest.raises(MalformedError) as caught:
        witness_to_ssz(with_stems(*[StemDiff(bytes(31), absent)] * (MAX_KEYS // 256 + 1)))
    assert caught.value.code == "WITNESS_COUNT"


def test_a_format_insisted_on() -> None:
    assert decode_blocks(DATA, "input", format="ssz")[0].witness == BARE
    for format in ("json", "cbor", "block"):
        with pytest.raises(MalformedError):
            decode_blocks(DATA, "input", format=format)
    with pytest.raises(MalformedError) as caught:
        decode_blocks(b"{}", "input", format="ssz")
    assert caught.value.code == "SSZ_LENGTH"
