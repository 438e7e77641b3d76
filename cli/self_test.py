"""One known answer for each part that wheels provide: does this installation compute what others compute?

Sources: go-ipa ``multiproof_test.go``, rust-verkle ``ipa-multipoint`` (transcript label ``test``; SPEC 3.4);
Keccak-256 of nothing, as in every account without code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

# D, L1 … L8, R1 … R8, a: 18 words of 32 bytes, over two commitments to 1 … 32 and 32 … 1, eight times each.
MULTIPROOF: Final = bytes.fromhex(
    "4f53588244efaf07a370ee3f9c467f933eed360d4fbf7a19dfc8bc49b67df471"
    "1bf1d0a720717cd6a8c75f1a668cb7cbdd63b48c676b89a7aee4298e71bd7f40"
    "13d7657146aa9736817da47051ed6a45fc7b5a61d00eb23e5df82a7f285cc10e"
    "67d444e91618465ca68d8ae4f2c916d1942201b7e2aae491ef0f809867d00e83"
    "468fb7f9af9b42ede76c1e90d89dd789ff22eb09e8b1d062d8a58b6f88b3cbe8"
    "0136fc68331178cd45a1df9496ded092d976911b5244b85bc3de41e844ec1942"
    "56b39aeee4ea55538a36139211e9910ad6b7a74e75d45b869d0a67aa4bf60093"
    "0a5f760dfb8e4df9938d1f47b743d71c78ba8585e3b80aba26d24b1f50b36fa1"
    "458e79d54c05f58049245392bc3e2b5c5f9a1b99d43ed112ca82b201fb143d40"
    "1741713188e47f1d6682b0bf496a5d4182836121efff0fd3b030fc6bfb5e21d6"
    "314a200963fe75cb856d444a813426b2084dfdc49dca2e649cb9da8bcb47859a"
    "4c629e97898e3547c591e39764110a224150d579c33fb74fa5eb96427036899c"
    "04154feab5344873d36a53a5baefd78c132be419f3f3a8dd8f60f72eb78dd5f4"
    "3c53226f5ceb68947da3e19a750d760fb31fa8d4c7f53bfef11c4b89158aa56b"
    "1f4395430e16a3128f88e234ce1df7ef865f2d2c4975e8c82225f578310c31fd"
    "41d265fd530cbfa2b8895b228a510b806c31dff3b1fa5c08bffad443d567ed0e"
    "628febdd22775776e0cc9cebcaea9c6df9279a5d91dd0ee5e7a0434e989a1600"
    "05321c97026cb559f71db23360105460d959bcdf74bee22c4ad8805a1d497507"
)
_UP: Final = (*range(1, 33),) * 8
_DOWN: Final = (*range(32, 0, -1),) * 8
KECCAK_OF_NOTHING: Final = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@dataclass(frozen=True, slots=True)
class TestResult:
    """One known answer. ``ms``: how long it took, without imports and tables."""

    name: str
    passed: bool
    ms: float
    error: str | None = None


def run_all() -> list[TestResult]:
    """Every known answer; never raises."""
    return [
        _run("keccak-256 of nothing", _keccak),
        _run("multiproof of go-ipa accepted", _accepts),
        _run("the same with one value changed refused", _refuses),
    ]


def _run(name: str, test: Callable[[], Callable[[], bool]]) -> TestResult:
    start = perf_counter()
    try:
        measured = test()
        start = perf_counter()
        passed = measured()
    except Exception as error:  # noqa: BLE001 (a broken wheel can raise anything, and that is the answer)
        return TestResult(name, False, 1000 * (perf_counter() - start), f"{type(error).__name__}: {error}")
    return TestResult(name, passed, 1000 * (perf_counter() - start))


def _keccak() -> Callable[[], bool]:
    from witness.keccak import keccak256

    return lambda: keccak256(b"").hex() == KECCAK_OF_NOTHING


def _accepts() -> Callable[[], bool]:
    return _multiproof(32)


def _refuses() -> Callable[[], bool]:
    verify = _multiproof(33)
    return lambda: not verify()


def _multiproof(second_value: int) -> Callable[[], bool]:
    """Verification of the proof that the first vector has 1, the second ``second_value``, at index 0."""
    from verkle.banderwagon import encode_many
    from verkle.multiproof import proof_from_bytes, verify
    from verkle.pedersen import commit

    commitments = [commit(dict(enumerate(vector))) for vector in (_UP, _DOWN)]
    encoded = encode_many(commitments)
    openings = [(0, 0, 1), (1, 0, second_value)]
    verify(b"test", commitments, encoded, openings, proof_from_bytes(MULTIPROOF))  # tables are built once
    return lambda: verify(b"test", commitments, encoded, openings, proof_from_bytes(MULTIPROOF))
