"""Blockchain tests: blocks on a state that the fixture writes out, some of which must be refused.

::

    { "network", "config": {"chainid"}, "genesisRLP" | "genesisBlockHeader", "pre": alloc,
      "blocks": [ {"rlp", "blockHeader": {"hash"}?, "expectException"?} ],
      "lastblockhash", "postState": alloc | "postStateHash" }

Each block is run twice: on the whole state, which also makes its witness; then from that witness alone, by
the ordinary verifier under ``--strict``. That the two come to the same outcome, root, gas and receipts is
part of the test, for blocks to be refused as well (``CROSS_CHECK_DIFFERS``). What decides for the fixture is
the run on the whole state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from stateless.ancestors import MAX_ANCESTORS, BlockHashes
from stateless.eest import (
    ChainRules,
    TestResult,
    accounts_of,
    chain_rules,
    expected_exception,
    judge_refusal,
    state_difference,
)
from stateless.exceptions_table import codes_for
from stateless.headers import header_hash
from stateless.patricia_state import PatriciaState, make_witness
from stateless.patricia_steps import check_shape, compare, execute
from stateless.patricia_view import PatriciaView
from stateless.report import Options, Report, Subject
from stateless.rules import is_rules_name, rules_named
from stateless.verdict import to_plain
from stateless.verifier import verify_block
from verkle.errors import InvalidError, MalformedError, StatelessError
from witness.block import BlockInput
from witness.block_rlp import block_from_rlp
from witness.fields import JsonPath, as_list, as_object, as_text, hex_bytes, hex_fixed, member, show
from witness.formats.block_and_witness import block_input_from_rlp
from witness.header import Header
from witness.header_json import header_from_json
from witness.patricia.container import PatriciaWitness

__all__ = [
    "Link",
    "Outcome",
    "ancestors_of",
    "compare_outcomes",
    "genesis_header",
    "hash_of",
    "is_scenario",
    "recognise",
    "run",
    "run_scenario",
    "with_root_mended",
]


@dataclass(frozen=True, slots=True)
class Imported:
    """A block that was accepted, or the genesis, and the state after it."""

    header: Header
    state: PatriciaState


class Link(Protocol):
    """What a chain remembers of a block that others may follow."""

    @property
    def header(self) -> Header:
        """Its header."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: ``error`` is ``None`` if the block holds; the rest as far as the run went."""

    error: StatelessError | None
    post_root: bytes | None
    gas_used: int | None
    receipts: object


@dataclass(frozen=True, slots=True)
class FullRun:
    """The run on the whole state, with the witness of all that it touched."""

    outcome: Outcome
    state: PatriciaState | None
    witness: PatriciaWitness


def recognise(value: Any) -> bool:
    """Whether a parsed value is a blockchain test."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("genesisBlockHeader"), dict)
        and isinstance(value.get("blocks"), list)
        and isinstance(value.get("pre"), dict)
    )


def is_scenario(document: Any) -> bool:
    """Whether a parsed file is one chain of Verkle blocks on its ``alloc`` (``stateless.eest_verkle``)."""
    if not (isinstance(document, dict) and isinstance(document.get("blocks"), list)):
        return False
    genesis = document.get("genesis")
    return isinstance(genesis, dict) and isinstance(genesis.get("alloc"), dict)


def run_scenario(document: dict[str, Any], select: Callable[[str], bool]) -> Iterator[TestResult]:
    """One result, or none if ``select`` does not take the chain's name."""
    from stateless.eest_verkle import run_scenario as run_it  # noqa: PLC0415 (loads the curve)

    if select(str(document.get("name"))):
        yield from run_it(document)


def run(name: str, fixture: dict[str, Any], path: JsonPath) -> Iterator[TestResult]:
    """One result."""
    network: str | None = None
    try:
        network = as_text(member(fixture, "network", path), (*path, "network"))
        if is_rules_name(network):
            # loads the curve, which other fixtures do not need
            from stateless.eest_verkle import run_fixture  # noqa: PLC0415

            run_fixture(fixture, rules_named(network, "file: network"), path)
            yield TestResult(name, network, "passed")
            return
        rules = chain_rules(network, fixture.get("config"), (*path, "config"))
        if rules is None:
            yield TestResult(name, network, "skipped")
            return
        _run_chain(fixture, rules, path)
    except StatelessError as error:
        yield TestResult(name, network, "failed", error)
    else:
        yield TestResult(name, network, "passed")


def _run_chain(fixture: dict[str, Any], rules: ChainRules, path: JsonPath) -> None:
    head, genesis = _genesis(fixture, path)
    chain = {head: genesis}
    blocks_path = (*path, "blocks")
    for i, value in enumerate(as_list(fixture["blocks"], blocks_path)):
        place = (*blocks_path, i)
        source = as_object(value, place)
        try:
            imported = _import(source, chain, rules, place)
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
    _check_post_state(fixture, chain[head].state, path)


def genesis_header(fixture: dict[str, Any], path: JsonPath) -> tuple[bytes, Header]:
    """The genesis block's hash and header, as its RLP has it where there is one.

    Raises ``InvalidError`` ``BLOCK_HASH_MISMATCH``; ``MalformedError`` as the readers.
    """
    header_path = (*path, "genesisBlockHeader")
    header, block_hash = header_from_json(fixture["genesisBlockHeader"], header_path)
    if fixture.get("genesisRLP") is not None:
        rlp_path = (*path, "genesisRLP")
        header = block_from_rlp(hex_bytes(fixture["genesisRLP"], rlp_path), show(rlp_path)).header
    found = hash_of(header)
    if block_hash is not None and found != block_hash:
        raise InvalidError(
            "BLOCK_HASH_MISMATCH",
            "the genesis block does not have the hash that the fixture gives",
            where={"path": show(header_path)},
            expected=block_hash,
            got=found,
        )
    return found, header


