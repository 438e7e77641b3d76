"""Verification over P-256: signatures made here and everything that is none, with the library and without."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from stateless.precompiles import p256_plain
from stateless.precompiles import p256verify as module
from stateless.precompiles.p256verify import N, P, p256verify

VERIFICATION = module._verification
YES = (1).to_bytes(32, "big")
PRICE = 6900


@pytest.fixture(scope="module", autouse=True, params=["library", "plain"])
def backend(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything here twice."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            patch.setattr(module, "_verification", lambda: p256_plain.verify)
        yield


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def sample(message_hash: bytes, secret: int) -> tuple[int, int, int, int]:
    """r, s and the public key of a signature."""
    key = ec.derive_private_key(secret, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(message_hash, ec.ECDSA(Prehashed(SHA256()))))
    numbers = key.public_key().public_numbers()
    return r, s, numbers.x, numbers.y


def verdict(data: bytes) -> bytes:
    used, output = p256verify(data, PRICE)
    assert used == PRICE
    return output


# A hash of 0 is signed by a key and by its negative.
@given(st.binary(min_size=32, max_size=32).filter(any), st.integers(1, N - 1))
def test_what_was_signed_holds_and_nothing_else(message: bytes, secret: int) -> None:
    r, s, x, y = sample(message, secret)
    assert verdict(message + b"".join(map(word, (r, s, x, y)))) == YES
    # malleable by design: −s is as good as s
    assert verdict(message + b"".join(map(word, (r, N - s, x, y)))) == YES
    other = bytes([message[0] ^ 1]) + message[1:]
    assert verdict(other + b"".join(map(word, (r, s, x, y)))) == b""
    assert verdict(message + b"".join(map(word, (s, r, x, y)))) == b""
    assert verdict(message + b"".join(map(word, (r, s, x, P - y)))) == b""


HASH = b"\x5a" * 32
R, S, X, Y = sample(HASH, 0x1234)
GOOD = HASH + b"".join(map(word, (R, S, X, Y)))


@pytest.mark.parametrize("length", [0, 1, 159, 161, 320])
def test_length(length: int) -> None:
    assert verdict((GOOD * 2)[:length]) == b""


@pytest.mark.parametrize(
    "numbers",
    [
        (0, S, X, Y),
        (R, 0, X, Y),
        (N, S, X, Y),
        (R, N, X, Y),
        (R + N if R + N < 2**256 else 2**256 - 1, S, X, Y),
        (R, 2**256 - 1, X, Y),
        (R, S, 0, 0),
        (R, S, P, Y),
        (R, S, X, P),
        (R, S, X, Y ^ 1),
        (R, S, Y, X),
        (R, S, 0, Y),
        (R, S, 2**256 - 1, 2**256 - 1),
    ],
)
def test_numbers_out_of_range_and_points_off_the_curve(numbers: tuple[int, int, int, int]) -> None:
    assert verdict(HASH + b"".join(map(word, numbers))) == b""


@pytest.mark.parametrize("place", range(0, 160, 9))
def test_any_changed_byte_breaks_it(place: int) -> None:
    changed = bytearray(GOOD)
    changed[place] ^= 1
    assert verdict(bytes(changed)) == b""


def test_a_hash_above_the_order_is_reduced() -> None:
    message = word(N + 5)
    r, s, x, y = sample(word(5), 77)
    assert verdict(message + b"".join(map(word, (r, s, x, y)))) == YES


def test_x_of_the_point_is_taken_modulo_the_order() -> None:
    """r may stand for a point whose x is r + n, which is below p for the smallest r alone."""
    room = P - N
    x = next(x for x in range(N, N + 2**16) if is_x(x))
    r = x - N
    assert 0 < r < room
    y = pow(x**3 - 3 * x + B, (P + 1) // 4, P)
    # With s = r and hash 0 the equation is R = Q: the public key is the point itself.
    assert verdict(bytes(32) + b"".join(map(word, (r, r, x, y)))) == YES
    assert verdict(bytes(32) + b"".join(map(word, (r + 1, r + 1, x, y)))) == b""


B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def is_x(x: int) -> bool:
    square = (x**3 - 3 * x + B) % P
    return x > N and pow(square, (P - 1) // 2, P) == 1


@given(st.lists(st.integers(0, N - 1), max_size=4))
def test_the_group_in_plain_integers(scalars: list[int]) -> None:
    """Sums of multiples, the exceptional cases among them, are the library's."""
    total, point = 0, p256_plain._INFINITY
    for scalar in [*scalars, total, 1, 1]:
        other = multiple(scalar)
        point, total = p256_plain._add(point, other), (total + scalar) % N
        assert affine(point) == affine(multiple(total))
    assert affine(p256_plain._add(point, multiple(N - total))) is None


def multiple(scalar: int) -> tuple[int, int, int]:
    """By the library, which has no 0."""
    if scalar % N == 0:
        return p256_plain._INFINITY
    numbers = ec.derive_private_key(scalar % N, ec.SECP256R1()).public_key().public_numbers()
    return numbers.x, numbers.y, 1


def affine(point: tuple[int, int, int]) -> tuple[int, int] | None:
    x, y, z = point
    return None if z % P == 0 else (x * pow(z, -2, P) % P, y * pow(z, -3, P) % P)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert VERIFICATION.__wrapped__() is p256_plain.verify
