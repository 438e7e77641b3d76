"""What is wrong with an input is refused by its own code, in its stage; nothing ends in another exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stateless.codes import lookup
from stateless.verdict import Verdict
from stateless.verifier import verify, verify_all
from tests.stateless.samples import (
    Document,
    block,
    broken,
    diff,
    header,
    judge,
    load,
    proof,
    unhex,
)
from verkle.field import P, R
from witness.decode import decode_blocks
from witness.errors import UsageError

Change = Callable[[Document], object]


def setting(part: Callable[[Document], Document], name: str, value: object) -> Change:
    return lambda document: part(document).__setitem__(name, value)


def extension(index: int, byte: int) -> Change:
    """Set one byte of depthExtensionPresent. The sample has 08 08 0a 0a 09."""

    def change(document: Document) -> None:
        statuses = bytearray(unhex(proof(document)["depthExtensionPresent"]))
        statuses[index] = byte
        proof(document)["depthExtensionPresent"] = "0x" + statuses.hex()

    return change


def other_stem(text: str) -> Change:
    return lambda document: proof(document)["otherStems"].__setitem__(0, text)


def swap(items: Callable[[Document], list[object]]) -> Change:
    def change(document: Document) -> None:
        found = items(document)
        found[0], found[1] = found[1], found[0]

    return change


def bytes32(number: int) -> str:
    return "0x" + number.to_bytes(32, "big").hex()


STEM_5A, STEM_9B = 2, 4  # present; absent, with another stem there

INVALID: dict[str, tuple[str, str, Change]] = {
    "block hash": ("BLOCK_HASH_MISMATCH", "SHAPE", setting(header, "extraData", "0x00")),
    "transaction dropped": ("TRANSACTIONS_ROOT_MISMATCH", "SHAPE", lambda d: block(d)["transactions"].pop()),
    "transactions swapped": (
        "TRANSACTIONS_ROOT_MISMATCH", "SHAPE", swap(lambda d: block(d)["transactions"])
    ),
    "withdrawal added": (
        "WITHDRAWALS_ROOT_MISMATCH", "SHAPE",
        lambda d: block(d)["withdrawals"].append(
            {"index": 0, "validatorIndex": 0, "address": "0x" + "00" * 20, "amount": 1}
        ),
    ),
    "stems swapped": ("STEM_ORDER", "SHAPE", swap(diff)),
    "stem twice": ("STEM_REPEATED", "SHAPE", lambda d: diff(d).insert(0, diff(d)[0])),
    "stem without suffixes": ("STEM_WITHOUT_SUFFIX", "SHAPE", lambda d: diff(d)[0]["suffixDiffs"].clear()),
    "suffixes swapped": ("SUFFIX_ORDER", "SHAPE", swap(lambda d: diff(d)[0]["suffixDiffs"])),
    "suffix twice": (
        "SUFFIX_REPEATED", "SHAPE",
        lambda d: diff(d)[0]["suffixDiffs"].insert(0, diff(d)[0]["suffixDiffs"][0]),
    ),
    "new equals current": (
        "NEW_VALUE_UNCHANGED", "SHAPE",
        lambda d: diff(d)[STEM_5A]["suffixDiffs"][0].__setitem__(
            "newValue", diff(d)[STEM_5A]["suffixDiffs"][0]["currentValue"]
        ),
    ),
    "proof without keys": ("PROOF_WITHOUT_KEYS", "SHAPE", lambda d: diff(d).clear()),
    "stem dropped": ("EXTENSION_COUNT", "SHAPE", lambda d: diff(d).pop()),
    "bit 2": ("EXTENSION_UNUSED_BIT", "SHAPE", extension(0, 0x0C)),
    "status 3": ("EXTENSION_STATUS", "SHAPE", extension(0, 0x0B)),
    "depth 0": ("EXTENSION_DEPTH", "SHAPE", extension(0, 0x00)),
    "value under an empty slot": ("VALUE_UNDER_ABSENT_STEM", "SHAPE", extension(STEM_5A, 0x08)),
    "value under another stem": (
        "VALUE_UNDER_ABSENT_STEM", "SHAPE",
        lambda d: diff(d)[STEM_9B]["suffixDiffs"][0].__setitem__("currentValue", bytes32(1)),
    ),
    "depth of an absence": ("COMMITMENT_MISSING", "SHAPE", extension(0, 0x10)),
    "other-stem dropped": ("OTHER_STEM_MISSING", "SHAPE", lambda d: proof(d)["otherStems"].clear()),
    "other-stem added": (
        "OTHER_STEM_UNUSED", "SHAPE", lambda d: proof(d)["otherStems"].append("0x" + "ff" * 31)
    ),
    "other-stem elsewhere": ("OTHER_STEM_MISPLACED", "SHAPE", other_stem("0x" + "00" * 31)),
    "other-stem is the asked one": (
        "OTHER_STEM_IS_ASKED", "SHAPE",
        lambda d: proof(d)["otherStems"].__setitem__(0, diff(d)[STEM_9B]["stem"]),
    ),
    "other-stem twice": (
        "OTHER_STEM_ORDER", "SHAPE", lambda d: proof(d)["otherStems"].append(proof(d)["otherStems"][0])
    ),
    "commitment dropped": ("COMMITMENT_MISSING", "SHAPE", lambda d: proof(d)["commitmentsByPath"].pop()),
    "commitment added": (
        "COMMITMENT_UNUSED", "SHAPE", lambda d: proof(d)["commitmentsByPath"].append(proof(d)["d"])
    ),
    "current value": (
        "PROOF_IPA_FALSE", "PROOF",
        lambda d: diff(d)[STEM_5A]["suffixDiffs"][0].__setitem__("currentValue", bytes32(5)),
    ),
    "commitments swapped": ("PROOF_IPA_FALSE", "PROOF", swap(lambda d: proof(d)["commitmentsByPath"])),
    "other-stem with other bytes": ("PROOF_IPA_FALSE", "PROOF", other_stem("0x9b" + "00" * 30)),
    "final evaluation": (
        "PROOF_IPA_FALSE", "PROOF", lambda d: proof(d)["ipaProof"].update(finalEvaluation=bytes32(7))
    ),
    "final evaluation too large": (
        "SCALAR_NOT_CANONICAL", "PROOF", lambda d: proof(d)["ipaProof"].update(finalEvaluation=bytes32(R))
    ),
    "point too large": ("POINT_NOT_CANONICAL", "PROOF", lambda d: proof(d).update(d=bytes32(P))),
    "new value": (
        "POST_ROOT_MISMATCH", "COMPARE",
        lambda d: diff(d)[STEM_5A]["suffixDiffs"][0].__setitem__("newValue", bytes32(5)),
    ),
    "new value dropped": (
        "POST_ROOT_MISMATCH", "COMPARE", lambda d: diff(d)[3]["suffixDiffs"][0].__setitem__("newValue", None)
    ),
    "state root of another block": (
        "PRE_ROOT_MISMATCH", "SHAPE", lambda d: block(d).update(parentStateRoot=bytes32(1))
    ),
}  # fmt: skip


def assert_refused(verdict: Verdict, outcome: str, code: str, stage: str) -> None:
    assert verdict.error is not None
    assert (verdict.verdict, verdict.error.code, verdict.error.stage) == (outcome, code, stage)
    entry = lookup(code)
    assert entry is not None
    assert (entry.family, stage in entry.stages) == (outcome, True)
    json.dumps(verdict.to_json())


@pytest.mark.parametrize("name", INVALID)
def test_invalid(vectors: Path, name: str) -> None:
    code, stage, change = INVALID[name]
    document = broken(load(vectors), change)
    assert_refused(judge(document), "invalid", code, stage)


def test_the_sample_itself_is_valid(vectors: Path) -> None:
    verdict = judge(load(vectors), strict=True)
    assert verdict.verdict == "valid"
    assert verdict.error is None


@pytest.mark.parametrize("code", ["POINT_NOT_ON_CURVE", "POINT_NOT_IN_SUBGROUP"])
def test_points_that_no_commitment_is(vectors: Path, code: str) -> None:
    """About half of all x have no point, and of the points about half lie outside the group."""
    for x in range(1, 100):
        document = load(vectors)
        proof(document)["d"] = bytes32(x)
        verdict = judge(document)
        assert verdict.error is not None
        if verdict.error.code == code:
            assert_refused(verdict, "invalid", code, "PROOF")
            return
    pytest.fail(f"no x below 100 gives {code}")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("stem", "0x" + "11" * 30, "HEX_LENGTH"),
        ("stem", 7, "FIELD_TYPE"),
        ("suffixDiffs", None, "FIELD_TYPE"),
    ],
)
def test_malformed_parts(vectors: Path, path: str, value: object, code: str) -> None:
    document = broken(load(vectors), lambda d: diff(d)[0].__setitem__(path, value))
    assert_refused(judge(document), "malformed", code, "DECODE")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "INPUT_EMPTY"),
        (b"\x00" * 100, "UNKNOWN_FORMAT"),
        (b'{"stateDiff": [', "JSON_SYNTAX"),
        (b'{"stateDiff": [], "stateDiff": []}', "JSON_DUPLICATE_KEY"),
        (b"[" * 5000, "JSON_TOO_DEEP"),
        (b'{"hello": 1}', "UNKNOWN_FORMAT"),
        (b'{"stateDiff": "\xff"}', "JSON_UTF8"),
    ],
)
def test_malformed_input(data: bytes, code: str) -> None:
    (verdict,) = verify_all(data, "input", proof_only=True)
    assert_refused(verdict, "malformed", code, "DECODE")
    assert (verdict.input, verdict.tree, verdict.block, verdict.checks) == ("input", None, None, ())


def test_one_bad_block_leaves_the_others_their_verdicts(vectors: Path) -> None:
    document = broken(load(vectors), lambda d: header(d).__setitem__("gasUsed", "much"))
    verdicts = verify_all(json.dumps(document).encode(), "chain.json", proof_only=True)
    assert [verdict.verdict for verdict in verdicts] == ["malformed", "valid"]
    # the second block's parent could not be read, so its state root is only asserted
    assert verdicts[1].pre_state_root_from == "file"


def test_no_witness(vectors: Path) -> None:
    document = broken(load(vectors), lambda d: block(d).__setitem__("executionWitness", None))
    assert_refused(judge(document), "incomplete", "NO_WITNESS", "SHAPE")
    # the file says the state root before the block, and no parent header does
    said = judge({**document, "genesis": {}})
    assert_refused(said, "incomplete", "NO_WITNESS", "SHAPE")
    assert said.pre_state_root_from == "file"


@pytest.mark.parametrize("name", ["stateRoot", "gasUsed", "extraData", "feeRecipient", "baseFeePerGas"])
def test_a_block_that_has_no_hash_is_not_accepted_by_running_it(vectors: Path, name: str) -> None:
    """Run or not, nothing holds it to what the header leaves out; proof and roots may be looked at alone."""
    document = broken(load(vectors), lambda document: header(document).pop(name))
    verdict = judge(document, proof_only=False)
    assert_refused(verdict, "incomplete", "HEADER_INCOMPLETE", "EXECUTE")
    assert verdict.executed is False
    alone = judge(document)
    assert (alone.verdict, alone.block and alone.block.hash) == ("valid", None)


def test_a_broken_header_rule_is_invalid_though_witness_and_root_are_missing(vectors: Path) -> None:
    def change(document: Document) -> None:
        block(document).update(executionWitness=None, parentStateRoot=None)
        document["genesis"] = {}
        header(document)["gasUsed"] += 1

    assert_refused(judge(broken(load(vectors), change)), "invalid", "BLOCK_HASH_MISMATCH", "SHAPE")


def test_no_state_root(vectors: Path) -> None:
    def change(document: Document) -> None:
        block(document)["parentStateRoot"] = None
        document["genesis"] = {}

    document = broken(load(vectors), change)
    assert_refused(judge(document), "incomplete", "NO_PRE_ROOT", "SHAPE")
    root = unhex(load(vectors)["blocks"][0]["parentStateRoot"])
    given = judge(document, pre_root=root)
    assert (given.verdict, given.pre_state_root_from) == ("valid", "option")
    assert judge(document, pre_root=bytes(32)).verdict == "invalid"


def test_a_root_given_must_agree_with_the_parents(vectors: Path) -> None:
    verdict = judge(load(vectors), pre_root=bytes(32))
    assert_refused(verdict, "invalid", "PRE_ROOT_MISMATCH", "SHAPE")
    assert verdict.error is not None
    assert verdict.error.where == {"expected_from": "parent_header", "got_from": "option"}


def test_a_root_given_must_agree_with_the_files(vectors: Path) -> None:
    document = broken(load(vectors), lambda d: d.update(genesis={}))
    verdict = judge(document, pre_root=bytes(32))
    assert_refused(verdict, "invalid", "PRE_ROOT_MISMATCH", "SHAPE")
    assert verdict.error is not None
    assert verdict.error.where == {"expected_from": "option", "got_from": "file"}


def test_a_root_of_another_length_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        verify(b"{}", pre_root=b"\x00")


def test_unknown_rules(vectors: Path) -> None:
    document = broken(load(vectors), lambda d: d.update(rules="kaustinen99"))
    assert_refused(judge(document), "unsupported", "RULES_UNKNOWN", "DECODE")
    assert judge(document, rules="kaustinen7").verdict == "valid"
    assert_refused(judge(load(vectors), rules="nonsense"), "unsupported", "RULES_UNKNOWN", "DECODE")


def test_unknown_chain_config(vectors: Path) -> None:
    verdict = judge(load(vectors), chain_config={"chainId": 5, "verkleTime": 0})
    assert_refused(verdict, "unsupported", "CHAIN_CONFIG_UNKNOWN", "DECODE")


def test_several_blocks_where_one_is_asked_for(project: Path) -> None:
    path = project / "fixtures/blocks/transfer-new.json"
    assert_refused(verify(path, proof_only=True), "unsupported", "SEVERAL_BLOCKS", "DECODE")
    blocks = decode_blocks(path.read_bytes(), "x")
    assert [verify(item, proof_only=True).verdict for item in blocks] == ["valid", "valid"]


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(UsageError):
        verify("no/such/file.json")


def test_a_file_beyond_the_limit(vectors: Path) -> None:
    verdict = verify(vectors / "verkle-geth/transfer-new.json", max_bytes=1000)
    assert_refused(verdict, "malformed", "INPUT_TOO_LARGE", "DECODE")


@pytest.mark.parametrize("seed", range(40))
def test_no_flipped_byte_is_accepted(vectors: Path, seed: int) -> None:
    """One nibble of one hex string anywhere in the witness, each of the places in turn with others."""
    document = copy.deepcopy(load(vectors))
    witness = block(document)["executionWitness"]
    places: list[tuple[Document | list[str], str | int]] = []

    def walk(node: object) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for name, value in items:
            if isinstance(value, str) and len(value) > 2:
                places.append((node, name))  # type: ignore[arg-type]
            else:
                walk(value)

    walk(witness)
    container, name = places[seed * 7919 % len(places)]
    text = container[name]  # type: ignore[index, call-overload]
    at = 2 + seed * 104729 % (len(text) - 2)
    container[name] = text[:at] + f"{int(text[at], 16) ^ 1 << seed % 4:x}" + text[at + 1 :]  # type: ignore[index, call-overload]
    assert judge(document).verdict == "invalid"
