"""State tests: one transaction on a state that the fixture writes out, for each fork and choice of values.

::

    { "env": {…}, "pre": alloc, "transaction": {…}, "config": {"chainid"},
      "post": { Fork: [ {"hash", "logs", "txbytes", "expectException"?, "indexes"} ] } }

The transaction is taken from ``txbytes``: only that is signed. ``hash`` is the root of the state after it,
and of the state before where it must be refused. ``BLOCKHASH`` of block n is the hash of n in decimal digits,
as all clients' runners have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stateless.apply import Allowance, apply_transaction
from stateless.blobs import GAS_PER_BLOB, blob_base_fee
from stateless.eest.fixture import (
    ChainRules,
    TestResult,
    accounts_of,
    chain_rules,
    expected_exception,
    judge_refusal,
    state_difference,
)
from stateless.evm.environment import BlockContext
from stateless.evm.meter import Meter, block_bound
from stateless.evm.state import Log, State
from stateless.forks import Fork
from stateless.networks import select_fork
from stateless.patricia_state import PatriciaState
from stateless.signatures import sender
from stateless.transaction_checks import check_transaction
from stateless.transaction_decode import decode_transaction
from verkle.errors import InvalidError, StatelessError
from witness import rlp
from witness.fields import JsonPath, as_integer, as_list, as_object, hex_bytes, hex_fixed, member
from witness.keccak import keccak256

__all__ = ["recognise", "run"]

_MEMBERS: Final = ("env", "pre", "post", "transaction")


def recognise(value: Any) -> bool:
    """Whether a parsed value is a state test."""
    return isinstance(value, dict) and all(isinstance(value.get(name), dict) for name in _MEMBERS)


def run(name: str, fixture: dict[str, Any], path: JsonPath) -> Iterator[TestResult]:
    """One result for each post; ``#n`` from 1 behind the id where a fork has several."""
    state: PatriciaState | None = None
    for network, posts in fixture["post"].items():
        place = (*path, "post", network)
        try:
            rules = chain_rules(network, fixture.get("config"), (*path, "config"))
            if rules is not None and state is None:
                state = PatriciaState.from_alloc(accounts_of(fixture["pre"], (*path, "pre")))
            cases = as_list(posts, place)
        except StatelessError as error:
            yield TestResult(name, network, "failed", error)
            continue
        for index, post in enumerate(cases):
            label = name if len(cases) == 1 else f"{name}#{index + 1}"
            if rules is None or state is None:
                yield TestResult(label, network, "skipped")
                continue
            try:
                _run_post(
                    state, fixture["env"], rules, as_object(post, (*place, index)), path, (*place, index)
                )
            except StatelessError as error:
                yield TestResult(label, network, "failed", error)
            else:
                yield TestResult(label, network, "passed")


def _run_post(
    before: PatriciaState,
    env: dict[str, Any],
    rules: ChainRules,
    post: dict[str, Any],
    path: JsonPath,
    place: JsonPath,
) -> None:
    """Raises ``StatelessError`` if the post is not met."""
    fork, block = _block(env, rules, (*path, "env"))
    view = before.view(block.block_hash)
    state = State(view)
    raw = hex_bytes(member(post, "txbytes", place), (*place, "txbytes"))
    logs: tuple[Log, ...] = ()
    refusal: StatelessError | None = None
    try:
        tx = decode_transaction(raw)
        check_transaction(tx, fork, block.chain_id)
        blob_gas = fork.blobs.limit * GAS_PER_BLOB if fork.blobs else 0
        allowance = Allowance(block.gas_limit, blob_gas, 0)
        meter = Meter(block_bound(block.gas_limit))
        logs = apply_transaction(tx, sender(tx), state, block, fork, allowance, meter).receipt.logs
    except StatelessError as error:
        error.stage = "EXECUTE"
        refusal = error
    judge_refusal(expected_exception(post, place), refusal)
    after = before if refusal is not None else before.after(view, state.changes())
    root = hex_fixed(member(post, "hash", place), 32, (*place, "hash"))
    if after.root != root:
        if post.get("state") is not None:
            expected = accounts_of(post["state"], (*place, "state"))
            state_difference(after.root, after.view(), expected)
        raise InvalidError(
            "TEST_STATE_DIFFERS", "the state has another root than it must", expected=root, got=after.root
        )
    _check_logs(logs, hex_fixed(member(post, "logs", place), 32, (*place, "logs")))


def _check_logs(logs: tuple[Log, ...], expected: bytes) -> None:
    got = keccak256(rlp.encode([[log.address, list(log.topics), log.data] for log in logs]))
    if got != expected:
        raise InvalidError(
            "TEST_LOGS_DIFFER",
            "the transaction leaves other logs than it must",
            where={"logs": len(logs)},
            expected=expected,
            got=got,
        )


def _block(env: dict[str, Any], rules: ChainRules, path: JsonPath) -> tuple[Fork, BlockContext]:
    """The fork of the block, and the block as code sees it."""

    def number(name: str, bits: int = 64) -> int:
        return as_integer(member(env, name, path), (*path, name), bits)

    timestamp = number("currentTimestamp")
    selected = select_fork(
        option=None,
        chain_config=rules.chain_config,
        file_config=None,
        file_name=None,
        chain_id=rules.chain_id,
        timestamp=timestamp,
    )
    fork = selected.fork
    blob_fee = 0
    if fork.blobs is not None:
        # a fixture made for all forks may leave it out: no blobs before this block
        excess = number("currentExcessBlobGas") if "currentExcessBlobGas" in env else 0
        blob_fee = blob_base_fee(excess, fork.blobs)
    return fork, BlockContext(
        chain_id=rules.chain_id,
        coinbase=hex_fixed(member(env, "currentCoinbase", path), 20, (*path, "currentCoinbase")),
        number=number("currentNumber"),
        timestamp=timestamp,
        gas_limit=number("currentGasLimit"),
        base_fee=number("currentBaseFee", 256),
        prev_randao=number("currentRandom", 256).to_bytes(32, "big"),
        blob_base_fee=blob_fee,
        block_hash=lambda n: keccak256(str(n).encode()),
    )
