"""The state before a block out of verified leaves: of the binary tree, or of a Verkle tree that a block was
put into. What gas rules the block runs under does not matter: policies speak of accounts, slots and chunks.

All of it is the Verkle networks' view (``stateless.verkle_view``); what differs is how an address and a tree
index become a stem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from stateless.evm.code import Code
from stateless.rules import RuleSet
from stateless.verkle_view import Leaves, VerkleView
from stateless.view import AccountFields, StateChanges
from verkle.constants import DELEGATION_BYTES
from verkle.embedding import StemsOf, stems
from witness.binary.keys import stem_of
from witness.binary.rules import BinaryRules

__all__ = ["CodeApartView", "LeafView", "binary_stems", "verkle_stems", "written_leaves"]


def verkle_stems(places: Iterable[tuple[bytes, int]]) -> list[bytes]:
    """Stems of the Verkle tree of EIP-6800."""
    return stems(list(places), "map_to_field")


def binary_stems(rules: BinaryRules) -> StemsOf:
    """Stems of a binary tree."""

    def stems_of(places: Iterable[tuple[bytes, int]]) -> list[bytes]:
        return [stem_of(rules, address, tree_index) for address, tree_index in places]

    return stems_of


def _no_root(_: Mapping[bytes, bytes]) -> bytes:
    raise ValueError("the root is rebuilt from the witness, not from the view")


class LeafView(VerkleView):
    """A ``StateView`` over leaves whose stems ``stems_of`` makes. ``rules``: where leaves lie
    (``stateless.compare.embedding.leaf_rules``)."""

    def __init__(
        self,
        leaves: Leaves,
        rules: RuleSet,
        stems_of: StemsOf,
        precompiles: Iterable[bytes],
        block_hashes: Callable[[int], bytes],
    ) -> None:
        super().__init__(leaves, rules, precompiles, block_hashes, _no_root)
        self._stems_of = stems_of

    def prepare(self, places: Iterable[tuple[bytes, int]]) -> None:
        """Make the stems of (address, tree index) pairs."""
        wanted = [place for place in dict.fromkeys(places) if place not in self._stems]
        if wanted:
            self._stems.update(zip(wanted, self._stems_of(wanted), strict=True))

    def code(self, address: bytes, account: AccountFields) -> Code:
        """The code, as far as its chunks are shown; what may point to other code, as a whole.

        Raises:
            IncompleteError: ``CODE_CHUNK_MISSING``.
        """
        code = super().code(address, account)
        if code.size == DELEGATION_BYTES:
            code.require(0, DELEGATION_BYTES)
        return code


class CodeApartView(LeafView):
    """The same where code is beside the tree: of each account what ``programs`` has."""

    def __init__(
        self,
        leaves: Leaves,
        rules: RuleSet,
        stems_of: StemsOf,
        precompiles: Iterable[bytes],
        block_hashes: Callable[[int], bytes],
        programs: Mapping[bytes, Code],
    ) -> None:
        super().__init__(leaves, rules, stems_of, precompiles, block_hashes)
        self._beside = programs

    def code(self, address: bytes, account: AccountFields) -> Code:
        """The code that travels beside the proof, if the leaves say that there is code. Raises as
        ``LeafView.code``."""
        if address in self._beside and self.code_size(address, account):
            return self._beside[address]
        return super().code(address, account)


def written_leaves(view: LeafView, changes: StateChanges, *, chunks: bool = True) -> dict[bytes, bytes]:
    """What the changes write, by key. Without ``chunks``: code is not in the tree."""
    return {
        view.key(place): value
        for place, value in view.writes(changes).items()
        if chunks or not _is_chunk(view, place)
    }


def _is_chunk(view: LeafView, place: tuple[bytes, int, int]) -> bool:
    from stateless.places import meaning  # noqa: PLC0415

    return "chunk" in meaning(view.rules, place[1], place[2])
