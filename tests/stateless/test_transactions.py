"""Transactions read from bytes and written back; what is not one is refused, with the place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.signatures import sender
from stateless.transaction_decode import decode_transaction
from stateless.transactions import (
    AccessListEntry,
    Transaction,
    encode_transaction,
    signing_hash,
    target,
    transaction_hash,
)
from tests.stateless.transaction_samples import KEY, address, plain, signed, transactions
from verkle.errors import InvalidError, MalformedError, StatelessError
from witness import rlp
from witness.keccak import keccak256

# The example of EIP-155: nonce 9, 20 gwei, 21000 gas, 1 ether to 0x3535…35, chain 1.
EIP155 = Transaction(
    type=0,
    chain_id=1,
    nonce=9,
    max_priority_fee=20 * 10**9,
    max_fee=20 * 10**9,
    gas_limit=21000,
    to=b"\x35" * 20,
    value=10**18,
    data=b"",
    v=37,
    r=0x28EF61340BD939BC2195FE537567866003E1A15D3C71FF63E1590620AA636276,
    s=0x67CBE9D8997F761AECB703304B3800CCF555C9F3DC64214B297FB1966A3B6D83,
)
EIP155_RAW = bytes.fromhex(
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc"
    "2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb196"
    "6a3b6d83"
)
SAMPLES = [plain(kind) for kind in range(5)] + [plain(0, chain_id=None, v=27), plain(2, to=None)]
WITH_LIST = plain(1, access_list=(AccessListEntry(bytes(20), (1, 2)),))


@given(transactions())
def test_decoding_undoes_encoding(tx: Transaction) -> None:
    raw = encode_transaction(tx)
    assert decode_transaction(raw) == tx
    assert transaction_hash(tx) == keccak256(raw)


@given(transactions())
def test_the_target_is_the_transactions(tx: Transaction) -> None:
    found = target(encode_transaction(tx))
    assert found is not None
    assert (found.type, found.address) == (tx.type, tx.to)


def test_the_example_of_eip_155() -> None:
    assert decode_transaction(EIP155_RAW) == EIP155
    assert encode_transaction(EIP155) == EIP155_RAW
    assert signing_hash(EIP155).hex() == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
    assert sender(EIP155) == address(KEY) == bytes.fromhex("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")


def test_the_chain_id_of_a_legacy_transaction_comes_from_v() -> None:
    for v, chain_id, parity in (
        (27, None, 0),
        (28, None, 1),
        (26, None, None),
        (29, None, None),
        (34, None, None),
        (0, None, None),
        (35, 0, 0),
        (36, 0, 1),
        (37, 1, 0),
        (2709, 1337, 0),
        (2 * 2**255 - 1, (2**256 - 36) // 2, 0),
    ):
        tx = decode_transaction(encode_transaction(replace(EIP155, v=v)))
        assert (tx.chain_id, tx.y_parity) == (chain_id, parity), v


@pytest.mark.parametrize("tx", SAMPLES, ids=lambda tx: f"{tx.type}-{tx.v}-{tx.to is None}")
def test_signing_hashes_differ_from_the_name_and_bind_every_field(tx: Transaction) -> None:
    seen = {signing_hash(tx), transaction_hash(tx)}
    assert len(seen) == 2
    changes: list[dict[str, object]] = [
        {"nonce": 5},
        {"max_fee": 99, "max_priority_fee": 99},
        {"gas_limit": 5},
        {"to": bytes(20)},
        {"value": 9},
        {"data": b"\0"},
    ]
    if tx.chain_id is not None:
        changes.append({"chain_id": 2})
    if tx.type:
        changes.append({"access_list": WITH_LIST.access_list})
    if tx.type == 3:
        changes += [{"max_blob_fee": 7}, {"blob_hashes": tx.blob_hashes * 2}]
    if tx.type == 4:
        changes.append({"authorizations": tx.authorizations * 2})
    for change in changes:
        seen.add(signing_hash(replace(tx, **change)))  # type: ignore[arg-type]
    assert len(seen) == 2 + len(changes)
    assert signing_hash(replace(tx, r=5, s=6)) in seen


def refusal(raw: bytes) -> StatelessError:
    with pytest.raises((MalformedError, InvalidError)) as caught:
        decode_transaction(raw, 3)
    assert caught.value.where["transaction"] == 3
    return caught.value


@pytest.mark.parametrize("raw", [b"", b"\x80", b"\xbf", b"\x85hello", b"\xb8" + bytes(60)])
def test_what_is_no_list_and_has_no_type_is_malformed(raw: bytes) -> None:
    assert refusal(raw).code == "TX_DECODE_LIST"


@pytest.mark.parametrize("kind", [0, 5, 6, 0x64, 0x7F])
def test_an_unknown_type_is_invalid(kind: int) -> None:
    error = refusal(bytes([kind]) + EIP155_RAW)
    assert (error.code, error.family, error.got) == ("TX_TYPE_UNSUPPORTED", "invalid", kind)


def items(tx: Transaction) -> list[rlp.Item]:
    decoded = rlp.decode(encode_transaction(tx)[1 if tx.type else 0 :])
    assert isinstance(decoded, list)
    return decoded


def encoded(kind: int, fields: rlp.Item) -> bytes:
    return (bytes([kind]) if kind else b"") + rlp.encode(fields)


@pytest.mark.parametrize("tx", SAMPLES[:5], ids=lambda tx: str(tx.type))
def test_every_field_of_the_list_must_be_there_and_no_other(tx: Transaction) -> None:
    fields = items(tx)
    for wrong in (fields[:-1], fields[1:], [*fields, b""], [], [*fields, []]):
        assert refusal(encoded(tx.type, wrong)).code == "TX_DECODE_LIST"
    if tx.type:
        assert refusal(encoded(tx.type, b"text")).code == "TX_DECODE_LIST"


def test_blobs_do_not_belong_in_a_block() -> None:
    network_form: rlp.Item = [items(plain(3)), [bytes(64)], [bytes(48)], [bytes(48)]]
    error = refusal(encoded(3, network_form))
    assert error.code == "TX_DECODE_LIST"
    assert "with its blobs" in error.message


TWO_FEES = [
    *("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gasLimit", "to", "value", "data"),
    "accessList",
]
NAMES = {
    0: ["nonce", "gasPrice", "gasLimit", "to", "value", "data", "v", "r", "s"],
    1: ["chainId", "nonce", "gasPrice", "gasLimit", "to", "value", "data", "accessList", "v", "r", "s"],
    2: [*TWO_FEES, "v", "r", "s"],
    3: [*TWO_FEES, "maxFeePerBlobGas", "blobVersionedHashes", "v", "r", "s"],
    4: [*TWO_FEES, "authorizationList", "v", "r", "s"],
}
LISTS = {"accessList", "blobVersionedHashes", "authorizationList"}


@pytest.mark.parametrize(
    ("kind", "place"), [(kind, i) for kind, names in NAMES.items() for i in range(len(names))]
)
def test_each_field_in_the_wrong_form_is_named(kind: int, place: int) -> None:
    name = NAMES[kind][place]
    wrong: list[rlp.Item]
    if name in LISTS:
        wrong = [b"", b"\x01", [b""], [[]]]
    elif name == "data":
        wrong = [[]]
    elif name == "to":
        wrong = [[], bytes(19), bytes(21), b"\x00"]
    else:
        wrong = [[], b"\x00", b"\x00\x01", bytes(31) + b"\x01", b"\x01" + bytes(32)]
        if name in {"nonce", "gasLimit"}:
            wrong.append(b"\x01" + bytes(8))
    for value in wrong:
        fields = items(plain(kind))
        fields[place] = value
        error = refusal(encoded(kind, fields))
        assert (error.code, error.where["field"]) == ("TX_DECODE_FIELD", name), value


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        [],
        [bytes(20)],
        [bytes(20), b""],
        [bytes(20), [], []],
        [bytes(19), []],
        [bytes(21), []],
        [[], []],
        [bytes(20), [bytes(31)]],
        [bytes(20), [bytes(33)]],
        [bytes(20), [[]]],
        [bytes(20), [b"\x01"]],
    ],
)
def test_access_lists_are_strict(entry: rlp.Item) -> None:
    fields = items(plain(1))
    fields[7] = [[bytes(20), [bytes(32)]], entry]
    error = refusal(encoded(1, fields))
    assert (error.code, error.where["field"]) == ("TX_DECODE_FIELD", "accessList")


@pytest.mark.parametrize("place", range(6))
def test_authorizations_are_strict(place: int) -> None:
    good: list[rlp.Item] = [b"\x01", bytes(20), b"", b"", b"\x01", b"\x01"]
    limits = (32, None, 8, 1, 32, 32)
    limit = limits[place]
    wrong: list[rlp.Item] = [[]]
    wrong += [bytes(19), bytes(21), b""] if limit is None else [b"\x00", b"\x01" + bytes(limit)]
    for value in wrong:
        entry = list(good)
        entry[place] = value
        fields = items(plain(4))
        fields[9] = [good, entry]
        error = refusal(encoded(4, fields))
        assert (error.code, error.where["field"]) == ("TX_DECODE_FIELD", "authorizationList"), value
    for length in (0, 5, 7):
        fields = items(plain(4))
        fields[9] = [(good * 2)[:length]]
        assert refusal(encoded(4, fields)).code == "TX_DECODE_FIELD"


@given(transactions(), st.data())
def test_a_changed_byte_is_refused_or_changes_the_transaction(tx: Transaction, data: st.DataObject) -> None:
    raw = bytearray(encode_transaction(tx))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        other = decode_transaction(bytes(raw))
    except (MalformedError, InvalidError):
        return
    assert other != tx
    assert encode_transaction(other) == bytes(raw)


@given(st.binary(max_size=200))
def test_random_bytes_never_end_in_a_traceback(raw: bytes) -> None:
    for data in (raw, bytes([1 + len(raw) % 4]) + raw):
        try:
            tx = decode_transaction(data)
        except (MalformedError, InvalidError):
            target(data)
        else:
            assert encode_transaction(tx) == data


def test_rlp_errors_name_the_transaction() -> None:
    raw = encode_transaction(signed(plain(2)))
    for damaged in (raw[:-1], raw + b"\0", raw[:1] + b"\xf9\x00\x01" + raw[2:]):
        error = refusal(damaged)
        assert error.code.startswith("RLP_")
        assert error.where["path"] == "transaction"
