"""What a transaction may say, fork by fork, and what it pays before it runs."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.forks import FORKS
from stateless.intrinsic import INTRINSIC, floor_gas, intrinsic_gas
from stateless.transaction_checks import check_transaction
from stateless.transactions import AccessListEntry, Transaction
from tests.stateless.transaction_samples import plain, transactions
from verkle.errors import InvalidError

OSAKA, PRAGUE, CANCUN = (FORKS[name] for name in ("osaka", "prague", "cancun"))


def refused(tx: Transaction, fork_name: str = "osaka", chain_id: int = 1) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        check_transaction(tx, FORKS[fork_name], chain_id)
    return caught.value


@pytest.mark.parametrize("fork_name", FORKS)
@pytest.mark.parametrize("kind", range(5))
def test_types_are_those_of_the_fork(fork_name: str, kind: int) -> None:
    newest = {"shanghai": 2, "cancun": 3}.get(fork_name, 4)
    if kind <= newest:
        check_transaction(plain(kind), FORKS[fork_name], 1)
    else:
        assert refused(plain(kind), fork_name).code == "TX_TYPE_UNSUPPORTED"


@pytest.mark.parametrize("kind", range(5))
def test_chain_id(kind: int) -> None:
    assert refused(plain(kind), chain_id=5).code == "TX_CHAIN_ID"
    assert refused(plain(kind, chain_id=0)).code == "TX_CHAIN_ID"


def test_a_legacy_transaction_may_name_no_chain() -> None:
    check_transaction(plain(0, chain_id=None, v=27), OSAKA, 5)


def test_the_last_nonce_is_never_used() -> None:
    check_transaction(plain(nonce=2**64 - 2), OSAKA, 1)
    assert refused(plain(nonce=2**64 - 1)).code == "TX_NONCE_MAX"


def test_priority_fee_within_the_fee() -> None:
    check_transaction(plain(max_priority_fee=10, max_fee=10), OSAKA, 1)
    assert refused(plain(max_priority_fee=11, max_fee=10)).code == "TX_PRIORITY_OVER_MAX"


def test_a_price_that_nobody_can_pay() -> None:
    fee = (2**256 - 1) // 100_000
    check_transaction(plain(max_fee=fee), OSAKA, 1)
    assert refused(plain(max_fee=fee + 1)).code == "TX_COST_OVERFLOW"
    assert refused(plain(0, max_fee=2**256 - 1, max_priority_fee=2**256 - 1)).code == "TX_COST_OVERFLOW"


@pytest.mark.parametrize("kind", [3, 4])
def test_blobs_and_authorizations_create_nothing(kind: int) -> None:
    assert refused(plain(kind, to=None)).code == "TX_CREATE_FORBIDDEN"


def test_blob_hashes() -> None:
    good = b"\x01" + bytes(31)
    assert refused(plain(3, blob_hashes=())).code == "TX_BLOB_COUNT"
    check_transaction(plain(3, blob_hashes=(good,) * 6), OSAKA, 1)
    assert refused(plain(3, blob_hashes=(good,) * 7)).code == "TX_BLOB_COUNT"
    check_transaction(plain(3, blob_hashes=(good,) * 9), PRAGUE, 1)
    for fork_name, most in (("cancun", 6), ("prague", 9), ("osaka", 9), ("bpo2", 21)):
        assert refused(plain(3, blob_hashes=(good,) * (most + 1)), fork_name).code == "TX_BLOCK_BLOBS"
    for version in (0, 2, 255):
        error = refused(plain(3, blob_hashes=(good, bytes([version]) + bytes(31))))
        assert (error.code, error.where["blob"]) == ("TX_BLOB_VERSION", 1)


def test_blobs_before_their_fork_are_of_an_unknown_type_whatever_they_say() -> None:
    assert refused(plain(3, blob_hashes=()), "shanghai").code == "TX_TYPE_UNSUPPORTED"


def test_an_authorization_must_be_there() -> None:
    assert refused(plain(4, authorizations=())).code == "TX_AUTHORIZATIONS_EMPTY"


@pytest.mark.parametrize("fork_name", FORKS)
def test_initcode_has_a_limit(fork_name: str) -> None:
    def tx(length: int) -> Transaction:
        return plain(to=None, data=b"\x01" * length, gas_limit=2_500_000)

    check_transaction(tx(49152), FORKS[fork_name], 1)
    assert refused(tx(49153), fork_name).code == "TX_INITCODE_SIZE"
    check_transaction(plain(data=bytes(49153), gas_limit=2_500_000), FORKS[fork_name], 1)


def test_the_gas_cap_of_osaka() -> None:
    check_transaction(plain(gas_limit=2**24), OSAKA, 1)
    assert refused(plain(gas_limit=2**24 + 1)).code == "TX_GAS_LIMIT_TOO_HIGH"
    check_transaction(plain(gas_limit=2**24 + 1), PRAGUE, 1)


GAS = [
    # changes, gas before Prague, gas from Prague on, floor from Prague on
    ({}, 21000, 21000, 21000),
    ({"data": bytes(100)}, 21400, 21400, 22000),
    ({"data": b"\1" * 100}, 22600, 22600, 25000),
    ({"data": bytes(50) + b"\1" * 10}, 21000 + 200 + 160, 21360, 21000 + 500 + 400),
    ({"to": None}, 53000, 53000, 21000),
    ({"to": None, "data": b"\1"}, 53018, 53018, 21040),
    ({"to": None, "data": b"\1" * 32}, 53514, 53514, 22280),
    ({"to": None, "data": b"\1" * 33}, 53532, 53532, 22320),
    ({"access_list": (AccessListEntry(bytes(20), ()),)}, 23400, 23400, 21000),
    ({"access_list": (AccessListEntry(bytes(20), (1, 1, 2)),) * 2}, 21000 + 2 * 8100, 37200, 21000),
]


@pytest.mark.parametrize(("changes", "before", "since", "floor"), GAS)
def test_intrinsic_gas(changes: dict[str, object], before: int, since: int, floor: int) -> None:
    tx = plain(**changes)
    for fork_name in ("shanghai", "cancun"):
        assert intrinsic_gas(tx, INTRINSIC[fork_name]) == before
        assert floor_gas(tx, INTRINSIC[fork_name]) == 0
    for fork_name in ("prague", "osaka"):
        assert intrinsic_gas(tx, INTRINSIC[fork_name]) == since
        assert floor_gas(tx, INTRINSIC[fork_name]) == floor


def test_an_authorization_costs_as_much_as_an_account() -> None:
    tx = plain(4)
    three = plain(4, authorizations=tx.authorizations * 3)
    assert intrinsic_gas(tx, INTRINSIC["prague"]) == 46000
    assert intrinsic_gas(three, INTRINSIC["prague"]) == 96000


@given(transactions(kinds=(1, 2)))
def test_the_gas_limit_covers_intrinsic_gas_and_floor(tx: Transaction) -> None:
    intrinsic, floor = intrinsic_gas(tx, INTRINSIC["osaka"]), floor_gas(tx, INTRINSIC["osaka"])
    needed = max(intrinsic, floor)

    def at(gas: int) -> Transaction:
        return plain(gas_limit=gas, to=tx.to, data=tx.data, access_list=tx.access_list)

    check_transaction(at(needed), OSAKA, 1)
    assert refused(at(intrinsic - 1)).code == "TX_GAS_LIMIT_TOO_LOW"
    if floor > intrinsic:
        assert refused(at(floor - 1)).code == "TX_GAS_LIMIT_BELOW_FLOOR"
        check_transaction(at(floor - 1), CANCUN, 1)


@given(transactions(), st.sampled_from(sorted(FORKS)), st.sampled_from([0, 1, 17000]))
def test_any_transaction_is_taken_or_refused(tx: Transaction, fork_name: str, chain_id: int) -> None:
    with suppress(InvalidError):
        check_transaction(tx, FORKS[fork_name], chain_id)
