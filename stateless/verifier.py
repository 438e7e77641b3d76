"""The verifier's front: bytes, a file or a decoded block in, a verdict out.

Everything that can be wrong with an input ends in a ``Verdict``; an exception that leaves these functions
is a mistake of the caller (``ValueError``, ``UsageError``) or of this program.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from types import ModuleType

from stateless.headers import headers_by_hash
from stateless.report import Options, Report, Subject
from stateless.rules import rules_of_block
from stateless.verdict import Outcome, Verdict
from stateless.verkle_steps import run
from verkle.constants import HASH_BYTES
from verkle.errors import StatelessError, UnsupportedError
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.header import Header
from witness.join import join
from witness.source import DEFAULT_MAX_BYTES, read_path

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows
    resource = None


def verify(
    source: BlockInput | bytes | str | PathLike[str],
    *,
    name: str | None = None,
    format: str | None = None,
    rules: str | None = None,
    chain_config: Mapping[str, object] | None = None,
    pre_root: bytes | None = None,
    proof_only: bool = False,
    strict: bool = False,
    allow_surplus: bool = False,
    block: BlockInput | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Verdict:
    """Judge one block, or one witness without a block.

    Args:
        source: a decoded block, the bytes of an input in any known format, or the path of a file (which
            may be gzipped).
        name: what the verdict calls the input; by default its path.
        format: of the input, where it is not to be detected by content.
        rules: name of a rule set; goes before all that the input says.
        chain_config: a geth chain configuration; goes before what the input says.
        pre_root: the state root before the block, 32 bytes; must agree with what the input says.
        proof_only: judge header, proof and roots alone. Without it a block whose rules cannot be executed
            here is ``unsupported`` even where all that was checked holds.
        strict: refuse what would otherwise be listed as an assumption.
        allow_surplus: take a Verkle witness that holds keys which the block does not touch.
        block: the block that the witness in ``source`` belongs to, where ``source`` holds nothing else
            (``witness.join``); what ``source`` says of a block then does not count.
        max_bytes: how large a file may be, also after decompression.

    Returns:
        The verdict. An input with several blocks is ``unsupported`` (``SEVERAL_BLOCKS``): see ``verify_all``.

    Raises:
        ValueError: ``pre_root`` has another length.
        UsageError: there is no such file, or no such format.
    """
    options = _options(rules, chain_config, pre_root, proof_only, strict, allow_surplus)
    if isinstance(source, BlockInput):
        whole = source if block is None else _joined(source, block)
        return _judge(whole, name or source.name, options, headers_by_hash(whole.headers))
    if isinstance(source, bytes):
        label, data = name or "bytes", source
    else:
        label = name or fspath(source)
        try:
            data = read_path(Path(source), max_bytes)
        except StatelessError as error:
            return _undecoded(label, error)
    verdicts = _judge_all(data, label, format, options, block, several=False)
    return verdicts[0]


def verify_all(
    data: bytes,
    name: str,
    *,
    format: str | None = None,
    rules: str | None = None,
    chain_config: Mapping[str, object] | None = None,
    pre_root: bytes | None = None,
    proof_only: bool = False,
    strict: bool = False,
    allow_surplus: bool = False,
    block: BlockInput | None = None,
) -> tuple[Verdict, ...]:
    """Judge every block of one input, in its order; the arguments are those of ``verify``.

    There is at least one verdict: an input that cannot be decoded has one that says so.
    """
    return _judge_all(
        data,
        name,
        format,
        _options(rules, chain_config, pre_root, proof_only, strict, allow_surplus),
        block,
        several=True,
    )


def verify_block(
    block: BlockInput,
    *,
    name: str | None = None,
    rules: str | None = None,
    chain_config: Mapping[str, object] | None = None,
    pre_root: bytes | None = None,
    proof_only: bool = False,
    strict: bool = False,
    allow_surplus: bool = False,
) -> Verdict:
    """Judge a decoded block; the arguments are those of ``verify``."""
    options = _options(rules, chain_config, pre_root, proof_only, strict, allow_surplus)
    return _judge(block, name or block.name, options, headers_by_hash(block.headers))


def _options(
    rules: str | None,
    chain_config: Mapping[str, object] | None,
    pre_root: bytes | None,
    proof_only: bool,
    strict: bool,
    allow_surplus: bool,
) -> Options:
    if pre_root is not None and len(pre_root) != HASH_BYTES:
        raise ValueError(f"a state root has {HASH_BYTES} bytes, not {len(pre_root)}")
    return Options(rules, chain_config, pre_root, proof_only, strict, allow_surplus)


def _judge_all(
    data: bytes, name: str, format: str | None, options: Options, block: BlockInput | None, *, several: bool
) -> tuple[Verdict, ...]:
    try:
        blocks = decode_blocks(data, name, format=format)
        if len(blocks) > 1 and not several:
            raise UnsupportedError(
                "SEVERAL_BLOCKS",
                f"the input holds {len(blocks)} blocks, where one is asked for",
                expected=1,
                got=len(blocks),
            )
    except StatelessError as error:
        return (_undecoded(name, error),)
    if block is not None:
        blocks = tuple(_joined(witness, block) for witness in blocks)
    verdicts: list[Verdict] = []
    # The blocks of one input share their tuple of headers, which is hashed once.
    shared: tuple[Header, ...] | None = None
    parents: Mapping[bytes, Header] = {}
    for each in blocks:
        if each.headers is not shared:
            shared, parents = each.headers, headers_by_hash(each.headers)
        verdicts.append(_judge(each, name, options, parents))
    return tuple(verdicts)


def _joined(witness: BlockInput, block: BlockInput) -> BlockInput:
    """The block with the witness of another input; where they cannot be one, with the reason as defect."""
    try:
        return join(witness, block)
    except StatelessError as error:
        return replace(witness, defect=error)


def _undecoded(name: str, error: StatelessError) -> Verdict:
    error.stage = "DECODE"
    return Verdict(
        input=name, name=name, verdict=_outcome(error), error=error, peak_memory_bytes=peak_memory_bytes()
    )


def _judge(block: BlockInput, name: str, options: Options, parents: Mapping[bytes, Header]) -> Verdict:
    """Take one block through DECODE's last part (its rules) and all steps; the one place where an error
    about the input becomes a verdict."""
    report = Report()
    error: StatelessError | None = None
    try:
        _run(_subject(block, options, parents, report), report)
    except StatelessError as caught:
        caught.stage = caught.stage or report.stage
        error = caught
    return Verdict(
        input=name,
        name=block.name,
        verdict="valid" if error is None else _outcome(error),
        tree=report.tree,
        rules=None if report.rules is None else report.rules.name,
        rules_from=report.rules_from,
        executed=report.executed,
        assumptions=report.assumptions,
        block=report.block,
        pre_state_root=report.pre_root,
        pre_state_root_from=report.pre_root_from,
        post_state_root=report.post_root,
        gas_used=report.gas_used,
        receipts=report.receipts,
        checks=report.checks.rows(report.tree),
        sizes=report.sizes,
        peak_memory_bytes=peak_memory_bytes(),
        error=error,
    )


def _subject(block: BlockInput, options: Options, parents: Mapping[bytes, Header], report: Report) -> Subject:
    if block.defect is not None:
        raise block.defect
    if block.patricia is not None or block.binary is not None:
        report.tree = "binary" if block.patricia is None else "patricia"
        return Subject(block, parents, None, options)
    try:
        report.rules, report.rules_from = rules_of_block(block, options.rules, options.chain_config)
    except UnsupportedError:
        # Without a witness the rules alone tell the tree.
        bare = Subject(block, parents, None, options)
        if block.witness is None and _under_fork(bare):
            report.tree = "patricia"
            return bare
        raise
    return Subject(block, parents, report.rules, options)


def _under_fork(subject: Subject) -> bool:
    # loads the interpreter
    from stateless.patricia_steps import names_fork  # noqa: PLC0415

    return names_fork(subject)


def _run(subject: Subject, report: Report) -> None:
    """All steps after DECODE; those of the tree that the witness is of."""
    if report.tree == "patricia":
        # loads the interpreter, which a Verkle block's proof does not need
        from stateless import patricia_steps  # noqa: PLC0415

        patricia_steps.run(subject, report)
    elif report.tree == "binary":
        from stateless import binary_steps  # noqa: PLC0415

        binary_steps.run(subject, report)
    else:
        run(subject, report)


def _outcome(error: StatelessError) -> Outcome:
    families: Mapping[str, Outcome] = {
        "invalid": "invalid",
        "malformed": "malformed",
        "unsupported": "unsupported",
        "incomplete": "incomplete",
    }
    return families[error.family]


def peak_memory_bytes() -> int | None:
    """Largest resident size of this process so far, in bytes; ``None`` where the system does not say."""
    if resource is None:
        return None
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak if sys.platform == "darwin" else 1024 * peak
