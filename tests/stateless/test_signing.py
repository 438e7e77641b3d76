"""Signatures made here: libsecp256k1's to the bit, and the sender that they recover to."""

from __future__ import annotations

import coincurve
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.secp256k1 import HALF_ORDER, ORDER
from stateless.signatures import sender
from stateless.signing import account_of, sign, sign_transaction
from tests.stateless.transaction_samples import KEY, plain

keys = st.integers(1, ORDER - 1)


@given(keys, st.binary(min_size=32, max_size=32))
def test_as_libsecp256k1(key: int, message: bytes) -> None:
    """Both follow RFC 6979 and take the low s; hashes above the order included."""
    made = coincurve.PrivateKey(key.to_bytes(32, "big")).sign_recoverable(message, hasher=None)
    expected = (made[64], int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big"))
    assert sign(message, key) == expected
    assert expected[2] <= HALF_ORDER


@pytest.mark.parametrize("message", [b"\xff" * 32, bytes(32), ORDER.to_bytes(32, "big")])
def test_messages_at_the_edge(message: bytes) -> None:
    made = coincurve.PrivateKey(KEY.to_bytes(32, "big")).sign_recoverable(message, hasher=None)
    assert sign(message, KEY)[1] == int.from_bytes(made[:32], "big")


def test_the_example_of_eip_155() -> None:
    tx = plain(
        0, nonce=9, max_fee=20 * 10**9, max_priority_fee=20 * 10**9, gas_limit=21000,
        to=b"\x35" * 20, value=10**18, data=b"", v=0, r=0, s=0,
    )  # fmt: skip
    signed = sign_transaction(tx, KEY)
    assert (signed.v, signed.r, signed.s) == (
        37,
        0x28EF61340BD939BC2195FE537567866003E1A15D3C71FF63E1590620AA636276,
        0x67CBE9D8997F761AECB703304B3800CCF555C9F3DC64214B297FB1966A3B6D83,
    )


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4])
@given(keys)
def test_the_sender_is_the_key_s_account(kind: int, key: int) -> None:
    for tx in (plain(kind), plain(kind, chain_id=None if kind == 0 else 7)):
        assert sender(sign_transaction(tx, key)) == account_of(key)


@pytest.mark.parametrize("key", [0, ORDER, -1, 2**256])
def test_no_key(key: int) -> None:
    with pytest.raises(ValueError, match="private key"):
        account_of(key)
    with pytest.raises(ValueError, match="private key"):
        sign(bytes(32), key)
