"""Whole verdicts on blocks that no client would make: states, headers and limits that are made up."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from stateless.evm.state import State
from stateless.forks import FORKS
from stateless.headers import header_hash, headers_by_hash
from stateless.verdict import Verdict
from stateless.verifier import verify_block
from stateless.view import Account, Reader
from tests.stateless.made_blocks import CONTRACT, made_block, transaction, with_header
from tests.stateless.patricia_samples import Alloc
from witness import rlp
from witness.block import BlockInput
from witness.header import Header, Withdrawal, header_to_rlp, withdrawal_to_rlp

STORE_AND_STOP = "600052602060002000"
PAY = transaction(value=5)


def code_of(verdict: Verdict) -> tuple[str, str | None, str | None]:
    error = verdict.error
    return verdict.verdict, error and error.code, error and error.stage


@pytest.fixture
def _soon() -> Iterator[None]:
    """What runs away is stopped, and fails."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_a_made_block_is_valid() -> None:
    block = made_block([], [PAY], [Withdrawal(0, 0, CONTRACT, 3)])
    assert code_of(verify_block(block)) == ("valid", None, None)


# States that there cannot be.


@pytest.mark.parametrize("how", ["transfer", "withdrawal"])
def test_a_balance_beyond_256_bits(how: str) -> None:
    full = Alloc(CONTRACT, 1, 2**256 - 1, bytes.fromhex("47" + STORE_AND_STOP))
    block = (
        made_block([full], [PAY], run=False)
        if how == "transfer"
        else made_block([full], [], [Withdrawal(0, 0, CONTRACT, 1)], run=False)
    )
    assert code_of(verify_block(block)) == ("invalid", "BALANCE_OVERFLOW", "EXECUTE")


# Headers that say more, or less, than they may.


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("excess", [10**9, 2**40, 2**64 - 1])
def test_a_blob_fee_beyond_256_bits(excess: int) -> None:
    code = Alloc(CONTRACT, 1, 0, bytes.fromhex("4a" + STORE_AND_STOP))
    block = made_block([code], [transaction()], run=False, excess=excess)
    assert code_of(verify_block(block)) == ("invalid", "BLOB_FEE_OVERFLOW", "EXECUTE")


@pytest.mark.usefixtures("_soon")
def test_a_blob_fee_of_the_parent_beyond_256_bits() -> None:
    block = with_header(made_block([], run=False, fork="osaka", excess=2**64 - 1), requests_hash=bytes(32))
    assert code_of(verify_block(block)) == ("invalid", "BLOB_FEE_OVERFLOW", "SHAPE")


@pytest.mark.parametrize(
    "field", ["state_root", "receipts_root", "gas_used", "logs_bloom", "extra_data", "withdrawals_root"]
)
@pytest.mark.parametrize("claimed", [True, False])
def test_what_the_header_does_not_say_is_not_valid(field: str, claimed: bool) -> None:
    """With a field left out nothing binds what running the block gives, whatever hash stands beside."""
    block = made_block([], [PAY])
    assert block.header is not None
    block = replace(
        block,
        header=replace(block.header, **{field: None}),
        withdrawals=None,
        block_hash=block.block_hash if claimed else None,
    )
    assert code_of(verify_block(block)) == ("incomplete", "HEADER_INCOMPLETE", "SHAPE")


def test_withdrawals_that_the_input_leaves_out() -> None:
    block = with_header(made_block([], [PAY]), withdrawals_root=b"\x77" * 32)
    assert code_of(verify_block(replace(block, withdrawals=None))) == (
        "incomplete",
        "NO_WITHDRAWALS",
        "EXECUTE",
    )


def test_the_root_of_no_withdrawals_says_that_there_are_none() -> None:
    assert verify_block(replace(made_block([], [PAY]), withdrawals=None)).verdict == "valid"


def test_a_parents_fields_count_only_as_far_as_its_hash_covers_them() -> None:
    """The last block before a fork, with a field of the fork that its hash leaves out."""
    shanghai = made_block([], fork="shanghai").patricia
    assert shanghai is not None
    (parent,) = shanghai.ancestors
    block = with_header(made_block([], parent=parent), excess_blob_gas=131072)
    assert block.patricia is not None
    block = replace(
        block,
        headers=(replace(parent, excess_blob_gas=4 * 131072),),
        patricia=replace(block.patricia, ancestors=()),
    )
    assert code_of(verify_block(block)) == ("invalid", "HEADER_EXCESS_BLOB_GAS", "SHAPE")


