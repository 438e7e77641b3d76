"""What is poor or suspicious in a Verkle witness.

The model: stems are hashes, so that of a tree with 2^32 of them one in 60,000 lies seven levels deep.

Sources: EIP-6800 (leaves), EIP-4762 (gas of witnesses); SPEC 4.4 to 4.6, 5.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stateless.headers import headers_by_hash
from stateless.inspection.difference_verkle import key_words, rules_of
from stateless.inspection.finding import Finding, LintOptions, LintReport
from stateless.inspection.names import TreeNames, named_addresses, tree_names
from stateless.leaves import account_fields, header_kinds
from stateless.report import Options, Subject
from stateless.rules import RuleSet
from stateless.transaction_decode import decode_transaction
from verkle.errors import IncompleteError, StatelessError, UnsupportedError
from verkle.openings import ABSENT_EMPTY, PRESENT, Plan, plan
from verkle.proof import unshown_kinds
from witness.block import BlockInput
from witness.containers import ExecutionWitness, StemDiff, SuffixDiff

__all__ = ["lint_verkle", "model_commitments", "touched_by"]

MODEL_BITS: Final = 32
DEEP: Final = 7
FAR_OVER: Final = 2
# A small witness has few commitments, and any of them may lie a level deeper.
MODEL_FLOOR: Final = 16
CHUNK_GAS: Final = 200
# Keys that a block may touch without paying for each: of a transaction's sender, target and fee recipient, of
# withdrawals and of the account of block hashes.
FREE_KEYS: Final = 64
FREE_KEYS_PER_TRANSACTION: Final = 16
MAX_CODE_BYTES: Final = 24576
CHUNK_DATA: Final = 31


def lint_verkle(block: BlockInput, options: LintOptions) -> LintReport:
    """See ``stateless.inspection.lint``."""
    witness = block.witness
    if witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    rules = rules_of(block, options.rules)
    try:
        planned = plan(witness.state_diff, witness.proof)
    except StatelessError as error:
        error.stage = "SHAPE"
        refused = Finding("witness-refused", f"{error.code}: {error.message}.")
        return LintReport("verkle", (refused,), (), error)
    names = tree_names(block, [diff.stem for diff in planned.diff], rules)
    findings = [
        *_absences(planned),
        *_kind_openings(planned, witness),
        *_depths(planned),
        *_amounts(block, planned),
        *_leaves(planned, names),
        *_half_written(planned, names),
    ]
    notes: list[str] = []
    if rules is None:
        notes.append("nothing names the rules, so that leaves have no meaning here (--rules)")
    if rules is not None:
        found, said = _keys(block, planned, names, rules, options)
        findings += found
        notes += said
    return LintReport("verkle", tuple(findings), tuple(notes))


def _keys(
    block: BlockInput, planned: Plan, names: TreeNames, rules: RuleSet, options: LintOptions
) -> tuple[list[Finding], list[str]]:
    """Keys that the block does not need: by executing it, or else by what it names where no code can run."""
    why = "the block was not executed"
    if options.execute:
        try:
            return list(_surplus(planned, touched_by(block, rules), names)), []
        except StatelessError as error:
            why = f"the block cannot be executed ({error.code})"
    found = _unexplained(block, planned, names, rules)
    if found is None:
        return [], [f"{why}, and code may run in it, so that keys that it does not need are not known"]
    return found, [f"{why}; keys are held against what it names, since no code can run in it"]


def touched_by(block: BlockInput, rules: RuleSet) -> frozenset[bytes]:
    """Execute a block on the leaves of its witness, unproven, and say which tree keys that touches.

    Raises StatelessError where the block cannot be executed.
    """
    # loads the interpreter, which structure alone does not need
    from stateless.verkle_execution import judged_transactions, run_from_leaves  # noqa: PLC0415

    witness = block.witness
    if witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    if rules.execution is None:
        raise UnsupportedError("EXECUTION_UNSUPPORTED", f"how {rules.name} executed blocks is not known")
    leaves = {
        diff.stem + bytes([leaf.suffix]): leaf.current
        for diff in witness.state_diff
        for leaf in diff.suffixes
    }
    subject = Subject(block, headers_by_hash(block.headers), rules, Options())
    done = run_from_leaves(subject, judged_transactions(subject, rules), leaves.__getitem__, rules)
    return frozenset(done.view.key(place) for place in done.touched)


def _absences(planned: Plan) -> Iterator[Finding]:
    # -1 stands for an image: of a node, so neither 0 nor 1 like what a leaf has at its own indices.
    openings = [(i, z, -1 if y is None else y) for i, z, y, _ in planned.openings]
    places = {diff.stem: f"stateDiff[{i}]" for i, diff in enumerate(planned.diff)}
    for kind in unshown_kinds(planned, openings):
        message = (
            f"Stem 0x{kind.stem.hex()} is absent only if the node at 0x{kind.path.hex()} is an inner node."
        )
        yield Finding("absence-node-kind", message, places[kind.stem], kind.stem)


def _kind_openings(planned: Plan, witness: ExecutionWitness) -> Iterator[Finding]:
    """Openings for which no absence would be left open without them."""
    added = {planned.index[kind.path] for kind in witness.proof.kinds}
    without = [
        (i, z, -1 if y is None else y) for i, z, y, _ in planned.openings if not (z == 0 and i in added)
    ]
    needed = {kind.path for kind in unshown_kinds(planned, without)}
    for number, kind in enumerate(witness.proof.kinds):
        if kind.path not in needed:
            message = f"No absence depends on the kind of the node at 0x{kind.path.hex()}."
            yield Finding("kind-opening-surplus", message, f"kinds[{number}]", kind.path)


def _depths(planned: Plan) -> Iterator[Finding]:
    for i, extension in enumerate(planned.extensions):
        if extension.depth >= DEEP:
            message = f"Stem 0x{extension.stem.hex()} ends at depth {extension.depth}."
            yield Finding("stem-deep", message, f"stateDiff[{i}]", extension.stem)
    commitments, model = len(planned.paths) - 1, model_commitments(planned)
    if commitments > FAR_OVER * model + MODEL_FLOOR:
        message = f"The proof has {commitments} commitments; for as many stems the model has {model}."
        yield Finding("proof-over-model", message, "verkleProof.commitmentsByPath")


def model_commitments(planned: Plan) -> int:
    """Commitments of a proof of as many stems, present ones and absent ones, in a tree of 2^32 stems: inner
    nodes of each level, at most one a stem; leaves; suffix commitments."""
    stems = len(planned.diff)
    inner: int = sum(min(256**level, stems) for level in range(1, MODEL_BITS // 8 + 1))
    others = sum(extension.status != ABSENT_EMPTY for extension in planned.extensions)
    return inner + others + sum(kind == "suffixes" for kind in planned.kinds)


def _amounts(block: BlockInput, planned: Plan) -> Iterator[Finding]:
    keys = sum(len(diff.suffixes) for diff in planned.diff)
    transactions = block.transactions
    gas_used = None if block.header is None else block.header.gas_used
    if gas_used is not None and transactions is not None:
        free = FREE_KEYS + FREE_KEYS_PER_TRANSACTION * len(transactions) + 2 * len(block.withdrawals or ())
        most = gas_used // CHUNK_GAS + free
        if keys > most:
            message = f"The witness has {keys} keys; {gas_used} gas pay for no more than {most}."
            yield Finding("keys-over-gas", message, "stateDiff")
    if transactions and not any(leaf.new is not None for diff in planned.diff for leaf in diff.suffixes):
        message = f"The block holds {len(transactions)} transactions, and the witness writes nothing."
        yield Finding("nothing-written", message, "stateDiff")


def _leaves(planned: Plan, names: TreeNames) -> Iterator[Finding]:
    """What the leaves of named accounts say that no client writes."""
    for i, diff in enumerate(planned.diff):
        if diff.stem not in names.owners:
            continue
        for j, leaf in enumerate(diff.suffixes):
            _, kind, _ = names.leaf(diff.stem, leaf.suffix)
            place, key = f"stateDiff[{i}].suffixDiffs[{j}]", diff.stem + bytes([leaf.suffix])
            if kind == "unknown":
                yield Finding(
                    "leaf-reserved", f"{_sentence(key_words(key, names))} has no meaning.", place, key
                )
            for value in (leaf.current, leaf.new):
                if value is None:
                    continue
                if kind == "code" and value[0] > CHUNK_DATA:
                    message = f"{_sentence(key_words(key, names))} begins with {value[0]}."
                    yield Finding("chunk-push-data", message, place, key)
                if kind == "basic_data":
                    yield from _basic_data(value, key_words(key, names), place, key)


def _half_written(planned: Plan, names: TreeNames) -> Iterator[Finding]:
    """Accounts that the block creates without all header leaves of one (see ``stateless.hints``)."""
    rules = names.rules
    for i, (diff, extension) in enumerate(zip(planned.diff, planned.extensions, strict=True)):
        owner = names.owners.get(diff.stem)
        if rules is None or owner is None or owner.tree_index or extension.status == PRESENT:
            continue
        if rules.history is not None and owner.address == rules.history.address and not rules.history.kept:
            continue
        written = {leaf.suffix for leaf in diff.suffixes if leaf.new is not None}
        header = {suffix for suffix in written if suffix < len(header_kinds(rules.layout))}
        if (written and not header) or (rules.layout == "basic_data" and len(header) == 1):
            said = ", ".join(str(suffix) for suffix in sorted(header)) or "none"
            message = (
                f"Account 0x{owner.address.hex()} appears, and of its header leaves are written: {said}. "
                "The root "
                "after the block may not follow from the witness."
            )
            yield Finding("account-half-written", message, f"stateDiff[{i}]", diff.stem)


def _basic_data(value: bytes, words: str, place: str, key: bytes) -> Iterator[Finding]:
    if any(value[:5]):
        message = f"{_sentence(words)} begins with 0x{value[:5].hex()}."
        yield Finding("basic-data-reserved", message, place, key)
    size = int.from_bytes(value[5:8], "big")
    if size > MAX_CODE_BYTES:
        yield Finding("code-size-over-limit", f"{_sentence(words)} says {size} bytes of code.", place, key)


def _surplus(planned: Plan, touched: frozenset[bytes], names: TreeNames) -> Iterator[Finding]:
    for i, diff in enumerate(planned.diff):
        for j, leaf in enumerate(diff.suffixes):
            key = diff.stem + bytes([leaf.suffix])
            if key not in touched:
                message = f"{_sentence(key_words(key, names))} is not touched by the block."
                yield Finding("key-surplus", message, f"stateDiff[{i}].suffixDiffs[{j}]", key)


def _unexplained(block: BlockInput, planned: Plan, names: TreeNames, rules: RuleSet) -> list[Finding] | None:
    """Keys that nothing explains, in a block where no code runs; ``None`` where code may run."""
    by_stem = {diff.stem: diff for diff in planned.diff}
    if not _only_transfers(block, by_stem, names, rules):
        return None
    history = None if rules.history is None else rules.history.address
    found = []
    for i, diff in enumerate(planned.diff):
        owner = names.owners.get(diff.stem)
        for j, leaf in enumerate(diff.suffixes):
            _, kind, _ = names.leaf(diff.stem, leaf.suffix)
            if owner is None or (kind in {"storage", "code", "unknown"} and owner.address != history):
                key = diff.stem + bytes([leaf.suffix])
                message = f"{_sentence(key_words(key, names))} is there, and nothing in the block needs it."
                found.append(Finding("key-unexplained", message, f"stateDiff[{i}].suffixDiffs[{j}]", key))
    return found


def _only_transfers(
    block: BlockInput, by_stem: dict[bytes, StemDiff], names: TreeNames, rules: RuleSet
) -> bool:
    """Whether the block is known whole and each transaction goes to an account shown to have no code."""
    if block.header is None or block.transactions is None:
        return False
    if named_addresses(block).understood != len(block.transactions):
        return False
    codeless = {
        owner.address
        for stem, owner in names.owners.items()
        if owner.tree_index == 0 and _codeless(by_stem[stem].suffixes, rules)
    }
    for number, raw in enumerate(block.transactions):
        tx = decode_transaction(raw, number)
        if tx.to is None or tx.to not in codeless or tx.access_list or tx.authorizations:
            return False
    return True


def _codeless(leaves: tuple[SuffixDiff, ...], rules: RuleSet) -> bool:
    kinds = header_kinds(rules.layout)
    values = {kinds[leaf.suffix]: leaf.current for leaf in leaves if leaf.suffix < len(kinds)}
    if not values:
        return False
    account = account_fields(values, rules.layout)
    size_known = account is not None and (account.code_size is not None or account.code_hash is not None)
    return account is None or (size_known and not account.has_code)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
