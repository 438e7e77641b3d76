"""The walk through a Merkle-Patricia trie: node by node, each bound by its hash in the node before.

An account's leaf lies under the Keccak-256 of its address in the state trie, a slot's under that of its
number in the storage trie, whose root the account holds; code has its hash in the account.

Source: Ethereum yellow paper, section 4.1 and appendix D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from stateless.inspection.explanation import Answer, Explanation, Status, Step
from stateless.inspection.questions import Question
from stateless.inspection.values import ether, word
from verkle.constants import CHUNK_BYTES, EMPTY_CODE_HASH, KEY_BYTES
from verkle.errors import IncompleteError, StatelessError
from witness.block import BlockInput
from witness.errors import UsageError
from witness.keccak import keccak256
from witness.patricia.account import AccountLeaf, account_path, decode_account, decode_value, slot_path
from witness.patricia.bag import NodeBag, index_nodes
from witness.patricia.nodes import EMPTY_REFERENCE, EMPTY_TRIE_ROOT, Branch, Extension, Leaf
from witness.patricia.walk import Visited, Walk, walk

__all__ = ["explain_patricia"]


def explain_patricia(block: BlockInput, asked: Question, root: tuple[bytes, str] | None) -> Explanation:
    """See ``stateless.inspection.explain``."""
    witness = block.patricia
    if witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    if asked.key is not None and len(asked.key) != KEY_BYTES:
        raise UsageError("QUESTION", "a Merkle-Patricia trie has keys of 32 bytes, and no stems")
    if root is None:
        raise IncompleteError(
            "NO_PRE_ROOT",
            "nothing says the state root before the block, from which a walk begins; give it with --pre-root",
        )
    descent = _Descent(NodeBag(index_nodes(witness.nodes)), witness.codes)
    descent.go(asked, root[0])
    explanation = Explanation(
        tree="patricia",
        asked=asked.words,
        root=root[0],
        root_from=root[1],
        proof="holds" if descent.error is None or descent.error.family == "incomplete" else "false",
        steps=tuple(descent.steps),
        answers=tuple(descent.answers),
        conclusion="",
        error=descent.error,
    )
    return replace(explanation, conclusion=_conclusion(explanation))


class _Descent:
    """Walks the state trie, then the account's storage trie or code; gathers steps and answers."""

    def __init__(self, bag: NodeBag, codes: tuple[bytes, ...]) -> None:
        self._bag = bag
        self._codes = codes
        self.steps: list[Step] = []
        self.answers: list[Answer] = []
        self.error: StatelessError | None = None

    def go(self, asked: Question, root: bytes) -> None:
        """Walk to what is asked for."""
        path = asked.key.hex() if asked.key is not None else account_path(asked.address or b"")
        found = walk(self._bag, root, path)
        self._root("state root", 0, root, "the state before the block")
        level = self._nodes(found, path, 1, "account")
        account = self._account(found, level)
        target = asked.words
        if asked.slot is None and asked.chunk is None:
            self._account_answers(found, account, bytes.fromhex(path))
            return
        if self.error is not None or account is None:
            status: Status = "unknown" if self.error is not None else "absent"
            self.answers.append(
                Answer(target, bytes.fromhex(path), status, meaning="there is no such account")
            )
            return
        if asked.slot is not None:
            self._slot(asked.slot, account, level)
        elif asked.chunk is not None:
            self._chunk(asked.chunk, account, level)

    def _account(self, found: Walk, level: int) -> AccountLeaf | None:
        self.error = found.error
        if found.value is None:
            return None
        try:
            account = decode_account(found.value)
        except StatelessError as error:
            self.error = error
            return None
        empty_storage = " (empty)" if account.storage_root == EMPTY_TRIE_ROOT else ""
        no_code = " (no code)" if account.code_hash == EMPTY_CODE_HASH else ""
        self.steps.append(
            Step(
                "account",
                level,
                "",
                f"nonce {account.nonce}, balance {ether(account.balance)}",
                f"The leaf's value is an account: nonce {account.nonce}, balance {ether(account.balance)}, "
                "storage "
                f"root 0x{account.storage_root.hex()}{empty_storage}, code hash "
                f"0x{account.code_hash.hex()}{no_code}.",
                {
                    "nonce": account.nonce,
                    "balance": account.balance,
                    "storage_root": account.storage_root,
                    "code_hash": account.code_hash,
                },
            )
        )
        return account

    def _account_answers(self, found: Walk, account: AccountLeaf | None, key: bytes) -> None:
        if account is None:
            status: Status = "unknown" if self.error is not None else "absent"
            self.answers.append(Answer("account", key, status, meaning=_ENDS.get(found.end, "")))
            return
        code = "no code" if account.code_hash == EMPTY_CODE_HASH else f"0x{account.code_hash.hex()}"
        storage = "empty" if account.storage_root == EMPTY_TRIE_ROOT else f"0x{account.storage_root.hex()}"
        for name, meaning in (
            ("nonce", str(account.nonce)),
            ("balance", ether(account.balance)),
            ("storage root", storage),
            ("code hash", code),
        ):
            self.answers.append(Answer(name, key, "present", found.value, meaning=meaning))

    def _slot(self, slot: int, account: AccountLeaf, level: int) -> None:
        path = slot_path(slot)
        key = bytes.fromhex(path)
        name = f"slot {slot if slot < 1 << 64 else hex(slot)}"
        self._root("storage root", level + 1, account.storage_root, "the account's storage")
        found = walk(self._bag, account.storage_root, path)
        level = self._nodes(found, path, level + 2, "slot")
        self.error = found.error
        if found.value is None:
            status: Status = "unknown" if found.error is not None else "absent"
            self.answers.append(Answer(name, key, status, meaning=_ENDS.get(found.end, "")))
            return
        try:
            value = decode_value(found.value).to_bytes(32, "big")
        except StatelessError as error:
            self.error = error
            self.answers.append(Answer(name, key, "unknown"))
            return
        self.steps.append(
            Step("value", level, "", word(value), f"The leaf's value is {word(value)}.", {"value": value})
        )
        self.answers.append(Answer(name, key, "present", value, meaning=word(value)))

    def _chunk(self, chunk: int, account: AccountLeaf, level: int) -> None:
        name = f"code chunk {chunk}"
        code_hash = account.code_hash
        code = next((code for code in self._codes if keccak256(code) == code_hash), None)
        if code_hash == EMPTY_CODE_HASH:
            code = b""
        if code is None:
            self.error = IncompleteError(
                "PATRICIA_CODE_MISSING",
                "the witness lacks the code of the account",
                where={"code_hash": code_hash},
            )
            words = f"The witness lacks the code 0x{code_hash.hex()}."
            self.steps.append(Step("code", level + 1, "", "code: not in the witness", words))
            self.answers.append(Answer(name, code_hash, "unknown"))
            return
        piece = code[CHUNK_BYTES * chunk : CHUNK_BYTES * (chunk + 1)]
        words = (
            f"Code stands in the witness whole, {len(code)} bytes, and has the account's code hash. "
            f"This tree has no chunks; bytes {CHUNK_BYTES * chunk} to "
            f"{CHUNK_BYTES * chunk + CHUNK_BYTES - 1} are "
            + (f"0x{piece.hex()}." if piece else "beyond its end.")
        )
        facts = {"code_hash": code_hash, "code_bytes": len(code), "value": piece or None}
        self.steps.append(Step("code", level + 1, "", f"code, {len(code)} bytes", words, facts))
        status: Status = "present" if piece else "absent"
        meaning = f"0x{piece.hex()}" if piece else f"the code has {len(code)} bytes"
        self.answers.append(Answer(name, code_hash, status, piece or None, meaning=meaning))

    # Nodes.

    def _root(self, kind: str, level: int, root: bytes, of: str) -> None:
        words = f"The root of {of}, 0x{root.hex()}: the hash of the trie's top node."
        self.steps.append(Step(kind, level, "", kind, words, {"hash": root}))

    def _nodes(self, found: Walk, key: str, level: int, what: str) -> int:
        """A step a node, and one for how the walk ends; returns the level below the last."""
        for number, visited in enumerate(found.visited):
            self.steps.append(_node_step(visited, key, level + number))
        below = level + len(found.visited)
        last = found.visited[-1] if found.visited else None
        if found.end == "stopped":
            error = found.error
            path = "" if error is None else str(error.where.get("path", ""))
            digest = None if error is None else error.where.get("node")
            said = "" if error is None else error.message
            self.steps.append(
                Step(
                    "stopped",
                    below,
                    path,
                    "the walk stops here",
                    f"{said[:1].upper()}{said[1:]}.",
                    {"hash": digest},
                )
            )
        elif found.end != "value":
            words = f"{_absence(key, last)} So the {what} is absent."
            self.steps.append(Step("absent", below, "" if last is None else last.path, "absent", words))
        return below


