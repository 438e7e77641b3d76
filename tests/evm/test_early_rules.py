"""Particulars of Kaustinen-2, 3, 4 and 6 that no known answer reaches, worked out by hand from their rules
(numbers in comments: paragraphs of RULES-KAUSTINEN)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.evm.early_gas import touched_chunks
from stateless.evm.early_warm_gas import misplaced
from stateless.transactions import AccessListEntry
from tests.evm.early_cases import NETWORKS, PUSHED
from tests.evm.early_cases import B as PUSH_B
from tests.evm.early_cases import C as PUSH_C
from tests.evm.early_cases import D as PUSH_D
from tests.evm.early_machine import A, B, C, D, F, N, Network, Owned, S, T, ran, sent, usual
from verkle.errors import InvalidError

WARM = NETWORKS[:3]
ZERO = bytes(32)
# What is paid before code runs: 21,000, and 9,800 more where sender and target are paid for (2.2)
BASE = {"kaustinen2": 30800, "kaustinen3": 21000, "kaustinen4": 21000, "kaustinen6": 21000}
early = pytest.mark.parametrize("name", NETWORKS)
warm = pytest.mark.parametrize("name", WARM)


# --- ranges of code (2.1) -------------------------------------------------------------------------


def counted(start: int, size: int, code_size: int, *, behind_end: bool) -> list[int] | None:
    """The rule, in the client's arithmetic and step by step; ``None``: it does not come to an end."""
    if (code_size == 0 and size == 0) or start > code_size:
        return []
    if behind_end:
        end = code_size if start + size > code_size else (start + size - 1) % 2**64
    else:
        end = min(start + size, code_size)
        end -= end > 0
    if end > 2**63:
        return None
    chunks = []
    chunk = start // 31
    while chunk <= end // 31:
        chunks.append(chunk)
        chunk += 1
    return chunks


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 130), st.booleans())
def test_chunks_of_a_range(start: int, size: int, code_size: int, behind_end: bool) -> None:
    expected = counted(start, size, code_size, behind_end=behind_end)
    if expected is None:
        with pytest.raises(InvalidError) as caught:
            touched_chunks(start, size, code_size, behind_end=behind_end)
        assert caught.value.code == "CODE_RANGE_ENDLESS"
    else:
        assert list(touched_chunks(start, size, code_size, behind_end=behind_end)) == expected


@warm
def test_copying_nothing_from_the_beginning_never_ends(name: str) -> None:
    for code in ("6000600060003900", "600060006000" + PUSH_D + "3c00"):
        with pytest.raises(InvalidError) as caught:
            ran(name, code)
        assert caught.value.code == "CODE_RANGE_ENDLESS"
        assert caught.value.where == {"transaction": 0}


def test_copying_nothing_from_the_beginning_touches_the_first_chunk_later() -> None:
    run = ran("kaustinen6", "600060006000" + PUSH_D + "3c00")
    # A's chunk; D's version, code size and first chunk
    assert run.outcomes == [(True, 21000 + 200 + 12 + 1900 + 3 * 200)]
    assert (D, 0, 128) in run.execution.touched


# --- gas below zero (2.1) -------------------------------------------------------------------------


@early
def test_gas_that_wraps_at_the_top_stops_the_client(name: str) -> None:
    limit = BASE[name] + 100
    with pytest.raises(InvalidError) as caught:
        ran(name, "00", gas_limit=limit)
    assert (caught.value.code, caught.value.got) == ("GAS_WRAPPED", -100)
    # by REVERT likewise; an exceptional halt burns the limit as usual
    with pytest.raises(InvalidError):
        ran(name, "60006000fd", gas_limit=limit)
    assert ran(name, "fe", gas_limit=limit).outcomes == [(False, limit)]


