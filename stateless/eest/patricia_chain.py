"""Chains of blocks on a Merkle-Patricia state, under the forks of public networks.

The witness is verified under ``--strict``: it holds the parent's header, so nothing need be assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from stateless.ancestors import BlockHashes
from stateless.eest.chain import Outcome, Ran, compare_outcomes, last_state
from stateless.eest.fixture import ChainRules, accounts_of, state_difference
from stateless.genesis import AllocAccount
from stateless.patricia_state import PatriciaState, make_witness
from stateless.patricia_steps import check_shape, compare, execute
from stateless.patricia_view import PatriciaView
from stateless.report import Options, Report, Subject
from stateless.verdict import to_plain
from stateless.verifier import verify_block
from verkle.errors import InvalidError, StatelessError
from witness.block import BlockInput
from witness.fields import JsonPath, hex_fixed, member
from witness.header import Header
from witness.patricia.container import PatriciaWitness

__all__ = ["run"]


@dataclass(frozen=True, slots=True)
class FullRun:
    """The run on the whole state, with the witness of all that it touched."""

    outcome: Outcome
    state: PatriciaState | None
    witness: PatriciaWitness


@dataclass(frozen=True, slots=True)
class PatriciaTree:
    """See ``stateless.eest.chain.Tree``."""

    rules: ChainRules

    @property
    def chain_id(self) -> int:
        """Of the network."""
        return self.rules.chain_id

    def genesis(self, accounts: Iterable[AllocAccount]) -> PatriciaState:
        """The state of these accounts."""
        return PatriciaState.from_alloc(accounts)

    def witness(self, _source: dict[str, Any], _path: JsonPath) -> None:
        """Nothing: what these fixtures have of witnesses is not compared."""

    def run(self, block: BlockInput, before: PatriciaState, ancestors: list[Header]) -> Ran[PatriciaState]:
        """On the whole state, then from the witness alone."""
        full = run_on_state(block, before, ancestors, self.rules)
        cross_check(block, full, self.rules)
        return Ran(full.outcome.error, full.state)


def run(fixture: dict[str, Any], rules: ChainRules, path: JsonPath) -> None:
    """Run one fixture. Raises ``StatelessError`` if anything is not as the fixture says."""
    state = last_state(fixture, PatriciaTree(rules), path)
    if fixture.get("postState") is not None:
        expected = accounts_of(fixture["postState"], (*path, "postState"))
        state_difference(state.root, state.view(), expected)
        return
    root = hex_fixed(member(fixture, "postStateHash", path), 32, (*path, "postStateHash"))
    if root != state.root:
        raise InvalidError(
            "TEST_STATE_DIFFERS", "the state has another root than it must", expected=root, got=state.root
        )


def run_on_state(
    block: BlockInput, state: PatriciaState, ancestors: list[Header], rules: ChainRules
) -> FullRun:
    """Take a block through the verifier's steps on the whole state before it. ``ancestors``: its parent
    first. Whatever is wrong with the block is in the outcome."""
    report = Report(tree="patricia")
    given = replace(block, patricia=PatriciaWitness((), (), tuple(ancestors)))
    subject = Subject(given, {}, None, Options(chain_config=rules.chain_config))
    view: PatriciaView = state.view()
    hashes: BlockHashes | None = None
    after: PatriciaState | None = None
    error: StatelessError | None = None
    try:
        report.stage = "SHAPE"
        shaped = check_shape(subject, report)
        hashes = shaped.ancestors.block_hashes
        view = state.view(hashes)
        report.stage = "EXECUTE"
        executed = execute(shaped, view, report)
        report.stage = "REBUILD"
        after = state.after(view, executed.execution.changes)
        report.post_root = after.root
        report.stage = "COMPARE"
        compare(executed, after.root, report)
    except StatelessError as caught:
        caught.stage = caught.stage or report.stage
        error = caught
    witness = make_witness(view, ancestors, hashes)
    outcome = Outcome(error, report.post_root, report.gas_used, to_plain(report.receipts))
    return FullRun(outcome, after, witness)


def cross_check(block: BlockInput, full: FullRun, rules: ChainRules) -> None:
    """Verify the block from its witness alone; raises ``InvalidError`` ``CROSS_CHECK_DIFFERS`` if that comes
    to anything else than the run on the whole state."""
    verdict = verify_block(
        replace(block, patricia=full.witness), chain_config=rules.chain_config, strict=True
    )
    alone = Outcome(verdict.error, verdict.post_state_root, verdict.gas_used, to_plain(verdict.receipts))
    compare_outcomes(full.outcome, alone)