_ENDS: Final[Mapping[str, str]] = {
    "empty trie": "the trie is empty",
    "empty slot": "the branch has no child there",
    "other leaf": "another key's leaf stands in its place",
    "other extension": "the path forks off inside an extension",
}


def _node_step(visited: Visited, key: str, level: int) -> Step:
    path, node, digest = visited
    bound = f"Its hash is 0x{digest.hex()}" if digest is not None else "It is embedded in the node before"
    facts: dict[str, object] = {"hash": digest, "depth": len(path), "path": path}
    if isinstance(node, Branch):
        nibble = key[len(path)] if len(path) < len(key) else ""
        there = sum(child != EMPTY_REFERENCE for child in node.children)
        reference = node.children[int(nibble, 16)] if nibble else EMPTY_REFERENCE
        facts |= {"children": there, "nibble": nibble, "child": _reference(reference)}
        words = f"A branch with {there} children. {bound}. The next nibble is {nibble}: {_leads(reference)}."
        return Step("branch", level, path, f"branch, child {nibble}", words, facts)
    facts["nibbles"] = node.path
    if isinstance(node, Extension):
        facts["child"] = _reference(node.child)
        words = (
            f"An extension over the nibbles {node.path}. {bound}. It leads to {_reference_words(node.child)}."
        )
        return Step("extension", level, path, f"extension {node.path}", words, facts)
    facts |= {"key": path + node.path, "value": node.value}
    words = f"A leaf with the rest of its path, {node.path}. {bound}. Its key is 0x{path}{node.path}."
    return Step("leaf", level, path, "leaf", words, facts)


