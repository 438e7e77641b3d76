"""What somebody who makes a Verkle block could hope to have overlooked: code of which the witness shows a
part, gas that wrapped around and is burnt again, looks that cost next to nothing, states that are none."""

from __future__ import annotations

import pytest

from stateless import blockrun, early_view
from tests.evm.early_cases import NETWORKS, PUSHED
from tests.evm.early_cases import D as PUSH_D
from tests.evm.early_machine import A, B, C, D, F, H, Network, Owned, S, sent, usual
from verkle.errors import IncompleteError, InvalidError, StatelessError, UnsupportedError
from witness.header import Withdrawal

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


def test_looks_that_nothing_proves_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs 43 gas here, and a Pedersen hash."""
    monkeypatch.setattr(early_view, "MOST_ASSUMED", 50)
    # BLOCKHASH of 256, 512, ...: from the storage, of which the witness shows nothing
    code = bytes.fromhex("60005b61010001804050600256")
    network = Network("kaustinen4", {**usual(code), H: Owned()})
    witness = network.witness(network.run())
    witness |= network.witness(network.run(sent(A, gas_limit=21_300)))
    few = network.run(sent(A, gas_limit=21_000 + 1_000), shown=witness)
    assert 10 < len(few.assumed) < 50
    with pytest.raises(IncompleteError) as caught:
        network.run(sent(A, gas_limit=100_000), shown=witness)
    assert caught.value.code == "LEAF_MISSING"
    assert caught.value.where["opcode"] == "BLOCKHASH"
    assert caught.value.where["slot"] == (256 * 50).to_bytes(32, "big")


# --- errors say who looked ------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "opcode", "field"), [
    ("4700", "SELFBALANCE", "balance"),
    ("600060006000f000", "CREATE", "nonce"),
])  # fmt: skip
def test_a_callee_that_looks_at_itself(code: str, opcode: str, field: str) -> None:
    """Kaustinen-6 touches nothing of a callee's header (2.7)."""
    call = bytes.fromhex(PUSHED + PUSH_D + "61fffff100")
    network = Network("kaustinen6", {**usual(call), D: Owned(1, 5, bytes.fromhex(code))})
    witness = network.witness(network.run(sent(A)))
    for leaf in (0, 4):
        key = network.keys.key((D, 0, leaf))
        witness[key] = network.leaves[key]
    with pytest.raises(IncompleteError) as caught:
        network.run(sent(A), shown=witness)
    assert caught.value.where["opcode"] == opcode
    assert caught.value.where["field"] == field


def test_the_fee_recipient_is_nobodys_opcode() -> None:
    network = Network("kaustinen7", {**usual(bytes.fromhex("600160005500")), H: Owned(1)})
    witness = network.witness(network.run(sent(A)))
    for leaf in (0, 1):
        del witness[network.keys.key((F, 0, leaf))]
    with pytest.raises(IncompleteError) as caught:
        network.run(sent(A), shown=witness)
    assert caught.value.where["account"] == F
    assert "opcode" not in caught.value.where


# --- states that nobody could have come to --------------------------------------------------------


def test_more_ether_than_a_leaf_can_count() -> None:
    network = Network("kaustinen7", {**usual(b"\0"), H: Owned(1), B: Owned(balance=2**128 - 1)})
    run = network.run(withdrawals=[Withdrawal(0, 0, B, 1)])
    with pytest.raises(InvalidError) as caught:
        run.view.writes(run.execution.changes)
    assert caught.value.code == "BALANCE_OVERFLOW"
    assert caught.value.where["account"] == B
    assert caught.value.where["suffix"] == 0


@pytest.mark.parametrize(("at", "code"), [(0, "ACCOUNT_VERSION"), (2, "ACCOUNT_LEAF")])
def test_a_leaf_that_is_none_of_an_account(at: int, code: str) -> None:
    network = Network("kaustinen7", {**usual(b"\0"), H: Owned(1)})
    key = network.keys.key((B, 0, 0))
    leaf = bytearray(network.leaves[key])
    leaf[at] = 1
    network.leaves[key] = bytes(leaf)
    with pytest.raises(StatelessError) as caught:
        network.run(sent(B))
    assert caught.value.code == code
    assert caught.value.where["account"] == B
    assert caught.value.where["stem"] + bytes([caught.value.where["suffix"]]) == key


@pytest.mark.parametrize("name", [*NETWORKS, "kaustinen7"])
def test_code_that_points_elsewhere_is_code(name: str) -> None:
    """No Verkle network knows of EIP-7702: a sender with such code is a contract."""
    pointer = bytes.fromhex("ef0100") + D
    network = Network(name, {**usual(b"\0"), H: Owned(1), S: Owned(0, 10**24, pointer)})
    with pytest.raises(InvalidError) as caught:
        network.run(sent(A))
    assert caught.value.code == "TX_SENDER_CODE"


def test_an_empty_fee_recipient_is_gone_once_it_got_nothing() -> None:
    """Only a genesis holds such an account. The next transaction makes it anew: it writes its code hash,
    too, on the whole state and on the witness alike."""
    code = bytes.fromhex("6000" * 4 + "6001" + "73" + C.hex() + "61fffff100")
    network = Network("kaustinen7", {**usual(code), H: Owned(1), C: Owned()})
    block = sent(B, price=7), sent(A, price=7, nonce=1)
    run = network.run(*block, coinbase=C)
    assert [run.execution.touched.get((C, 0, leaf)) for leaf in (0, 1)] == [True, True]
    again = network.run(*block, coinbase=C, shown=network.witness(run))
    assert (again.outcomes, again.writes, again.assumed) == (run.outcomes, run.writes, [])
    # of one that is not shown nothing is asked
    alone = network.run(block[0], coinbase=C)
    assert (C, 0, 0) not in alone.execution.touched
    assert network.run(block[0], coinbase=C, shown=network.witness(alone)).writes == alone.writes
