"""Every refusal of the decoders, each by its code: one line a case."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.witness.samples import (
    block_document,
    chain_document,
    eest_document,
    hexed,
    witness_document,
)
from verkle.errors import (
    IncompleteError,
    InvalidError,
    MalformedError,
    StatelessError,
    UnsupportedError,
)
from witness import strict_json
from witness.decode import FORMAT_NAMES, decode_blocks
from witness.errors import UsageError
from witness.fields import MAX_TEXT
from witness.formats.common import MAX_BLOCKS

Edit = Callable[[dict[str, Any]], object]
MALFORMED, INVALID, UNSUPPORTED = MalformedError, InvalidError, UnsupportedError


def refused(data: bytes, code: str, family: type[StatelessError] = MalformedError) -> StatelessError:
    with pytest.raises(StatelessError) as caught:
        decode_blocks(data, "input")
    assert (caught.value.code, type(caught.value)) == (code, family)
    assert caught.value.message
    return caught.value


def test_samples_decode() -> None:
    for document in (witness_document(), block_document(), eest_document(), chain_document()):
        for block in decode_blocks(json.dumps(document).encode(), "input"):
            assert block.witness is not None
            assert block.defect is None


TEXTS = [
    ("nothing", b"", "INPUT_EMPTY"),
    ("white space", b" \n\t ", "INPUT_EMPTY"),
    ("binary", b"\x00\x01\x02", "UNKNOWN_FORMAT"),
    ("zeros", bytes(1000), "UNKNOWN_FORMAT"),
    ("prose", b"not json", "UNKNOWN_FORMAT"),
    ("byte-order mark", b"\xef\xbb\xbf{}", "UNKNOWN_FORMAT"),
    ("a number", b"17", "UNKNOWN_FORMAT"),
    ("a list", b"[]", "UNKNOWN_FORMAT"),
    ("empty object", b"{}", "UNKNOWN_FORMAT"),
    ("other object", b'{"a": {"b": 1}}', "UNKNOWN_FORMAT"),
    ("not UTF-8", b'{"a": "\xff"}', "JSON_UTF8"),
    ("cut character", b'{"a": "\xe2\x82', "JSON_UTF8"),
    ("half a surrogate pair", b'{"a": "\\ud800"}', "JSON_UTF8"),
    ("half a pair in a name", b'{"\\uDFFF": 1}', "JSON_UTF8"),
    ("truncated", b'{"stateDiff": [', "JSON_SYNTAX"),
    ("truncated string", b'{"stateDi', "JSON_SYNTAX"),
    ("comma", b'{"a": 1,}', "JSON_SYNTAX"),
    ("two documents", b"{}{}", "JSON_SYNTAX"),
    ("single quotes", b"{'a': 1}", "JSON_SYNTAX"),
    ("control character", b'{"a": "\x01"}', "JSON_SYNTAX"),
    ("closed too often", b'{"a": []]}', "JSON_SYNTAX"),
    ("escape outside a string", b'{\\"a": 1}', "JSON_SYNTAX"),
    ("NaN", b'{"a": NaN}', "JSON_NUMBER"),
    ("Infinity", b'{"a": -Infinity}', "JSON_NUMBER"),
    ("an absurd integer", b'{"a": ' + b"9" * 5000 + b"}", "JSON_NUMBER"),
    ("twice", b'{"a": 1, "a": 1}', "JSON_DUPLICATE_KEY"),
    ("twice, spelt differently", b'{"a": 1, "\\u0061": 1}', "JSON_DUPLICATE_KEY"),
    ("twice, then a fault", b'{"a": 1, "a": 1} x', "JSON_SYNTAX"),
    ("deep", b'{"a":' * 100 + b"1" + b"}" * 100, "JSON_TOO_DEEP"),
    ("very deep, never closed", b"[" * 1_000_000, "JSON_TOO_DEEP"),
    ("deep behind quotes", b'{"\\\\": "\\"", "a":' + b"[" * 100 + b"]" * 100 + b"}", "JSON_TOO_DEEP"),
    ("many values", b"[" + b"0," * strict_json.MAX_TOKENS + b"0]", "JSON_TOO_LARGE"),
]


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_texts(data: bytes, code: str) -> None:
    refused(data, code)


def test_brackets_within_strings_are_not_depth() -> None:
    refused(json.dumps({"a": "[" * 1000, "b": '\\"[' * 1000}).encode(), "UNKNOWN_FORMAT")


def test_a_duplicate_is_found_by_its_path() -> None:
    error = refused(b'{"x": [{"y": 1}, {"y": {"z q": 1, "z q": 2}}]}', "JSON_DUPLICATE_KEY")
    assert error.where["path"] == "$.x[1].y['z q']"


def test_a_syntax_error_has_its_byte_offset() -> None:
    error = refused('{"ü": "ü" 1}'.encode(), "JSON_SYNTAX")
    assert error.where == {"offset": 12, "line": 1, "column": 11}
    assert "too early" in refused(b'{"a": [1, 2', "JSON_SYNTAX").message


def _first(document: dict[str, Any]) -> dict[str, Any]:
    """The first entry of the first stem."""
    entry: dict[str, Any] = document["stateDiff"][0]["suffixDiffs"][0]
    return entry


def _proof(document: dict[str, Any]) -> dict[str, Any]:
    proof: dict[str, Any] = document["verkleProof"]
    return proof


ENTRY = "$.stateDiff[0].suffixDiffs[0]"
WITNESSES: list[tuple[str, Edit, str, str]] = [
    ("no diff", lambda w: w.pop("stateDiff"), "FIELD_MISSING", "$.stateDiff"),
    ("diff an object", lambda w: w.update(stateDiff={}), "FIELD_TYPE", "$.stateDiff"),
    ("no proof", lambda w: w.pop("verkleProof"), "FIELD_MISSING", "$.verkleProof"),
    ("null proof", lambda w: w.update(verkleProof=None), "FIELD_TYPE", "$.verkleProof"),
    ("no stem", lambda w: w["stateDiff"][0].pop("stem"), "FIELD_MISSING", "$.stateDiff[0].stem"),
    ("stem a number", lambda w: w["stateDiff"][0].update(stem=1), "FIELD_TYPE", "$.stateDiff[0].stem"),
    (
        "stem of 32 bytes",
        lambda w: w["stateDiff"][1].update(stem=hexed(bytes(32))),
        "HEX_LENGTH",
        "$.stateDiff[1].stem",
    ),
    ("stem null", lambda w: w["stateDiff"].insert(0, None), "FIELD_TYPE", "$.stateDiff[0]"),
    (
        "no suffixes",
        lambda w: w["stateDiff"][0].pop("suffixDiffs"),
        "FIELD_MISSING",
        "$.stateDiff[0].suffixDiffs",
    ),
    (
        "257 suffixes",
        lambda w: w["stateDiff"][0].update(suffixDiffs=[_first(w)] * 257),
        "WITNESS_COUNT",
        "$.stateDiff[0].suffixDiffs",
    ),
    ("65537 stems", lambda w: w.update(stateDiff=[{}] * 65537), "WITNESS_COUNT", "$.stateDiff"),
    *(
        (f"suffix {value!r}", lambda w, v=value: _first(w).update(suffix=v), code, f"{ENTRY}.suffix")
        for value, code in [
            (256, "FIELD_RANGE"),
            (-1, "FIELD_RANGE"),
            ("256", "FIELD_RANGE"),
            ("9" * 90, "FIELD_RANGE"),
            (True, "FIELD_TYPE"),
            (1.0, "FIELD_TYPE"),
            (None, "FIELD_TYPE"),
            ("01", "FIELD_TYPE"),
            ("0x1", "FIELD_TYPE"),
            ("", "FIELD_TYPE"),
            ("-1", "FIELD_TYPE"),
            ("\u0661", "FIELD_TYPE"),
        ]
    ),
    *(
        (f"{name} {label}", lambda w, n=name, v=value: _first(w).update({n: v}), code, f"{ENTRY}.{name}")
        for name in ("currentValue", "newValue")
        for label, value, code in [
            ("of 31 bytes", hexed(bytes(31)), "HEX_LENGTH"),
            ("of 33 bytes", hexed(bytes(33)), "HEX_LENGTH"),
            ("of 63 digits", "0x" + "0" * 63, "HEX_LENGTH"),
            ("of no bytes", "0x", "HEX_LENGTH"),
            ("with a space", "0x" + " " * 64, "HEX_SYNTAX"),
            ("with a full-width digit", "0x" + "0" * 63 + "\uff10", "HEX_SYNTAX"),
            ("with a wrong prefix", "0X" + "0" * 64, "HEX_SYNTAX"),
            ("a number", 0, "FIELD_TYPE"),
            ("a list", [], "FIELD_TYPE"),
        ]
    ),
    ("no newValue", lambda w: _first(w).pop("newValue"), "FIELD_MISSING", f"{ENTRY}.newValue"),
    ("no d", lambda w: _proof(w).pop("d"), "FIELD_MISSING", "$.verkleProof.d"),
    ("d null", lambda w: _proof(w).update(d=None), "FIELD_TYPE", "$.verkleProof.d"),
    ("d short", lambda w: _proof(w).update(d="0x00"), "HEX_LENGTH", "$.verkleProof.d"),
    ("no ipa", lambda w: _proof(w).update(ipaProof=None), "FIELD_TYPE", "$.verkleProof.ipaProof"),
    (
        "seven points",
        lambda w: _proof(w)["ipaProof"]["cl"].pop(),
        "WITNESS_COUNT",
        "$.verkleProof.ipaProof.cl",
    ),
    (
        "nine points",
        lambda w: _proof(w)["ipaProof"]["cr"].append(hexed(bytes(32))),
        "WITNESS_COUNT",
        "$.verkleProof.ipaProof.cr",
    ),
    (
        "other stem of 32 bytes",
        lambda w: _proof(w).update(otherStems=[hexed(bytes(32))]),
        "HEX_LENGTH",
        "$.verkleProof.otherStems[0]",
    ),
    (
        "statuses a list",
        lambda w: _proof(w).update(depthExtensionPresent=[10]),
        "FIELD_TYPE",
        "$.verkleProof.depthExtensionPresent",
    ),
    (
        "statuses no hex",
        lambda w: _proof(w).update(depthExtensionPresent="0x0g"),
        "HEX_SYNTAX",
        "$.verkleProof.depthExtensionPresent",
    ),
    (
        "too many statuses",
        lambda w: _proof(w).update(depthExtensionPresent="0a" * 65537),
        "WITNESS_COUNT",
        "$.verkleProof.depthExtensionPresent",
    ),
    (
        "commitment of 31 bytes",
        lambda w: _proof(w)["commitmentsByPath"].append(hexed(bytes(31))),
        "HEX_LENGTH",
        "$.verkleProof.commitmentsByPath[3]",
    ),
    (
        "root of 31 bytes",
        lambda w: w.update(parentStateRoot=hexed(bytes(31))),
        "HEX_LENGTH",
        "$.parentStateRoot",
    ),
    ("root a list", lambda w: w.update(parentStateRoot=[]), "FIELD_TYPE", "$.parentStateRoot"),
]


@pytest.mark.parametrize(
    ("edit", "code", "path"), [case[1:] for case in WITNESSES], ids=[case[0] for case in WITNESSES]
)
def test_witnesses(edit: Edit, code: str, path: str) -> None:
    document = witness_document()
    edit(document)
    error = refused(json.dumps(document).encode(), code)
    assert error.where["path"] == path


def test_a_wrong_length_says_what_was_expected() -> None:
    document = witness_document()
    _first(document)["currentValue"] = hexed(bytes(33))
    error = refused(json.dumps(document).encode(), "HEX_LENGTH")
    assert (error.expected, error.got) == ("32 bytes", "33 bytes")


def _header(document: dict[str, Any]) -> dict[str, Any]:
    header: dict[str, Any] = document["header"]
    return header


BLOCKS: list[tuple[str, Edit, str, type[StatelessError]]] = [
    ("header a list", lambda b: b.update(header=[]), "FIELD_TYPE", MALFORMED),
    ("number a bool", lambda b: _header(b).update(blockNumber=True), "FIELD_TYPE", MALFORMED),
    ("number negative", lambda b: _header(b).update(blockNumber=-1), "FIELD_RANGE", MALFORMED),
    ("number 2^64", lambda b: _header(b).update(blockNumber=2**64), "FIELD_RANGE", MALFORMED),
    ("number decimal text", lambda b: _header(b).update(blockNumber="1"), "HEX_SYNTAX", MALFORMED),
    ("number 0x", lambda b: _header(b).update(blockNumber="0x"), "HEX_SYNTAX", MALFORMED),
    ("number 0x_1", lambda b: _header(b).update(blockNumber="0x1_0"), "HEX_SYNTAX", MALFORMED),
    ("number long", lambda b: _header(b).update(blockNumber="0x" + "0" * 90), "FIELD_RANGE", MALFORMED),
    ("hash short", lambda b: _header(b).update(parentHash="0x00"), "HEX_LENGTH", MALFORMED),
    ("hash unprefixed", lambda b: _header(b).update(parentHash="00" * 32), "HEX_SYNTAX", MALFORMED),
    ("extra odd", lambda b: _header(b).update(extraData="0x123"), "HEX_LENGTH", MALFORMED),
    ("extra no hex", lambda b: _header(b).update(extraData="0xzz"), "HEX_SYNTAX", MALFORMED),
    ("two numbers", lambda b: _header(b).update(number=2), "FIELD_CONFLICT", MALFORMED),
    ("two hashes", lambda b: _header(b).update(hash=hexed(bytes(32))), "FIELD_CONFLICT", MALFORMED),
    ("a hash beside", lambda b: b.update(blockHash=hexed(bytes(32))), "FIELD_CONFLICT", MALFORMED),
    ("transactions an object", lambda b: b.update(transactions={}), "FIELD_TYPE", MALFORMED),
    ("transaction an object", lambda b: b.update(transactions=[{}]), "FIELD_TYPE", MALFORMED),
    ("transaction empty", lambda b: b.update(transactions=["0x"]), "TRANSACTION_EMPTY", MALFORMED),
    ("withdrawal short", lambda b: b["withdrawals"][0].pop("amount"), "FIELD_MISSING", MALFORMED),
    ("withdrawal 2^64", lambda b: b["withdrawals"][0].update(amount=2**64), "FIELD_RANGE", MALFORMED),
    ("network a number", lambda b: b.update(network=6), "FIELD_TYPE", MALFORMED),
    ("network an escape", lambda b: b.update(network="\x1b[31m"), "FIELD_TYPE", MALFORMED),
    ("network long", lambda b: b.update(network="a" * (MAX_TEXT + 1)), "FIELD_TYPE", MALFORMED),
    ("chain id text", lambda b: b.update(chainId="x"), "HEX_SYNTAX", MALFORMED),
    ("witness a list", lambda b: b.update(executionWitness=[]), "FIELD_TYPE", MALFORMED),
    ("witness empty", lambda b: b.update(executionWitness={}), "FIELD_MISSING", MALFORMED),
    ("another root", lambda b: b.update(parentStateRoot=hexed(bytes(32))), "PRE_ROOT_CONFLICT", INVALID),
]


@pytest.mark.parametrize(
    ("edit", "code", "family"), [case[1:] for case in BLOCKS], ids=[case[0] for case in BLOCKS]
)
def test_blocks(edit: Edit, code: str, family: type[StatelessError]) -> None:
    document = block_document()
    edit(document)
    refused(json.dumps(document).encode(), code, family)


def _fixture(document: dict[str, Any]) -> dict[str, Any]:
    fixture: dict[str, Any] = next(iter(document.values()))
    return fixture


def _block(document: dict[str, Any]) -> dict[str, Any]:
    block: dict[str, Any] = _fixture(document)["blocks"][0]
    return block


FIXTURES: list[tuple[str, Edit, str, type[StatelessError]]] = [
    (
        "state root",
        lambda f: _block(f)["blockHeader"].update(stateRoot=hexed(bytes(32))),
        "HEADER_JSON_MISMATCH",
        INVALID,
    ),
    (
        "gas used",
        lambda f: _block(f)["blockHeader"].update(gasUsed="0x5209"),
        "HEADER_JSON_MISMATCH",
        INVALID,
    ),
    (
        "genesis",
        lambda f: _fixture(f)["genesisBlockHeader"].update(number="0x05"),
        "HEADER_JSON_MISMATCH",
        INVALID,
    ),
    ("fewer transactions", lambda f: _block(f).update(transactions=[{}]), "BODY_JSON_MISMATCH", INVALID),
    ("other withdrawals", lambda f: _block(f).update(withdrawals=[]), "BODY_JSON_MISMATCH", INVALID),
    ("an ommer", lambda f: _block(f).update(uncleHeaders=[{}]), "BODY_JSON_MISMATCH", INVALID),
    ("rlp odd", lambda f: _block(f).update(rlp="0xf"), "HEX_LENGTH", MALFORMED),
    ("rlp empty", lambda f: _block(f).update(rlp="0x"), "RLP_TRUNCATED", MALFORMED),
    ("rlp cut", lambda f: _block(f).update(rlp=_block(f)["rlp"][:-2]), "RLP_TRUNCATED", MALFORMED),
    ("rlp long", lambda f: _block(f).update(rlp=_block(f)["rlp"] + "00"), "RLP_TRAILING_BYTES", MALFORMED),
    (
        "neither rlp nor header",
        lambda f: (_block(f).pop("rlp"), _block(f).pop("blockHeader")),
        "FIELD_MISSING",
        MALFORMED,
    ),
    (
        "header null",
        lambda f: (_block(f).pop("rlp"), _block(f).update(blockHeader=None)),
        "FIELD_TYPE",
        MALFORMED,
    ),
    ("block a string", lambda f: _fixture(f).update(blocks=["0x"]), "FIELD_TYPE", MALFORMED),
    ("config a list", lambda f: _fixture(f).update(config=[]), "FIELD_TYPE", MALFORMED),
    ("network a list", lambda f: _fixture(f).update(network=["verkle"]), "FIELD_TYPE", MALFORMED),
    ("no blocks", lambda f: _fixture(f).update(blocks=[]), "NO_BLOCKS", IncompleteError),
    ("many blocks", lambda f: _fixture(f).update(blocks=[{}] * 4097), "BLOCKS_TOO_MANY", MALFORMED),
    (
        "many fixtures",
        lambda f: f.update({f"{i}": {**_fixture(f), "blocks": [{}]} for i in range(4097)}),
        "BLOCKS_TOO_MANY",
        MALFORMED,
    ),
    (
        "another fork",
        lambda f: (_fixture(f).update(network="Prague"), _block(f).pop("witness")),
        "FORMAT_UNSUPPORTED",
        UNSUPPORTED,
    ),
    ("an unprintable id", lambda f: f.update({"\x1b": f.pop(next(iter(f)))}), "FIELD_TYPE", MALFORMED),
]


@pytest.mark.parametrize(
    ("edit", "code", "family"), [case[1:] for case in FIXTURES], ids=[case[0] for case in FIXTURES]
)
def test_fixtures(edit: Edit, code: str, family: type[StatelessError]) -> None:
    document = eest_document()
    edit(document)
    refused(json.dumps(document).encode(), code, family)


def test_one_bad_block_leaves_its_neighbours() -> None:
    document = chain_document(3)
    document["blocks"][1]["executionWitness"]["stateDiff"][0]["stem"] = "0x00"
    blocks = decode_blocks(json.dumps(document).encode(), "input")
    assert [block.name for block in blocks] == ["a-chain#1", "a-chain#2", "a-chain#3"]
    assert [block.defect and block.defect.code for block in blocks] == [None, "HEX_LENGTH", None]
    assert blocks[1].witness is None
    assert blocks[1].header is None
    assert blocks[1].rules == "kaustinen7"
    assert blocks[1].defect is not None
    assert blocks[1].defect.where["path"] == "$.blocks[1].executionWitness.stateDiff[0].stem"


def test_one_bad_fixture_leaves_its_neighbours() -> None:
    document = eest_document() | {"second": _fixture(eest_document(2)), "third": {"network": "Prague"}}
    document["second"]["blocks"][1]["rlp"] = "0xc0"
    blocks = decode_blocks(json.dumps(document).encode(), "input")
    assert [(block.name, block.defect and block.defect.code) for block in blocks] == [
        ("tests/a.py::test[x]", None),
        ("second#1", None),
        ("second#2", "BLOCK_FIELDS"),
        ("third", "FORMAT_UNSUPPORTED"),
    ]


def test_a_block_expected_to_fail_may_be_undecodable() -> None:
    document = eest_document()
    _fixture(document)["blocks"] = [{"rlp": "0xc0", "expectException": "BlockException.RLP"}]
    (block,) = decode_blocks(json.dumps(document).encode(), "input")
    assert block.expect_exception == "BlockException.RLP"
    assert block.defect is not None
    assert block.defect.code == "BLOCK_FIELDS"


@pytest.mark.parametrize("format", FORMAT_NAMES)
@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"x"', b"{}", b'{"blocks": 1}', b'{"a": {}}'])
def test_a_format_insisted_on(format: str, data: bytes) -> None:
    if (format, data[:1]) == ("block", b"{"):
        (block,) = decode_blocks(data, "input", format=format)  # a block of which nothing is known
        assert block.witness is None
    else:
        with pytest.raises(StatelessError):
            decode_blocks(data, "input", format=format)


def test_a_format_that_is_not_known() -> None:
    with pytest.raises(UsageError) as caught:
        decode_blocks(b"{}", "input", format="xml")
    assert (caught.value.code, caught.value.exit_code) == ("FORMAT_NAME", 2)


def test_so_many_blocks_are_read_and_not_one_more() -> None:
    """Each would be answered with some kilobytes, however small it is."""
    for count in (MAX_BLOCKS, MAX_BLOCKS + 1):
        document = chain_document(0) | {"blocks": [{}] * count}
        if count > MAX_BLOCKS:
            with pytest.raises(MalformedError) as caught:
                decode_blocks(json.dumps(document).encode(), "input")
            assert caught.value.code == "BLOCKS_TOO_MANY"
        else:
            assert len(decode_blocks(json.dumps(document).encode(), "input")) == count