def _reference(reference: bytes) -> bytes | None:
    """What a parent holds of a child, as evidence: its hash, or its RLP where that is short."""
    if reference == EMPTY_REFERENCE:
        return None
    return reference[1:] if len(reference) == 33 else reference


def _reference_words(reference: bytes) -> str:
    data = _reference(reference)
    return (
        "nothing"
        if data is None
        else f"the node with the hash 0x{data.hex()}"
        if len(data) == 32
        else "a node embedded here"
    )


def _leads(reference: bytes) -> str:
    return "no child there" if reference == EMPTY_REFERENCE else _reference_words(reference)


def _absence(key: str, last: Visited | None) -> str:
    if last is None:
        return "The trie is empty: its root is that of a trie without entries."
    node, path = last.node, last.path
    if isinstance(node, Branch):
        return f"The branch at {path or 'the top'} has no child for nibble {key[len(path) : len(path) + 1]}."
    if isinstance(node, Leaf):
        return f"The only key below {path or 'the top'} is 0x{path}{node.path}, another than 0x{key}."
    return (
        f"All keys below {path or 'the top'} go on with {node.path}, this one with "
        f"{key[len(path) : len(path) + len(node.path)]}."
    )


def _conclusion(explanation: Explanation) -> str:
    asked = explanation.asked
    if explanation.error is not None:
        return f"The witness does not show {asked}: {explanation.error.message}."
    if explanation.status == "absent":
        return f"The witness shows that {asked} is absent: {explanation.answers[0].meaning}."
    said = "; ".join(f"{answer.name} is {answer.meaning}" for answer in explanation.answers)
    return f"The witness shows {asked}: {said}."
