"""What the state of Kaustinen-2, 3, 4 and 6 was before a block and after it: earlier hashes, deletion, and
looks that nothing proves. Worked out by hand from their rules (numbers: paragraphs of RULES-KAUSTINEN)."""

from __future__ import annotations

import pytest

from tests.evm.early_cases import NETWORKS, PUSHED
from tests.evm.early_cases import B as PUSH_B
from tests.evm.early_cases import C as PUSH_C
from tests.evm.early_cases import D as PUSH_D
from tests.evm.early_machine import PARENT, A, B, C, F, H, Network, Owned, ran, sent, stem, usual
from verkle.constants import EMPTY_CODE_HASH
from verkle.errors import IncompleteError
from witness.header import Withdrawal

WARM = NETWORKS[:3]
ZERO = bytes(32)
early = pytest.mark.parametrize("name", NETWORKS)
warm = pytest.mark.parametrize("name", WARM)


# --- earlier blocks -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["kaustinen2", "kaustinen3"])
def test_block_hashes_of_headers(name: str) -> None:
    for n, found in ((299, 299), (44, 44), (43, 0), (300, 0), (2**64, 0)):
        run = ran(name, f"68{n:018x}4060005500", number=300)
        assert run.writes.get((A, 0, 64), ZERO) == found.to_bytes(32, "big")
        # Kaustinen-3 touches the place of block 300 - 256 by its number, as a leaf
        assert ((H, 0, 44) in run.execution.touched) == (name == "kaustinen3" and n < 2**64)
    assert (H, 0, 0) not in ran(name, "60634000", number=256).execution.touched


def test_block_hashes_of_kaustinen_4() -> None:
    """From storage, without a window; what is touched is not where that lies."""
    network = Network("kaustinen4", {**usual(bytes.fromhex("61012c4060005500")), H: Owned(storage={300: 9})})
    run = network.run(sent(A))
    assert run.writes[A, 0, 64][-1] == 9
    assert (H, 1, 44) in run.execution.touched
    # the witness does not hold the slot: by rule it is zero
    again = network.run(sent(A), shown=network.witness(run))
    assert (A, 0, 64) not in again.writes
    assert (0, "BLOCKHASH") in again.assumed
    # the parent's hash was just written
    own = ran("kaustinen4", "60634060005500")
    assert own.writes[A, 0, 64] == PARENT


def test_block_hashes_of_kaustinen_6() -> None:
    """From the ring, within the window."""
    for n, found in ((8999, True), (8744, True), (8743, False), (9000, False)):
        accounts = {
            **usual(bytes.fromhex(f"61{n:04x}4060005500")),
            H: Owned(storage={8744 % 8192: 5, 551: 5}),
        }
        run = Network("kaustinen6", accounts).run(sent(A), number=9000)
        assert ((A, 0, 64) in run.writes) == found


@pytest.mark.parametrize("name", ["kaustinen4", "kaustinen6"])
def test_the_history_account_is_made_once(name: str) -> None:
    network = Network(name, usual(b"\0"))
    run = network.run()
    assert run.writes[network.place("H.slot99")] == PARENT
    assert stem(run, H) == {0: ZERO, 1: ZERO, 2: ZERO, 3: EMPTY_CODE_HASH}
    # the witness shows the slot alone, and so the verifier writes the slot alone
    alone = network.run(shown=network.witness(run))
    assert {place for place in alone.writes if place[0] == H} == {network.place("H.slot99")}
    there = Network(name, {**usual(b"\0"), H: Owned()}).run()
    assert stem(there, H) == {}


def test_the_history_account_of_kaustinen_3_is_lost_with_its_block() -> None:
    network = Network("kaustinen3", usual(b"\0"))
    for transactions in ((), (sent(A),)):
        run = network.run(*transactions, number=15)
        assert stem(run, H) == dict.fromkeys(range(256), ZERO)
        # a slot beyond the header stem is not changed at all
        far = network.run(*transactions)
        assert {place for place in far.writes if place[0] == H} == {(H, 0, leaf) for leaf in range(256)}
        # the witness shows the slot: null becomes zero
        shown = network.witness(run)
        assert stem(network.run(*transactions, number=15, shown=shown), H) == {78: ZERO}
        # and zero stays zero
        filled = dict.fromkeys((network.keys.key((H, 0, leaf)) for leaf in range(256)), ZERO)
        network.leaves.update(filled)
        again = network.run(*transactions, number=15)
        assert stem(again, H) == {}
        assert stem(network.run(*transactions, number=15, shown=network.witness(again)), H) == {}
        for key in filled:
            del network.leaves[key]


def test_the_history_account_of_kaustinen_3_is_there_for_one_transaction() -> None:
    code = bytes.fromhex(PUSHED + "73" + H.hex() + "61fffff100")
    run = Network("kaustinen3", usual(code)).run(sent(A), sent(A, nonce=1))
    first, second = (log.leaves for log in run.execution.logs)
    assert (H, 0, 3) not in first
    assert (H, 0, 3) in second


# --- deletion (2.1) -------------------------------------------------------------------------------


@early
def test_a_contract_that_destroys_itself(name: str) -> None:
    """Only Kaustinen-2 takes an old contract away, and then its stem becomes zeros."""
    accounts = {**usual(b""), A: Owned(1, 1000, bytes.fromhex(PUSH_B + "ff"), {0: 1, 99: 2})}
    run = Network(name, accounts).run(sent(A))
    assert run.writes[B, 0, 1] == (1005).to_bytes(32, "little")
    if name == "kaustinen2":
        # all 256 leaves; the version was zero before
        assert stem(run, A) == dict.fromkeys(range(1, 256), ZERO)
    else:
        assert stem(run, A) == {1: ZERO}
    assert not [place for place in run.writes if place[0] == A and place[1]]


