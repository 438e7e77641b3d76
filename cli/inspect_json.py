"""The contents of a witness as JSON. Keys are stable; ``null`` where something is not known."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cli.contents import Stem, targets
from cli.inspect_tree import Subject, size_parts
from cli.json_output import error_member
from stateless.leaves import AccountFields, Leaf
from stateless.transactions import TYPE_NAMES
from stateless.verdict import to_plain
from verkle.errors import StatelessError
from verkle.openings import STATUS_NAMES
from witness.block import BlockInput


def block_json(block: BlockInput, subject: Subject | None, error: StatelessError | None) -> dict[str, Any]:
    """One block of an input; ``subject`` is ``None`` where there is no witness to look at."""
    header = block.header
    said: dict[str, Any] = {
        "name": block.name,
        "number": None if header is None else header.number,
        "hash": to_plain(block.block_hash),
        "rules": None,
        "rules_from": None,
        "transactions": None if block.transactions is None else _transactions(block),
        "sizes": None,
        "parts": None,
        "openings": None,
        "stems": None,
        "error": error_member(error),
    }
    if subject is not None:
        said["rules"] = None if subject.rules is None else subject.rules.name
        said["rules_from"] = subject.rules_from
        said["sizes"] = subject.sizes.to_json()
        said["parts"] = [{"part": part, "bytes": number} for part, number in size_parts(subject.sizes)]
        said["openings"] = None if subject.plan is None else len(subject.plan.openings)
        said["stems"] = [_stem(stem) for stem in subject.stems]
    return said


def _transactions(block: BlockInput) -> dict[str, Any]:
    found = targets(block)
    known = [target for target in found if target is not None]
    return {
        "count": len(found),
        "creations": sum(target.creates for target in known),
        "types": dict(Counter(TYPE_NAMES[target.type] for target in known)),
        "not_understood": len(found) - len(known),
    }


def _stem(stem: Stem) -> dict[str, Any]:
    extension, owner = stem.extension, stem.owner
    return {
        "stem": to_plain(stem.stem),
        "address": None if owner is None else to_plain(owner.address),
        "tree_index": None if owner is None else owner.tree_index,
        "roles": list(stem.roles),
        "happened": stem.happened,
        "status": None if extension is None else STATUS_NAMES[extension.status],
        "depth": None if extension is None else extension.depth,
        "leaf_stem": None if extension is None else to_plain(extension.leaf_stem),
        "before": _account(stem.before),
        "after": _account(stem.after),
        "leaves": [_leaf(leaf) for leaf in stem.leaves],
    }


def _account(account: AccountFields | None) -> dict[str, Any] | None:
    if account is None:
        return None
    return {
        "nonce": account.nonce,
        "balance": account.balance,
        "code_size": account.code_size,
        "code_hash": to_plain(account.code_hash),
    }


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {
        "suffix": leaf.suffix,
        "kind": leaf.kind,
        "index": leaf.index,
        "current": to_plain(leaf.current),
        "new": to_plain(leaf.new),
    }
