"""Blockchain tests of Verkle networks: a block is run on the whole state, and its witness made of that run.

Two schemas hold such chains: fixtures of the execution-spec-tests (``stateless.eest_chain``) whose network is
that of a rule set, with ``witness`` beside each block and perhaps ``postTree``, all leaves at the end; and a
genesis with its blocks, as this project's fixtures are (``witness.formats.chain_file``), with its ``alloc``.

The witness that is made must be the fixture's, to the byte (``TEST_WITNESS_DIFFERS``); from it alone the
ordinary verifier must come to the same as the run on the state (``CROSS_CHECK_DIFFERS``). A block that could
not be run to its end leaves nothing to make a witness of, and is judged on the state alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from stateless.eest import (
    TestResult,
    accounts_of,
    expected_exception,
    fixture_chain_id,
    judge_refusal,
)
from stateless.eest_chain import (
    Outcome,
    ancestors_of,
    compare_outcomes,
    genesis_header,
    hash_of,
    with_root_mended,
)
from stateless.genesis import AllocAccount, alloc_leaves, parse_genesis
from stateless.headers import headers_by_hash, sealed_header
from stateless.report import Options, Subject
from stateless.rules import RuleSet, rules_named
from stateless.verdict import to_plain
from stateless.verifier import verify_block
from stateless.verkle_state import HostRun, VerkleState, run_on_state
from verkle.diff import StemDiff
from verkle.errors import InvalidError, StatelessError
from verkle.pedersen import Committer
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.fields import JsonPath, as_list, as_object, as_text, hex_bytes, hex_fixed, member, show
from witness.formats import chain_file
from witness.formats.block_and_witness import block_input_from_rlp
from witness.header import Header
from witness.header_json import header_from_json
from witness.witness_json import witness_from_json

__all__ = ["run_fixture", "run_scenario"]

# The tables that a committer makes for itself serve every state of a process.
_COMMITTER: Final = Committer()


@dataclass(frozen=True, slots=True)
class Imported:
    """A block that was accepted, or the genesis, and the state after it."""

    header: Header
    state: VerkleState


def run_fixture(fixture: dict[str, Any], rules: RuleSet, path: JsonPath) -> None:
    """Run one fixture of the execution-spec-tests under a rule set.

    Raises ``StatelessError`` if anything is not as the fixture says.
    """
    head, header = genesis_header(fixture, path)
    place = (*path, "pre")
    chain = {head: _genesis(accounts_of(fixture["pre"], place), header, rules, place)}
    config = fixture.get("config")
    config_path = (*path, "config")
    config = {} if config is None else as_object(config, config_path)
    chain_id = fixture_chain_id(config, config_path, rules.chain_id)
    blocks_path = (*path, "blocks")
    for i, value in enumerate(as_list(fixture["blocks"], blocks_path)):
        place = (*blocks_path, i)
        try:
            imported = _import(as_object(value, place), chain, rules, chain_id, place)
        except StatelessError as error:
            error.where.setdefault("block", i)
            raise
        if imported is not None:
            head = hash_of(imported.header)
            chain[head] = imported
    expected = hex_fixed(member(fixture, "lastblockhash", path), 32, (*path, "lastblockhash"))
    if head != expected:
        raise InvalidError(
            "TEST_LAST_BLOCK", "another block is the last of the chain", expected=expected, got=head
        )
    _check_end(fixture, chain[head].state, rules, path)


def _genesis(accounts: tuple[AllocAccount, ...], header: Header, rules: RuleSet, path: JsonPath) -> Imported:
    state = VerkleState.from_alloc(accounts, rules, _COMMITTER)
    if state.root != header.state_root:
        raise InvalidError(
            "TEST_STATE_DIFFERS",
            "the accounts before the first block are not those of the genesis header",
            where={"path": show(path)},
            expected=header.state_root,
            got=state.root,
        )
    return Imported(header, state)


def _import(
    source: dict[str, Any],
    chain: Mapping[bytes, Imported],
    rules: RuleSet,
    chain_id: int,
    path: JsonPath,
) -> Imported | None:
    """The block if it holds, ``None`` if it is refused as it must be.

    Raises ``StatelessError`` if the fixture expects something else.
    """
    expectation = expected_exception(source, path)
    rlp_path = (*path, "rlp")
    data = hex_bytes(member(source, "rlp", path), rlp_path)
    claimed, witness = None, None
    if expectation is None:
        header_path = (*path, "blockHeader")
        claimed = header_from_json(member(source, "blockHeader", path), header_path)[1]
    if source.get("witness") is not None:
        witness = witness_from_json(source["witness"], (*path, "witness"))
    try:
        block = block_input_from_rlp(data, show(path))
        ancestors = ancestors_of(block, chain)
    except StatelessError as error:
        error.stage = error.stage or "DECODE"
        judge_refusal(expectation, error)
        return None
    block = replace(block, block_hash=claimed, chain_id=chain_id, witness=witness)
    before = chain[hash_of(ancestors[0])].state
    run = _run_both(block, before, ancestors, rules)
    mended = with_root_mended(block, run.error, expectation)
    if mended is not None:
        run = _run_both(mended, before, ancestors, rules)
    judge_refusal(expectation, run.error)
    if expectation is not None or run.executed is None or block.header is None:
        return None
    return Imported(block.header, run.executed.after)


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


# --- a genesis with its blocks --------------------------------------------------------------------


def run_scenario(document: dict[str, Any]) -> Iterator[TestResult]:
    """One result for the whole chain; a chain of which only the end is here is skipped."""
    name, network = "chain", None
    try:
        name = as_text(document.get("name", name), ("name",))
        network = as_text(member(document, "rules", ()), ("rules",))
        rules = rules_named(network, "file: rules")
        if document.get("omittedBlocks"):
            yield TestResult(name, network, "skipped")
            return
        _run_scenario(document, name, rules)
    except StatelessError as error:
        yield TestResult(name, network, "failed", error)
    else:
        yield TestResult(name, network, "passed")


def _run_scenario(document: dict[str, Any], name: str, rules: RuleSet) -> None:
    path = ("genesis", "header")
    header, _ = header_from_json(member(document["genesis"], "header", ("genesis",)), path)
    blocks = chain_file.read(document, name)
    place = ("genesis", "alloc")
    first = _genesis(parse_genesis({"alloc": document["genesis"]["alloc"]}).accounts, header, rules, place)
    chain = {hash_of(header): first}
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
