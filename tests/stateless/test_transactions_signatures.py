"""Who signed: senders and authorities, by libsecp256k1 and by plain integers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stateless import secp256k1
from stateless.curve import add, linear_combination
from stateless.secp256k1 import CURVE, GENERATOR, HALF_ORDER, ORDER, recover, recover_plain
from stateless.signatures import authority, recover_senders, sender
from stateless.transactions import Authorization, Transaction, authorization_hash
from tests.stateless.transaction_samples import KEY, address, plain, sign, signed
from verkle.errors import InvalidError

keys = st.integers(1, ORDER - 1)
scalars = st.integers(0, 2**256 - 1)
hashes = st.binary(min_size=32, max_size=32)
edges = st.sampled_from([0, 1, 2, HALF_ORDER, HALF_ORDER + 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where coincurve has no wheel."""
    monkeypatch.setitem(sys.modules, "coincurve", None)
    secp256k1._recovery.cache_clear()
    yield
    secp256k1._recovery.cache_clear()


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("key", [1, 2, KEY, ORDER - 1])
def test_the_sender_is_who_signed(kind: int, key: int) -> None:
    assert sender(signed(plain(kind), key)) == address(key)


def test_a_transaction_without_a_chain_id_has_a_sender_too() -> None:
    assert sender(signed(plain(0, chain_id=None, v=27))) == address()
    assert sender(signed(plain(0, chain_id=2**200, v=0))) == address()


def test_senders_come_in_order() -> None:
    batch = [signed(plain(nonce=i), key=i + 1) for i in range(5)]
    assert recover_senders(batch) == [address(i + 1) for i in range(5)]
    assert recover_senders([]) == []


def test_a_bad_signature_is_named_by_its_place() -> None:
    good = signed(plain())
    with pytest.raises(InvalidError) as caught:
        recover_senders([good, good, replace(good, r=0)])
    assert caught.value.where == {"transaction": 2}


GOOD = signed(plain())
OLD = signed(plain(0))


@pytest.mark.parametrize(
    ("tx", "code"),
    [
        (replace(GOOD, v=2), "TX_SIGNATURE_PARITY"),
        (replace(GOOD, v=27), "TX_SIGNATURE_PARITY"),
        (replace(GOOD, v=2**256 - 1), "TX_SIGNATURE_PARITY"),
        (replace(OLD, v=0, chain_id=None), "TX_SIGNATURE_PARITY"),
        (replace(OLD, v=26, chain_id=None), "TX_SIGNATURE_PARITY"),
        (replace(OLD, v=29, chain_id=None), "TX_SIGNATURE_PARITY"),
        (replace(OLD, v=34, chain_id=None), "TX_SIGNATURE_PARITY"),
        (replace(GOOD, r=0), "TX_SIGNATURE_RANGE"),
        (replace(GOOD, s=0), "TX_SIGNATURE_RANGE"),
        (replace(GOOD, r=ORDER), "TX_SIGNATURE_RANGE"),
        (replace(GOOD, s=ORDER), "TX_SIGNATURE_RANGE"),
        (replace(GOOD, r=2**256 - 1, s=2**256 - 1), "TX_SIGNATURE_RANGE"),
        (replace(GOOD, s=ORDER - GOOD.s, v=1 - GOOD.v), "TX_SIGNATURE_HIGH_S"),
        (replace(GOOD, s=HALF_ORDER + 1), "TX_SIGNATURE_HIGH_S"),
        # no point of the curve has x = 5
        (replace(GOOD, r=5), "TX_SIGNATURE_UNRECOVERABLE"),
    ],
)
def test_signatures_that_do_not_count(tx: Transaction, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        sender(tx)
    assert caught.value.code == code


def test_half_the_order_is_still_low() -> None:
    assert len(sender(replace(GOOD, s=HALF_ORDER))) == 20


@given(keys, hashes, st.integers(1, ORDER - 1))
def test_both_ways_give_the_key_that_signed(key: int, message: bytes, k: int) -> None:
    parity, r, s = sign(message, key, k)
    assume(r and s)
    point = linear_combination(CURVE, [(key, GENERATOR)])
    assert point is not None
    expected = b"".join(part.to_bytes(32, "big") for part in point)
    assert recover(message, r, s, parity) == recover_plain(message, r, s, parity) == expected
    assert recover(message, r, ORDER - s, parity ^ 1) == expected


@given(hashes, scalars | edges, scalars | edges, st.integers(0, 1))
def test_both_ways_agree_on_anything(message: bytes, r: int, s: int, parity: int) -> None:
    expected = recover_plain(message, r, s, parity) if 0 < r < ORDER and 0 < s < ORDER else None
    assert recover(message, r, s, parity) == expected


@pytest.mark.parametrize("k", [1, 2, 7, ORDER - 7])
def test_a_key_at_infinity_is_none(k: int) -> None:
    """The key is (s·R − z·G) / r, so infinity where R = k·G and z = s·k."""
    point = linear_combination(CURVE, [(k, GENERATOR)])
    assert point is not None
    r, parity, s = point[0], point[1] & 1, 5
    message = (s * k % ORDER).to_bytes(32, "big")
    assert recover(message, r, s, parity) is recover_plain(message, r, s, parity) is None
    other = recover(message, r, s, 1 - parity)
    assert other == recover_plain(message, r, s, 1 - parity)
    assert other is not None


@pytest.mark.usefixtures("without_library")
def test_without_the_library_nothing_changes() -> None:
    assert secp256k1.backend() == "plain integers"
    assert sender(GOOD) == address()
    assert recover(bytes(32), 5, 1, 0) is None


def test_the_library_is_used_where_it_is() -> None:
    assert secp256k1.backend() == "coincurve"


def authorized(**changes: int) -> Authorization:
    unsigned = Authorization(1, bytes(20), 3, 0, 0, 0)
    parity, r, s = sign(authorization_hash(unsigned))
    return unsigned._replace(y_parity=parity, r=r, s=s)._replace(**changes)  # type: ignore[arg-type]


def test_the_authority_is_who_signed() -> None:
    assert authority(authorized()) == address()


@pytest.mark.parametrize(
    "changes",
    [
        {"y_parity": 2},
        {"y_parity": 27},
        {"y_parity": 255},
        {"r": 0},
        {"s": 0},
        {"r": ORDER},
        {"s": ORDER},
        {"s": HALF_ORDER + 1},
        {"r": 5},
        {"r": 2**256 - 1},
    ],
)
def test_a_bad_authorization_has_no_authority_and_is_no_error(changes: dict[str, int]) -> None:
    assert authority(authorized(**changes)) is None


def test_a_changed_authorization_is_somebody_elses() -> None:
    for changes in ({"chain_id": 0}, {"nonce": 4}, {"y_parity": 1 - authorized().y_parity}):
        assert authority(authorized(**changes)) not in {None, address()}


@given(scalars, scalars, keys)
def test_multiples_add_up(a: int, b: int, k: int) -> None:
    point = linear_combination(CURVE, [(k, GENERATOR)])
    assert point is not None
    left, right = linear_combination(CURVE, [(a, point)]), linear_combination(CURVE, [(b, point)])
    assert add(CURVE, left, right) == linear_combination(CURVE, [(a + b, point)])
    assert linear_combination(CURVE, [(a, point), (b, GENERATOR)]) == linear_combination(
        CURVE, [(a * k + b, GENERATOR)]
    )
