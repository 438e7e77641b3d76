"""Reading and changing a Merkle-Patricia trie of which only some nodes are at hand.

Keys are paths (``witness.patricia.nodes``), values byte strings that are not empty. Reading tells a key that
is proven absent from one whose node is missing. A change takes all keys at once: each changed node is made
and hashed once, from the bottom up, and a branch is judged by the children that are left in the end. So the
sibling of a deleted child is needed only where it is left alone for good, which is the fewest that any order
can need (what all inserts before all deletes need).

Source: Ethereum yellow paper, appendix D; SPEC 9.2 (deletion hazard), 9.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from verkle.errors import InvalidError
from witness.keccak import keccak256
from witness.patricia.bag import NodeBag
from witness.patricia.nodes import (
    EMPTY_REFERENCE,
    EMPTY_TRIE_ROOT,
    HASH_REFERENCE_BYTES,
    HEX,
    Branch,
    Extension,
    Leaf,
    Node,
    encode_node,
    reference_of,
)

__all__ = ["Updated", "build", "lookup", "update", "visit"]


class Updated(NamedTuple):
    """The root after a change, and the RLP of every node made for it, by hash."""

    root: bytes
    created: dict[bytes, bytes]


def lookup(bag: NodeBag, root: bytes, key: str) -> bytes | None:
    """The value under ``key`` in the trie with this root; ``None`` if the key is proven absent.

    Raises ``IncompleteError`` ``PATRICIA_NODE_MISSING``; ``InvalidError`` as ``NodeBag`` does,
    ``PATRICIA_DEPTH``, ``PATRICIA_EXTENSION_CHILD``.
    """
    node = bag.root(root)
    depth = 0
    while node is not None:
        if isinstance(node, Branch):
            if depth == len(key):
                _check_value_here(bag, key)
                return node.value or None
            reference = node.children[int(key[depth], 16)]
            if reference == EMPTY_REFERENCE:
                return None
            depth += 1
            node = bag.child(reference, key, depth)
            continue
        _check_depth(bag, node, key, depth)
        if isinstance(node, Leaf):
            return node.value if key[depth:] == node.path else None
        if not key.startswith(node.path, depth):
            return None
        depth += len(node.path)
        node = _below(bag, node, key, depth)
    return None


def visit(bag: NodeBag, root: bytes) -> Iterator[bytes]:
    """The values of all leaves that can be reached with the nodes at hand, with all checks on the way.

    Missing nodes are passed over. A node that several parents share is entered once for each depth, since a
    hostile trie could otherwise be walked in exponentially many ways; so a value may stand for several keys.
    """
    if root == EMPTY_TRIE_ROOT or not bag.holds(b"\xa0" + root):
        return
    first = bag.root(root)
    seen: set[tuple[bytes, int]] = set()
    todo: list[tuple[str, Node | bytes]] = [] if first is None else [("", first)]
    while todo:
        path, node = todo.pop()
        if isinstance(node, bytes):
            if (node, len(path)) in seen or not bag.holds(node):
                continue
            seen.add((node, len(path)))
            node = bag.child(node, path, len(path))
        if isinstance(node, Branch):
            if bag.key_nibbles == len(path):
                _check_value_here(bag, path)
            if node.value:
                yield node.value
            todo.extend(
                (path + HEX[nibble], node.children[nibble])
                for nibble in range(15, -1, -1)
                if node.children[nibble] != EMPTY_REFERENCE
            )
            continue
        _check_depth(bag, node, path, len(path))
        if isinstance(node, Leaf):
            yield node.value
        elif bag.holds(node.child):
            path += node.path
            _below(bag, node, path, len(path))
            todo.append((path, node.child))


def _below(bag: NodeBag, extension: Extension, key: str, depth: int) -> Branch:
    """The branch below an extension: anything else would have been merged with it."""
    node = bag.child(extension.child, key, depth)
    if not isinstance(node, Branch):
        raise InvalidError(
            "PATRICIA_EXTENSION_CHILD",
            "an extension leads to a node that is not a branch",
            where={"path": key[:depth]},
        )
    return node


def _check_depth(bag: NodeBag, node: Leaf | Extension, key: str, depth: int) -> None:
    """In a trie whose keys have one length a leaf ends there, and an extension before."""
    if bag.key_nibbles is None:
        return
    end = depth + len(node.path)
    if end == bag.key_nibbles if isinstance(node, Leaf) else end < bag.key_nibbles:
        return
    raise InvalidError(
        "PATRICIA_DEPTH",
        f"a node ends {end} nibbles below the root, where keys have {bag.key_nibbles}",
        where={"path": key[:depth]},
        expected=bag.key_nibbles,
        got=end,
    )


def _check_value_here(bag: NodeBag, key: str) -> None:
    """A branch where a key ends is deeper than any may be, if all keys have one length."""
    if bag.key_nibbles is not None:
        raise InvalidError(
            "PATRICIA_DEPTH",
            f"a branch stands {len(key)} nibbles below the root, where keys have no more",
            where={"path": key},
            expected=bag.key_nibbles,
            got=len(key),
        )


def update(bag: NodeBag, root: bytes, changes: Mapping[str, bytes]) -> Updated:
    """Set every key to its value, or delete it where that is empty; all in one pass.

    Raises as ``lookup``; ``PATRICIA_NODE_MISSING`` also for the sibling of a deleted node, without which
    the collapsed branch cannot be written.
    """
    created: dict[bytes, bytes] = {}
    if not changes:
        return Updated(root, created)
    before = bag.root(root)
    after = _Change(bag, created).apply(before, sorted(changes.items()), 0)
    if after is before:
        return Updated(root, created)
    return Updated(_seal_root(after, created), created)


def build(entries: Mapping[str, bytes]) -> Updated:
    """A trie of these keys and values (none empty), made at once."""
    created: dict[bytes, bytes] = {}
    return Updated(_seal_root(_build(sorted(entries.items()), 0, created), created), created)


def _seal_root(node: Node | None, created: dict[bytes, bytes]) -> bytes:
    if node is None:
        return EMPTY_TRIE_ROOT
    encoded = encode_node(node)
    root = keccak256(encoded)
    created[root] = encoded
    return root


def _seal(node: Node, created: dict[bytes, bytes]) -> bytes:
    """Encode a node that is finished; returns its reference."""
    encoded = encode_node(node)
    reference = reference_of(encoded)
    if len(reference) == HASH_REFERENCE_BYTES:
        created[reference[1:]] = encoded
    return reference


def _build(entries: Sequence[tuple[str, bytes]], depth: int, created: dict[bytes, bytes]) -> Node | None:
    """The node over sorted entries that agree in their first ``depth`` nibbles."""
    if not entries:
        return None
    first, value = entries[0]
    if len(entries) == 1:
        return Leaf(first[depth:], value)
    # Sorted, so what the first and the last share, all share.
    shared = _common(first, entries[-1][0], depth)
    ends_here = len(first) == shared
    children = [EMPTY_REFERENCE] * 16
    for nibble, group in _groups(entries[1:] if ends_here else entries, shared):
        node = _build(group, shared + 1, created)
        if node is not None:
            children[nibble] = _seal(node, created)
    branch = Branch(tuple(children), value if ends_here else b"")
    return branch if shared == depth else Extension(first[depth:shared], _seal(branch, created))


def _common(left: str, right: str, start: int) -> int:
    """Length of the prefix that both share, known to be at least ``start``."""
    end = min(len(left), len(right))
    while start < end and left[start] == right[start]:
        start += 1
    return start


def _groups(
    entries: Sequence[tuple[str, bytes]], depth: int
) -> Iterator[tuple[int, Sequence[tuple[str, bytes]]]]:
    """Sorted entries by their nibble at ``depth``."""
    start = 0
    while start < len(entries):
        digit = entries[start][0][depth]
        end = start + 1
        while end < len(entries) and entries[end][0][depth] == digit:
            end += 1
        yield int(digit, 16), entries[start:end]
        start = end


class _Change:
    """One change of a trie. Nodes are values: what changes is made anew, the rest is kept as it is.

    A child that is a ``Node`` instead of a reference is one not yet encoded, since it may still be merged.
    """

    __slots__ = ("_bag", "_created")

    def __init__(self, bag: NodeBag, created: dict[bytes, bytes]) -> None:
        self._bag = bag
        self._created = created

    def apply(self, node: Node | None, entries: Sequence[tuple[str, bytes]], depth: int) -> Node | None:
        """The node at ``depth`` after the entries: sorted, at least one, agreeing in their first ``depth``
        nibbles. The same object if nothing changed."""
        if node is None:
            return _build([entry for entry in entries if entry[1]], depth, self._created)
        if isinstance(node, Branch):
            return self._branch(node, list(node.children), node.value, entries, depth)
        _check_depth(self._bag, node, entries[0][0], depth)
        if isinstance(node, Leaf):
            return self._leaf(node, entries, depth)
        return self._extension(node, entries, depth)

    def _leaf(self, leaf: Leaf, entries: Sequence[tuple[str, bytes]], depth: int) -> Node | None:
        key = entries[0][0][:depth] + leaf.path
        merged = {key: leaf.value}
        merged.update(entries)
        left = sorted(entry for entry in merged.items() if entry[1])
        if left == [(key, leaf.value)]:
            return leaf
        return _build(left, depth, self._created)

    def _extension(
        self, extension: Extension, entries: Sequence[tuple[str, bytes]], depth: int
    ) -> Node | None:
        path = extension.path
        inside = [entry for entry in entries if entry[0].startswith(path, depth)]
        # To delete what is not there changes nothing.
        outside = [entry for entry in entries if entry[1] and not entry[0].startswith(path, depth)]
        below = depth + len(path)
        if not outside:
            if not inside:
                return extension
            branch = _below(self._bag, extension, inside[0][0], below)
            changed = self.apply(branch, inside, below)
            return extension if changed is branch else self._merged(path, changed)

        shared = min(_common(path, key[depth:], 0) for key, _ in outside)
        children: list[bytes | Node] = [EMPTY_REFERENCE] * 16
        nibble, rest = int(path[shared], 16), path[shared + 1 :]
        children[nibble] = Extension(rest, extension.child) if rest else extension.child
        if not rest and inside:  # the branch below is checked as one below an extension
            children[nibble] = _below(self._bag, extension, inside[0][0], below)
        kept = sorted(inside + outside)
        return self._merged(path[:shared], self._branch(None, children, b"", kept, depth + shared))

    def _branch(
        self,
        before: Branch | None,
        children: list[bytes] | list[bytes | Node],
        value: bytes,
        entries: Sequence[tuple[str, bytes]],
        depth: int,
    ) -> Node | None:
        """A branch with these children, changed. ``before``: the node that it was, if it was one."""
        key = entries[0][0]
        now: list[bytes | Node] = [*children]
        new_value = value
        if len(key) == depth:
            _check_value_here(self._bag, key)
            new_value, entries = entries[0][1], entries[1:]
        changed = before is None or new_value != value
        for nibble, group in _groups(entries, depth):
            child = now[nibble]
            old = child if isinstance(child, tuple) else self._resolve(child, group[0][0], depth + 1)
            new = self.apply(old, group, depth + 1)
            if new is not old:
                now[nibble] = EMPTY_REFERENCE if new is None else new
                changed = True
        if not changed:
            return before

        left = [nibble for nibble, child in enumerate(now) if child != EMPTY_REFERENCE]
        if len(left) + bool(new_value) > 1:
            return Branch(tuple([self._sealed(child) for child in now]), new_value)
        if not left:
            return Leaf("", new_value) if new_value else None
        return self._collapsed(now[left[0]], key[:depth] + HEX[left[0]])

    def _collapsed(self, last: bytes | Node, path: str) -> Node:
        """What takes the place of a branch that has one child left, which stands at ``path``."""
        node = last if isinstance(last, tuple) else self._bag.child(last, path, len(path))
        if isinstance(node, Branch):
            return Extension(path[-1], self._sealed(last))
        if isinstance(last, bytes):
            _check_depth(self._bag, node, path, len(path))
        return node._replace(path=path[-1] + node.path)

    def _resolve(self, reference: bytes, key: str, depth: int) -> Node | None:
        return None if reference == EMPTY_REFERENCE else self._bag.child(reference, key, depth)

    def _sealed(self, child: bytes | Node) -> bytes:
        return _seal(child, self._created) if isinstance(child, tuple) else child

    def _merged(self, path: str, node: Node | None) -> Node | None:
        """The node as it stands below ``path`` nibbles that lead to it alone."""
        if node is None or not path:
            return node
        if isinstance(node, Branch):
            return Extension(path, _seal(node, self._created))
        return node._replace(path=path + node.path)
