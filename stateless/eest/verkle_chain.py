"""Chains of blocks on a Verkle state, under a rule set.

Two schemas hold such chains: fixtures of the execution-spec-tests (``stateless.eest.chain``) whose network is
that of a rule set, with ``witness`` beside each block and perhaps ``postTree``, all leaves at the end; and a
genesis with its blocks, as this project's fixtures are (``witness.formats.chain_file``), with its ``alloc``.

The witness that is made must be the fixture's, to the byte (``TEST_WITNESS_DIFFERS``). A block that could not
be run to its end leaves nothing to make a witness of, and is judged on the state alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from stateless.eest.chain import (
    Imported,
    Outcome,
    Ran,
    ancestors_of,
    compare_outcomes,
    first_block,
    hash_of,
    last_state,
)
from stateless.eest.fixture import accounts_of, fixture_chain_id, judge_refusal
from stateless.genesis import AllocAccount, alloc_leaves, parse_genesis
from stateless.headers import headers_by_hash, sealed_header
from stateless.report import Options, Subject
from stateless.rules import RuleSet
from stateless.verdict import to_plain
from stateless.verifier import verify_block
from stateless.verkle_state import HostRun, VerkleState, run_on_state
from verkle.diff import StemDiff
from verkle.errors import InvalidError, StatelessError
from verkle.pedersen import Committer
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.fields import JsonPath, as_object, hex_fixed, member
from witness.formats import chain_file
from witness.header import Header
from witness.header_json import header_from_json
from witness.witness_json import witness_from_json

__all__ = ["run", "run_scenario"]

# The tables that a committer makes for itself serve every state of a process.
_COMMITTER: Final = Committer()


@dataclass(frozen=True, slots=True)
class VerkleTree:
    """See ``stateless.eest.chain.Tree``."""

    rules: RuleSet
    chain_id: int

    def genesis(self, accounts: Iterable[AllocAccount]) -> VerkleState:
        """The state of these accounts."""
        return VerkleState.from_alloc(accounts, self.rules, _COMMITTER)

    def witness(self, source: dict[str, Any], path: JsonPath) -> ExecutionWitness | None:
        """The block's, where it has one."""
        given = source.get("witness")
        return None if given is None else witness_from_json(given, (*path, "witness"))

    def run(self, block: BlockInput, before: VerkleState, ancestors: list[Header]) -> Ran[VerkleState]:
        """On the whole state, then from the witness alone."""
        run = _run_both(block, before, ancestors, self.rules)
        return Ran(run.error, None if run.executed is None else run.executed.after)


def run(fixture: dict[str, Any], rules: RuleSet, path: JsonPath) -> None:
    """Run one fixture. Raises ``StatelessError`` if anything is not as the fixture says."""
    config_path = (*path, "config")
    config = {} if fixture.get("config") is None else as_object(fixture["config"], config_path)
    chain_id = fixture_chain_id(config, config_path, rules.chain_id)
    _check_end(fixture, last_state(fixture, VerkleTree(rules, chain_id), path), rules, path)


def run_scenario(document: dict[str, Any], name: str, rules: RuleSet) -> None:
    """Run a genesis with its blocks, which are called ``name``. Raises as :func:`run`."""
    path: JsonPath = ("genesis", "header")
    header, _ = header_from_json(member(document["genesis"], "header", ("genesis",)), path)
    blocks = chain_file.read(document, name)
    accounts = parse_genesis({"alloc": document["genesis"]["alloc"]}).accounts
    state = VerkleState.from_alloc(accounts, rules, _COMMITTER)
    chain = {hash_of(header): first_block(header, state, ("genesis", "alloc"))}
    for i, block in enumerate(blocks):
        try:
            if block.defect is not None:
                raise block.defect
            ancestors = ancestors_of(block, chain)
            run = _run_both(block, chain[hash_of(ancestors[0])].state, ancestors, rules)
            judge_refusal(None, run.error)
        except StatelessError as error:
            error.where.setdefault("block", i)
            raise
        if run.executed is not None and run.facts is not None:
            sealed = sealed_header(run.facts)
            chain[hash_of(sealed)] = Imported(sealed, run.executed.after)


def _run_both(block: BlockInput, before: VerkleState, ancestors: list[Header], rules: RuleSet) -> HostRun:
    """On the whole state, then from the witness alone. ``ancestors``: the parent first."""
    subject = Subject(block, headers_by_hash(ancestors), rules, Options())
    run = run_on_state(subject, before, rules)
    if run.executed is None:
        return run
    made, _ = run.executed.witness()
    if block.witness is not None:
        _compare_witness(block.witness, made)
    alone = replace(block, witness=made, headers=tuple(ancestors))
    verdict = verify_block(alone, rules=rules.name)
    compare_outcomes(
        Outcome(run.error, run.report.post_root, run.report.gas_used, to_plain(run.report.receipts)),
        Outcome(verdict.error, verdict.post_state_root, verdict.gas_used, to_plain(verdict.receipts)),
    )
    return run


def _compare_witness(expected: ExecutionWitness, made: ExecutionWitness) -> None:
    """Raises ``InvalidError`` ``TEST_WITNESS_DIFFERS``, with the first key or part that differs."""
    theirs, ours = _leaves(expected.state_diff), _leaves(made.state_diff)
    for key in sorted(theirs.keys() | ours.keys()):
        if theirs.get(key) != ours.get(key):
            raise _witness_differs(
                "another leaf or other values of one",
                {"stem": key[:-1], "suffix": key[-1]},
                theirs.get(key),
                ours.get(key),
            )
    for name in ("state_diff", "proof"):
        if getattr(expected, name) != getattr(made, name):
            raise _witness_differs(f"another {name.replace('_', ' ')}", {"part": name}, None, None)
    if expected.parent_state_root not in (None, made.parent_state_root):
        raise _witness_differs(
            "another state root", {"part": "root"}, expected.parent_state_root, made.parent_state_root
        )


def _leaves(diff: tuple[StemDiff, ...]) -> dict[bytes, tuple[bytes | None, bytes | None]]:
    return {
        stem.stem + bytes([leaf.suffix]): (leaf.current, leaf.new) for stem in diff for leaf in stem.suffixes
    }


def _witness_differs(what: str, where: dict[str, object], expected: object, got: object) -> InvalidError:
    return InvalidError(
        "TEST_WITNESS_DIFFERS",
        f"the witness that is made of the run has {what} than the fixture's",
        where=where,
        expected=expected,
        got=got,
    )


def _check_end(fixture: dict[str, Any], state: VerkleState, rules: RuleSet, path: JsonPath) -> None:
    """Hold the last state against ``postTree``, all its leaves, and ``postState``, its accounts."""
    if fixture.get("postTree") is not None:
        place = (*path, "postTree")
        leaves = {
            hex_fixed(key, 32, (*place, key)): hex_fixed(value, 32, (*place, key))
            for key, value in as_object(fixture["postTree"], place).items()
        }
        _compare_leaves(leaves, dict(state.tree.items()))
    if fixture.get("postState") is not None:
        accounts = accounts_of(fixture["postState"], (*path, "postState"))
        wanted = dict(alloc_leaves(accounts, rules))
        _compare_leaves(wanted, {key: state.leaf(key) for key in wanted})


def _compare_leaves(expected: Mapping[bytes, bytes], found: Mapping[bytes, bytes | None]) -> None:
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            raise InvalidError(
                "TEST_STATE_DIFFERS",
                "the state is not the expected one",
                where={"stem": key[:-1], "suffix": key[-1]},
                expected=expected.get(key),
                got=found.get(key),
            )
