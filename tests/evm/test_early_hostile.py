"""What somebody who makes a block of Kaustinen-2, 3, 4 or 6 could hope to have overlooked: code of which the
witness shows a part, gas that has wrapped around and is burnt again, and looks that cost next to nothing."""

from __future__ import annotations

import pytest

from stateless import blockrun
from tests.evm.early_cases import NETWORKS, PUSHED
from tests.evm.early_cases import D as PUSH_D
from tests.evm.early_machine import A, D, Network, Owned, sent, usual
from verkle.errors import IncompleteError, UnsupportedError

early = pytest.mark.parametrize("name", NETWORKS)

# a loop of two rounds, then on into the next chunk, which stores 7 in slot 0
COUNTED = bytes.fromhex("60025b6001900380600257" + "3050" * 10) + bytes.fromhex("600760005500")


@early
def test_a_chunk_that_another_account_paid_for_is_not_known(name: str) -> None:
    """Chunks are paid for by the account whose storage is used. That chunk 1 of A is paid says nothing of
    chunk 1 of D, which D's loop runs into: the witness shows the chunks before and behind it."""
    copied = "".join(f"600160{at:02x}6000{PUSH_D}3c" for at in (0, 62))
    code = bytes.fromhex(copied + "6000" * 4 + PUSH_D + "61fffff400")
    network = Network(name, {**usual(code), D: Owned(1, 5, COUNTED.ljust(93, b"\0"))})
    run = network.run(sent(A))
    assert run.writes[A, 0, 64][-1] == 7
    witness = network.witness(run)
    shown = [network.keys.key((D, 0, 128 + chunk)) in witness for chunk in range(3)]
    assert shown == [True, False, True]
    for leaf in (0, 1, 2, 3, 4):  # whatever of the header the network does not touch
        key = network.keys.key((D, 0, leaf))
        witness[key] = network.leaves[key]
    with pytest.raises(IncompleteError) as caught:
        network.run(sent(A), shown=witness)
    assert caught.value.code == "CODE_CHUNK_MISSING"
    assert caught.value.where["chunk"] == 1


BURN = PUSHED + PUSH_D + "5af150"


@early
def test_gas_that_wraps_at_the_top_and_is_burnt_again(name: str) -> None:
    """The second chunk takes the gas below zero, which is nearly 2^64; eight calls of D, which fails, burn
    all but 1/64 each. What is left is less than the transaction began with, so the client is content."""
    start = 31 + len(bytes.fromhex(BURN)) * 8
    spend = f"5b5a6127101061{start:04x}57"
    code = bytes.fromhex("5b" * 31 + BURN * 8 + spend + "00")
    network = Network(name, {**usual(code), D: Owned(1, 5, b"\xfe")})
    # sender and target; first chunk; 31 JUMPDEST; 100 of the 200 for the second
    limit = (30_800 if name == "kaustinen2" else 21_000) + 200 + 31 + 100
    ((succeeded, used),) = network.run(sent(A, gas_limit=limit)).outcomes
    assert succeeded
    assert limit - 10_000 <= used <= limit - 9_900


@early
def test_wrapped_gas_is_not_what_bounds_the_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blockrun, "block_bound", lambda _: 200_000)
    # the second chunk wraps as above, then a loop
    code = bytes.fromhex("5b" * 31 + "5b601f56")
    limit = (30_800 if name == "kaustinen2" else 21_000) + 200 + 31 + 100
    with pytest.raises(UnsupportedError) as caught:
        Network(name, usual(code)).run(sent(A, gas_limit=limit))
    assert caught.value.code == "STEP_BOUND"