@early
def test_a_wrapped_frame_can_pay_for_anything(name: str) -> None:
    """D begins with 50 gas, which its chunk takes below zero; what it then spends A pays."""
    work = "60016000" + "55" + "5a" + "60015500"  # a slot, and GAS into another one
    accounts = usual(bytes.fromhex(PUSHED + PUSH_D + "6032f100"))
    network = Network(name, {**accounts, D: Owned(1, 5, bytes.fromhex(work))})
    run = network.run(sent(A))
    ((succeeded, _),) = run.outcomes
    assert succeeded
    left = int.from_bytes(run.writes[D, 0, 65], "big")
    assert 2**64 - 30_000 < left < 2**64
    # the same call with gas enough costs as much
    enough = Network(name, {**accounts, A: Owned(1, 1000, bytes.fromhex(PUSHED + PUSH_D + "61fffff100"))})
    enough = replace(enough, accounts={**enough.accounts, D: Owned(1, 5, bytes.fromhex(work))})
    assert enough.run(sent(A)).outcomes == run.outcomes


@early
def test_a_wrapped_frame_that_fails_costs_what_it_was_given(name: str) -> None:
    code = PUSHED + PUSH_D + "6032f100"
    accounts = usual(bytes.fromhex(code))
    run = Network(name, {**accounts, D: Owned(1, 5, b"\xfe")}).run(sent(A))
    stopped = Network(name, {**accounts, D: Owned(1, 5, b"\x00")}).run(sent(A))
    # STOP takes the chunk's 200 (2,100 under Kaustinen-6, where nothing of D was touched), the failure 50
    assert run.outcomes[0][0]
    chunk = 2100 if name == "kaustinen6" else 200
    assert run.outcomes[0][1] == stopped.outcomes[0][1] - chunk + 50


# --- what is not affordable -----------------------------------------------------------------------


@early
def test_a_push_that_cannot_pay_for_its_data(name: str) -> None:
    """Its chunk is touched; Kaustinen-2 does not charge it (2.2), the others are out of gas (2.3)."""
    code = "5b" * 30 + "600100"
    limit = BASE[name] + 200 + 30 + 3 + 100
    run = ran(name, code, gas_limit=limit)
    assert (A, 0, 129) in run.execution.touched
    assert run.outcomes == ([(True, limit - 100)] if name == "kaustinen2" else [(False, limit)])


@warm
def test_a_call_that_cannot_pay_is_recorded(name: str) -> None:
    """2,600 for a cold account, 2,300 for the leaves."""
    pushes = BASE[name] + 2 * 200 + 7 * 3
    short = ran(name, PUSHED + PUSH_B + "61fffff100", gas_limit=pushes + 2600 + 2299)
    assert not short.outcomes[0][0]
    assert (B, 0, 4) in short.execution.touched
    # without the 2,500 for a cold account there is no event (2.2)
    cold = ran(name, PUSHED + PUSH_B + "61fffff100", gas_limit=pushes + 2599)
    assert not cold.outcomes[0][0]
    assert (B, 0, 4) not in cold.execution.touched
    # memory that cannot be paid fails after the events, memory for which there is no gas before them
    for size, touched in (("63ffffffff", True), ("65ffffffffffff", False)):
        code = "6000" * 2 + size + "6000" * 2 + PUSH_B + "5af100"
        run = ran(name, code)
        assert not run.outcomes[0][0]
        assert ((B, 0, 4) in run.execution.touched) == touched


def test_kaustinen_6_records_a_call_without_gas_for_its_memory() -> None:
    for size, touched in (("63ffffffff", True), ("65ffffffffffff", False)):
        code = "6000" * 2 + size + "6000" + "6001" + PUSH_B + "5af100"
        run = ran("kaustinen6", code)
        assert not run.outcomes[0][0]
        assert ((B, 0, 1) in run.execution.touched) == touched


@warm
def test_the_sentry_of_a_store(name: str) -> None:
    before = BASE[name] + 200 + 6
    run = ran(name, "600160005500", gas_limit=before + 2300)
    assert not run.outcomes[0][0]
    assert (A, 0, 64) not in run.execution.touched
    run = ran(name, "600160005500", gas_limit=before + 2301)
    assert not run.outcomes[0][0]
    assert run.execution.touched[A, 0, 64]