@early
def test_stirring_up_an_absent_account_deletes_it(name: str) -> None:
    """STATICCALL adds nothing to its balance, a CALL of a precompile makes it, a fee of nothing is added."""
    fills = name != "kaustinen6"
    stirred = ran(name, "6000" * 4 + PUSH_C + "61fffffa00")
    assert stem(stirred, C) == (dict.fromkeys(range(256), ZERO) if fills else {})
    precompile = ran(name, PUSHED + "600461fffff100")
    assert bool(stem(precompile, (4).to_bytes(20, "big"))) == fills
    accounts = usual(b"\0")
    del accounts[F]
    unpaid = Network(name, accounts).run(sent(A, price=7))
    assert bool(stem(unpaid, F)) == fills
    # a plain call of nothing makes nothing
    assert stem(ran(name, PUSHED + PUSH_C + "61fffff100"), C) == {}
    # and what is undone leaves nothing
    undone = ran(name, "6000" * 4 + PUSH_C + "61fffffa" + "60006000fd")
    assert stem(undone, C) == {}


@early
def test_withdrawals(name: str) -> None:
    network = Network(name, usual(b"\0"))
    run = network.run(withdrawals=(Withdrawal(0, 0, B, 1), Withdrawal(1, 0, C, 0)))
    header = {(address, 0, leaf): True for address in (B, C) for leaf in range(5)}
    assert header.items() <= run.execution.touched.items()
    assert run.writes[B, 0, 1] == (5 + 10**9).to_bytes(32, "little")
    assert bool(stem(run, C)) == (name != "kaustinen6")


@warm
def test_a_deleted_account_is_absent(name: str) -> None:
    network = Network(name, usual(bytes.fromhex(PUSHED + PUSH_C + "61fffff100")))
    absent = network.run(sent(A))
    for leaf in range(256):
        network.leaves[network.keys.key((C, 0, leaf))] = ZERO
    deleted = network.run(sent(A))
    assert deleted.outcomes == absent.outcomes
    assert deleted.execution.touched == absent.execution.touched
    shown = network.witness(deleted)
    if name == "kaustinen2":
        # its code hash is not touched, and so it may have been made anew
        with pytest.raises(IncompleteError) as caught:
            network.run(sent(A), shown=shown)
        assert caught.value.where["field"] == "code_hash"
    else:
        assert network.run(sent(A), shown=shown).outcomes == absent.outcomes
    made = network.run(sent(C, value=3))
    assert stem(made, C) == {1: (3).to_bytes(32, "little"), 3: EMPTY_CODE_HASH}


# --- looks that nothing proves (2.7) --------------------------------------------------------------


@warm
@pytest.mark.parametrize(("opcode", "of_b"), [("31", 5), ("3f", int.from_bytes(EMPTY_CODE_HASH, "big"))])
def test_looks_are_answered_by_rule(name: str, opcode: str, of_b: int) -> None:
    network = Network(name, usual(bytes.fromhex(PUSH_B + opcode + "60005500")))
    run = network.run(sent(A))
    assert int.from_bytes(run.writes[A, 0, 64], "big") == of_b
    again = network.run(sent(A), shown=network.witness(run))
    assert (A, 0, 64) not in again.writes
    (look,) = [each for each in again.view.assumptions if each.opcode]
    assert (look.code, look.transaction) == ("ACCOUNT_BY_RULE", 0)
    assert B.hex() in look.what
    assert look.key is not None
    # what was assumed for one look is not taken for the account by anybody else
    code = bytes.fromhex(PUSH_B + opcode + PUSH_B + "ff")
    network = Network(name, usual(code))
    with pytest.raises(IncompleteError) as caught:
        network.run(sent(A), shown=network.witness(network.run(sent(A))))
    assert caught.value.where["opcode"] == "SELFDESTRUCT"


@warm
def test_a_code_size_that_is_shown_is_no_assumption(name: str) -> None:
    """Size, then code: of D by its leaf and its chunk, though nothing else of it is touched."""
    network = Network(name, usual(bytes.fromhex(PUSH_D + "803b600055600360006000833c60005160015500")))
    run = network.run(sent(A))
    again = network.run(sent(A), shown=network.witness(run))
    assert run.writes[A, 0, 64][-1] == 3
    assert run.writes[A, 0, 65][:3].hex() == "5b5b00"
    assert again.outcomes == run.outcomes
    assert [pair for pair in again.assumed if pair[1]] == []


def test_a_precompile_is_looked_at_without_a_touch() -> None:
    network = Network("kaustinen6", usual(bytes.fromhex("60043b60043f00")))
    run = network.run(sent(A))
    assert run.outcomes == [(True, 21000 + 200 + 6)]
    again = network.run(sent(A), shown=network.witness(run))
    assert [opcode for _, opcode in again.assumed if opcode] == ["EXTCODESIZE", "EXTCODEHASH"]


@early
def test_a_failed_creation_says_what_it_took_for_absent(name: str) -> None:
    network = Network(name, usual(b""))
    tx = sent(None, b"\xfe")
    run = network.run(tx)
    assert not run.outcomes[0][0]
    again = network.run(tx, shown=network.witness(run))
    assert again.outcomes == run.outcomes
    kinds = [each.what.split(" of ")[0] for each in again.view.assumptions if each.opcode == "CREATE"]
    # by 2.6 its leaves 0 and 2, and before Kaustinen-6 leaf 3, are touched
    assert kinds == (["the balance", "the code hash"] if name == "kaustinen6" else ["the balance"])