def test_headers_are_kept_as_their_hash_covers_them() -> None:
    header = made_block([]).header
    assert header is not None
    gap = replace(header, blob_gas_used=None)
    ((digest, kept),) = headers_by_hash([gap]).items()
    assert digest == header_hash(gap) == header_hash(kept)
    assert (kept.withdrawals_root, kept.excess_blob_gas) == (header.withdrawals_root, None)
    assert headers_by_hash([Header()]) == {}


@pytest.mark.parametrize(("spare", "code"), [(0, "BLOCK_TOO_LARGE"), (1, None)])
def test_the_size_of_a_block_that_is_not_given_as_rlp(spare: int, code: str | None) -> None:
    """EIP-7934 holds of every block; what is given in parts is put together."""
    limit = FORKS["osaka"].block_bytes_limit
    assert limit is not None
    whole = made_block(
        [], [transaction(data=bytes(limit))], [Withdrawal(0, 0, CONTRACT, 3)], fork="osaka", run=False
    )
    over = len(block_rlp(with_header(whole, requests_hash=bytes(32)))) - limit
    data = bytes(limit - over + 1 - spare)
    block = made_block([], [transaction(data=data)], [Withdrawal(0, 0, CONTRACT, 3)], fork="osaka", run=False)
    block = with_header(block, requests_hash=bytes(32))
    assert len(block_rlp(block)) == limit + 1 - spare
    found = verify_block(block, proof_only=True)
    assert found.error is None if code is None else code_of(found) == ("invalid", code, "SHAPE")


def block_rlp(block: BlockInput) -> bytes:
    """The encoding, by way of the items."""
    assert block.header is not None
    assert block.transactions is not None
    assert block.withdrawals is not None
    header = rlp.decode(header_to_rlp(block.header))
    transactions: list[rlp.Item] = [rlp.decode(raw) if raw[0] >= 0xC0 else raw for raw in block.transactions]
    withdrawals: list[rlp.Item] = [rlp.decode(withdrawal_to_rlp(each)) for each in block.withdrawals]
    return rlp.encode([header, transactions, [], withdrawals])


def test_a_chain_id_that_is_none() -> None:
    unsigned_chain = replace(made_block([]), chain_id=None, rules=None)
    for chain_id in (-1, 2**300):
        found = verify_block(unsigned_chain, chain_config={"chainId": chain_id, "cancunTime": 0})
        assert code_of(found) == ("malformed", "CHAIN_CONFIG", "SHAPE")


# Limits that are no limits.


def _in_one_frame() -> str:
    return "64020000000051"  # MLOAD at 8 GiB


def _in_many_frames() -> str:
    # grow by 64 MiB, call itself
    return "630400000051" + "5f5f5f5f5f305af1"


def _for_ever() -> str:
    # CALLDATACOPY of 1 MiB, over and over
    return "5b621000005f5f375f56"


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (_in_one_frame, "EXECUTION_MEMORY"),
        (_in_many_frames, "STEP_BOUND"),
        (_for_ever, "STEP_BOUND"),
    ],
)
def test_what_a_made_up_gas_limit_pays_for(
    code: Callable[[], str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gas for any memory and any time is there; the machine's are not."""
    monkeypatch.setattr("stateless.evm.meter.MOST_BOUND", 1 << 26)  # sooner
    hungry = Alloc(CONTRACT, 1, 0, bytes.fromhex(code()))
    block = made_block(
        [hungry],
        [transaction(gas_limit=2**62, max_fee=7, max_priority_fee=7)],
        run=False,
        gas_limit=2**63 - 1,
    )
    assert code_of(verify_block(block)) == ("unsupported", reason, "EXECUTE")


class _Counting(dict[tuple[bytes, int], int]):
    """Storage that counts how often all of it is gone through."""

    walks = 0

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        self.walks += 1
        return super().__iter__()


class _Nothing:
    reader = Reader()

    def account(self, address: bytes) -> Account | None:
        return None


def test_removing_accounts_goes_through_storage_once() -> None:
    state = State(_Nothing())  # type: ignore[arg-type]
    storage = state._storage = _Counting({(CONTRACT, slot): 1 for slot in range(10)})
    for number in range(100):
        state.add_balance(number.to_bytes(20, "big"), 0)
    state.end_transaction()
    assert storage.walks == 1
    assert len(storage) == 10