def _genesis(fixture: dict[str, Any], path: JsonPath) -> tuple[bytes, Imported]:
    found, header = genesis_header(fixture, path)
    accounts = accounts_of(fixture["pre"], (*path, "pre"))
    state = PatriciaState.from_alloc(accounts)
    if state.root != header.state_root:
        raise InvalidError(
            "TEST_STATE_DIFFERS",
            "the accounts before the first block are not those of the genesis header",
            where={"path": show((*path, "pre"))},
            expected=header.state_root,
            got=state.root,
        )
    return found, Imported(header, state)


def hash_of(header: Header) -> bytes:
    """The hash of a block. Raises ``MalformedError`` ``HEADER_FIELD_COUNT``."""
    block_hash = header_hash(header)
    if block_hash is None:
        raise MalformedError("HEADER_FIELD_COUNT", "a header lacks fields that every header has")
    return block_hash


def _check_post_state(fixture: dict[str, Any], state: PatriciaState, path: JsonPath) -> None:
    if fixture.get("postState") is not None:
        expected = accounts_of(fixture["postState"], (*path, "postState"))
        state_difference(state.root, state.view(), expected)
        return
    root = hex_fixed(member(fixture, "postStateHash", path), 32, (*path, "postStateHash"))
    if root != state.root:
        raise InvalidError(
            "TEST_STATE_DIFFERS", "the state has another root than it must", expected=root, got=state.root
        )


def _import(
    source: dict[str, Any], chain: Mapping[bytes, Imported], rules: ChainRules, path: JsonPath
) -> Imported | None:
    """The block if it holds, ``None`` if it is refused as it must be.

    Raises ``StatelessError`` if the fixture expects something else.
    """
    expectation = expected_exception(source, path)
    rlp_path = (*path, "rlp")
    data = hex_bytes(member(source, "rlp", path), rlp_path)
    claimed = None
    if expectation is None:
        header_path = (*path, "blockHeader")
        claimed = header_from_json(member(source, "blockHeader", path), header_path)[1]
    try:
        block = block_input_from_rlp(data, show(path))
        ancestors = ancestors_of(block, chain)
    except StatelessError as error:
        error.stage = error.stage or "DECODE"
        judge_refusal(expectation, error)
        return None
    block = replace(block, block_hash=claimed, chain_id=rules.chain_id)
    before = chain[hash_of(ancestors[0])].state
    full = run_on_state(block, before, ancestors, rules)
    cross_check(block, full, rules)
    mended = with_root_mended(block, full.outcome.error, expectation)
    if mended is not None:
        full = run_on_state(mended, before, ancestors, rules)
        cross_check(mended, full, rules)
    judge_refusal(expectation, full.outcome.error)
    if expectation is not None or full.state is None or block.header is None:
        return None
    return Imported(block.header, full.state)


def with_root_mended(
    block: BlockInput, error: StatelessError | None, expectation: str | None
) -> BlockInput | None:
    """A block that was refused for a root of its body, where the fixture states another reason; put right.

    Some older fixtures put a bad transaction into a block and leave the header as it was, so that the block
    breaks two rules. With the root put right the other one must show.
    """
    if error is None or expectation is None or block.header is None or error.code in codes_for(expectation):
        return None
    root = error.got
    if not isinstance(root, bytes):
        return None
    if error.code == "TRANSACTIONS_ROOT_MISMATCH":
        return replace(block, header=replace(block.header, transactions_root=root))
    if error.code == "WITHDRAWALS_ROOT_MISMATCH":
        return replace(block, header=replace(block.header, withdrawals_root=root))
    return None


def ancestors_of(block: BlockInput, chain: Mapping[bytes, Link]) -> list[Header]:
    """The headers before the block, newest first, as far as BLOCKHASH reaches."""
    headers: list[Header] = []
    wanted = None if block.header is None else block.header.parent_hash
    while wanted is not None and len(headers) < MAX_ANCESTORS:
        found = chain.get(wanted)
        if found is None:
            break
        headers.append(found.header)
        wanted = found.header.parent_hash
    if not headers:
        error = InvalidError("PARENT_UNKNOWN", "no block of the chain is this one's parent", got=wanted)
        error.stage = "SHAPE"
        raise error
    return headers


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


def compare_outcomes(full: Outcome, alone: Outcome) -> None:
    """Hold the run on the whole state against the one from the witness. Raises ``CROSS_CHECK_DIFFERS``."""
    for name, on_state, from_witness in (
        ("verdict", _reason(full), _reason(alone)),
        ("post_state_root", full.post_root, alone.post_root),
        ("gas_used", full.gas_used, alone.gas_used),
        ("receipts", full.receipts, alone.receipts),
    ):
        if on_state != from_witness:
            raise InvalidError(
                "CROSS_CHECK_DIFFERS",
                f"the run on the whole state and the one from the witness differ: {name.replace('_', ' ')}",
                where={"what": name},
                expected=on_state,
                got=from_witness,
            )


def _reason(outcome: Outcome) -> str:
    """The code and stage of what decided, ``valid`` if nothing did."""
    error = outcome.error
    return "valid" if error is None else f"{error.code} at {error.stage}"