def test_a_block_hash_that_cannot_be_paid_reverts() -> None:
    """Slot 99 costs 2,100 (2.5)."""
    before = 21000 + 200 + 3 + 20
    run = ran("kaustinen6", "60634000", gas_limit=before + 2099)
    assert run.outcomes == [(False, before)]
    assert ran("kaustinen6", "60634000", gas_limit=before + 2100).outcomes == [(True, before + 2100)]


@early
def test_a_creation_that_cannot_pay_reverts(name: str) -> None:
    """Three leaves of the new account cost 7,000, two 6,300."""
    constant, leaves, price = (1000, (0, 2), 6300) if name == "kaustinen6" else (32000, (0, 2, 3), 7000)
    before = BASE[name] + 200 + 9 + constant
    run = ran(name, "600060006000f000", gas_limit=before + price - 1)
    assert run.outcomes == [(False, before)]
    assert {place: write for place, write in run.execution.touched.items() if place[0] == N} == dict.fromkeys(
        ((N, 0, leaf) for leaf in leaves), True
    )


@early
def test_a_created_contract_that_cannot_pay_for_its_header(name: str) -> None:
    """Its 1,400 (2,100 and a chunk's 700) come last. What is left comes back to the sender, but for the
    last network."""
    cost = {"kaustinen2": 68579, "kaustinen3": 61679, "kaustinen4": 61679, "kaustinen6": 62179}[name]
    network = Network(name, usual(b""))
    create = bytes.fromhex("60016000f3")
    assert network.run(sent(None, create, gas_limit=cost)).outcomes == [(True, cost)]
    run = network.run(sent(None, create, gas_limit=cost - 1))
    used = cost - 1 if name == "kaustinen6" else cost - 1400
    assert run.outcomes == [(False, used)]
    assert (T, 0, 4) in run.execution.touched
    assert all(place[0] != T for place in run.writes)


@early
def test_code_of_which_no_byte_is_paid(name: str) -> None:
    """200 a byte, without which the header is not touched (2.2); Kaustinen-6 has no such price."""
    network = Network(name, usual(b""))
    create = bytes.fromhex("60ff6000f3")
    ((succeeded, cost),) = network.run(sent(None, create)).outcomes
    assert succeeded
    short = network.run(sent(None, create, gas_limit=cost - 1500))
    assert short.outcomes == [(False, cost - 1500)]
    assert ((T, 0, 4) in short.execution.touched) == (name == "kaustinen6")


# --- transactions ---------------------------------------------------------------------------------


def test_who_cannot_pay_for_the_accounts_is_invalid() -> None:
    """6,900 for the sender and 2,900 for the target, 6,400 with value; 7,000 for a new account (2.2)."""
    network = Network("kaustinen2", usual(b""))
    for tx, price in (
        (sent(B), 30800),
        (sent(B, value=1), 34300),
        (sent(S), 27900),
        (sent(None), 53000 + 6900 + 7000 + 1400),
        (sent(None, value=1), 53000 + 6900 + 7700 + 700),
    ):
        assert network.run(replace(tx, gas_limit=price)).outcomes == [(True, price)]
        least = price if tx.to else 59900 + 7000 + 700 * bool(tx.value)
        with pytest.raises(InvalidError) as caught:
            network.run(replace(tx, gas_limit=least - 1))
        assert caught.value.code == "TX_GAS_LIMIT_TOO_LOW"


@warm
def test_what_an_access_list_names_is_warm(name: str) -> None:
    entry = AccessListEntry(A, (5,))
    tx = replace(sent(A), type=1, chain_id=1, access_list=(entry,))
    network = Network(name, usual(bytes.fromhex("60055400")))
    run = network.run(tx)
    # 2,400 and 1,900 for the list, 200 for the chunk, 100 and the leaf's 200 for the slot
    assert run.outcomes == [(True, BASE[name] + 4300 + 200 + 3 + 100 + 200)]


@early
def test_refunds(name: str) -> None:
    """Clearing a slot gives 4,800 back, a fifth of what was used at most; Kaustinen-6 gives nothing."""
    accounts = {**usual(b""), A: Owned(1, 1000, bytes.fromhex("600060005500"), {0: 7})}
    run = Network(name, accounts).run(sent(A))
    assert run.writes[A, 0, 64] == ZERO
    before = BASE[name] + 200 + 6
    # the header stem is written for the first time, unless the value of a transaction did that
    leaf = 200 + 3000 + 500
    cost = before + leaf + (0 if name == "kaustinen6" else 2100 + 2900)
    assert run.outcomes == [(True, cost if name == "kaustinen6" else cost - min(4800, cost // 5))]


@early
def test_the_fee_recipient(name: str) -> None:
    header = {(F, 0, leaf) for leaf in range(5)}
    network = Network(name, usual(b"\0"))
    paid = network.run(sent(A))
    assert header <= paid.execution.touched.keys()
    assert (header <= paid.execution.logs[0].leaves.keys()) == (name != "kaustinen2")
    for run in (network.run(sent(A, price=7)), network.run()):
        assert (header <= run.execution.touched.keys()) == (name == "kaustinen2")
        assert not [place for place in run.writes if place[0] == F]


# --- calls ----------------------------------------------------------------------------------------


@early
def test_calling_what_is_absent_from_a_deeper_frame(name: str) -> None:
    """A calls D, which calls C: by 2.2 leaves of D are read, by 2.3 those of C, by 2.5 whatever is sent."""
    accounts = usual(bytes.fromhex(PUSHED + PUSH_D + "61fffff100"))
    inner = bytes.fromhex(PUSHED + PUSH_C + "617ffff100")
    run = Network(name, {**accounts, D: Owned(1, 5, inner)}).run(sent(A))
    read_c = {place[2] for place in run.execution.touched if place[0] == C}
    read_d = {place[2] for place in run.execution.touched if place[0] == D}
    if name == "kaustinen2":
        assert (read_c, read_d) == ({0, 4}, {0, 1, 2, 3, 4, 128, 129})
    else:
        assert read_c == {0, 1, 2, 3, 4}
        # the account that calls, and not the one that is called
        assert read_d == {0, 4, 128, 129}


@early
def test_a_callee_without_gas_for_its_absence(name: str) -> None:
    """K2 to K4: it takes what is there and succeeds; Kaustinen-6: the call fails."""
    code = PUSHED + PUSH_C + "6005f1600055" + "00"
    run = ran(name, code)
    assert run.outcomes[0][0]
    assert run.writes.get((A, 0, 64), ZERO)[-1] == (name != "kaustinen6")


@early
def test_code_chunks_are_the_callers(name: str) -> None:
    """D's third chunk runs in A's name, whose code has two (2.1)."""
    far = bytes.fromhex("603e56" + "00" * 59 + "5b00")
    accounts = usual(bytes.fromhex("6000" * 4 + PUSH_D + "61fffff400"))
    run = Network(name, {**accounts, D: Owned(1, 5, far)}).run(sent(A))
    assert run.outcomes[0][0]
    assert (A, 0, 130) in run.execution.touched
    assert (D, 0, 130) not in run.execution.touched


@pytest.mark.parametrize(
    ("word", "address"),
    [
        (0, bytes(20)),
        (1, b"\1" + bytes(19)),
        (int.from_bytes(b"\xbb" * 19, "big"), b"\xbb" * 19 + b"\0"),
        (int.from_bytes(b"\xbb" * 20, "big"), b"\xbb" * 20),
        (int.from_bytes(b"\x01" + b"\xbb" * 20, "big"), b"\x01" + b"\xbb" * 19),
        (2**256 - 1, b"\xff" * 20),
    ],
)
def test_extcodesize_touches_another_account(word: int, address: bytes) -> None:
    assert misplaced(word) == address
    run = ran("kaustinen4", f"7f{word:064x}3b00")
    assert (address, 0, 4) in run.execution.touched
