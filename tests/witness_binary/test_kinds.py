"""Stem nodes read as internal ones and the reverse: the forgeries, each made in full, and what refuses them.

Each forged proof hashes to the true root: ``forged_root`` says so, with the verifier's own arithmetic and
without its rules about kinds. SPEC 8.4 has the two readings. Two more are here, which its two rules would
let pass: a stem continued by 00 has a known preimage where it is the hash of its address and index, and a
value can be opened below another stem's half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from tests.oracles.binary_tree import root_of
from verkle.accounts import AccountHeader, encode_header
from verkle.diff import StemDiff, SuffixDiff
from verkle.errors import InvalidError
from witness.binary.container import DEEP_STEPS, BinaryProof, DeepSibling, PathEnd, ShownValue
from witness.binary.keys import header_key, stem_of
from witness.binary.kinds import could_be_stem, left_edges_matter, top_of_deep
from witness.binary.proof import climb, verify_proof
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, hash_function
from witness.binary.shape import plan
from witness.binary.subtree import LEAVES, ZERO, beside, fold, grow, stem_hash
from witness.binary.tree import BinaryTree, InternalNode, StemNode

H = hash_function(DEFAULT)
VALUE = b"\x11" * 32


def bit(stem: bytes, depth: int) -> int:
    return int.from_bytes(stem, "big") >> (247 - depth) & 1


def forged_root(diff: Sequence[StemDiff], proof: BinaryProof) -> bytes:
    """What a verifier that asked nothing about kinds would compute."""
    laid_out = plan(diff, proof)
    hashes = []
    for end, given in zip(laid_out.ends, proof.ends, strict=True):
        if end.stem is None:
            hashes.append(ZERO)
            continue
        leaves = {} if end.asked is None else {
            leaf.suffix: ZERO if leaf.current is None else H(leaf.current) for leaf in end.asked.suffixes
        }  # fmt: skip
        if given.shown is not None:
            leaves[given.shown.suffix] = H(given.shown.value)
        siblings = proof.stem_siblings[end.first_sibling : end.last_sibling]
        hashes.append(stem_hash(end.stem, fold(dict(sorted(leaves.items())), siblings, H).top, H))
    return climb(laid_out.segments, hashes, proof.siblings, H).tops[0]


def absent(key: bytes, new: bytes | None = None) -> tuple[StemDiff, ...]:
    return (StemDiff(key[:31], (SuffixDiff(key[31], None, new),)),)


def code_of(root: bytes, diff: Sequence[StemDiff], proof: BinaryProof) -> str:
    with pytest.raises(InvalidError) as caught:
        verify_proof(root, diff, proof, DEFAULT)
    return caught.value.code


def bushy(random: Random, stems: int) -> dict[bytes, bytes]:
    return {random.randbytes(31) + b"\0": random.randbytes(32) for _ in range(stems)}


# --- (a) a stem node read as an internal one --------------------------------------------------------------


def test_an_account_hidden_in_its_own_values() -> None:
    """The walk goes right, into the top of the stem's values, and right again, where there is nothing."""
    random = Random(1)
    while True:
        items = bushy(random, 6)
        tree = BinaryTree(DEFAULT, items)
        key = random.choice(sorted(items))
        honest = prove_keys(tree, [key])
        depth = honest.proof.ends[0].depth
        if bit(key[:31], depth) and bit(key[:31], depth + 1):
            break
    node = StemNode(key[:31], {0: items[key]})
    nodes, _ = node.nodes(H)
    # beside the right half: stem ‖ 00; within it: the left half of the values
    proof = BinaryProof(
        (PathEnd("empty", depth + 2),),
        (*honest.proof.siblings, key[:31] + b"\0", nodes[2]),
    )
    diff = absent(key)
    assert forged_root(diff, proof) == tree.root
    assert code_of(tree.root, diff, proof) == "BINARY_KIND_UNSHOWN"

    # nine levels below the values do not exist: whatever is given does not lead up to the sibling
    chain = deep_into_values(nodes, len(proof.siblings) - 1)
    with_chain = replace(proof, deep=(chain,))
    assert code_of(tree.root, diff, with_chain) == "BINARY_DEEP_SIBLING"
    other = replace(proof, deep=(replace(chain, sibling=len(proof.siblings) - 2),))
    assert code_of(tree.root, diff, other) == "BINARY_KIND_UNSHOWN"


def deep_into_values(nodes: dict[int, bytes], sibling: int) -> DeepSibling:
    """The seven levels that there are below node 2 of a stem's values, and two that are made up."""
    steps: list[bytes | None] = []
    at = 2
    while at < LEAVES:
        left, right = nodes.get(2 * at, ZERO), nodes.get(2 * at + 1, ZERO)
        steps.append(None if right == ZERO else left)
        at = 2 * at + (right != ZERO)
    return DeepSibling(sibling, (*steps, None, None), nodes[at])


def stem_that_is_a_hash(random: Random, wanted: str) -> tuple[bytes, bytes]:
    """An address whose header stem, continued by 00, is a hash: and its stem, with these first bits."""
    while True:
        address = random.randbytes(20)
        digest = H(bytes(12) + address + bytes(32))
        if digest[31] == 0 and f"{int.from_bytes(digest, 'big'):0256b}".startswith(wanted):
            return address, digest[:31]


def test_one_account_in_a_thousand_hides_itself_without_any_work() -> None:
    """Left of the stem node is stem ‖ 00 = H(address ‖ index 0), and the index is an empty half.

    The preimage of the left hash is given here, as SPEC 8.4 has it, and nothing else of the proof is unusual.
    """
    random = Random(2)
    address, stem = stem_that_is_a_hash(random, "01")
    items = {stem + b"\0": VALUE, stem + b"\1": VALUE}
    tree = BinaryTree(DEFAULT, items)
    nodes, _ = grow({0: VALUE, 1: VALUE}, H)
    key = header_key(DEFAULT, address, 0)
    assert tree.get(key) == VALUE
    # root: right is the top of the values; its left child: left is the address, right the index
    proof = BinaryProof((PathEnd("empty", 2),), (nodes[1], bytes(12) + address))
    diff = absent(key)
    assert H(bytes(12) + address + ZERO) == stem + b"\0"
    assert forged_root(diff, proof) == tree.root
    assert code_of(tree.root, diff, proof) == "BINARY_KIND_UNSHOWN"
    # the top of the values has eight levels, and what is below a value is nobody's hash
    steps = deep_into_values(nodes | {2: nodes[1]}, 0).steps
    for bottom in (nodes[LEAVES + 1], H(VALUE), VALUE):
        chain = DeepSibling(0, (steps + steps)[:DEEP_STEPS], bottom)
        assert code_of(tree.root, diff, replace(proof, deep=(chain,))) == "BINARY_DEEP_SIBLING"


def test_an_account_made_up_below_a_chosen_slot() -> None:
    """The index is what its owner chooses: the hash of a subtree in which a rich account stands.

    It takes a slot of one's own, two bytes ground, and the preimage that SPEC 8.4 asks for: any leaf under
    the path can then be "proven" to hold anything.
    """
    random = Random(3)
    rich = encode_header("basic_data", AccountHeader(balance=10**25))[0]
    owner = random.randbytes(20)
    while True:
        # the account that is to be made up lies to the left of the stem node, and then to the right
        phantom = random.randbytes(20)
        stem = stem_of(DEFAULT, phantom, 0)
        if bit(stem, 0) or not bit(stem, 1):
            continue
        fake = stem_hash(stem, grow({0: rich}, H)[0][1], H)
        index = int.from_bytes(fake, "big")
        if not 256**30 <= index < 256**30 + 256**31:  # an index of main storage: the first byte is 0
            continue
        owned = H(bytes(12) + owner + fake)
        if owned[31] == 0:
            break
        owner = random.randbytes(20)
    slot_stem = stem_of(DEFAULT, owner, index)
    items = {slot_stem + b"\x05": VALUE}
    tree = BinaryTree(DEFAULT, items)
    key = header_key(DEFAULT, phantom, 0)
    assert tree.get(key) is None
    top, _ = grow({5: VALUE}, H)
    diff = (StemDiff(stem, (SuffixDiff(0, rich, None),)),)
    inside = tuple([grow({0: rich}, H)[0].get(i, ZERO) for i in beside([0])])
    proof = BinaryProof((PathEnd("own", 2),), (top[1], bytes(12) + owner), inside)
    assert forged_root(diff, proof) == tree.root
    assert code_of(tree.root, diff, proof) == "BINARY_KIND_UNSHOWN"


# --- (b) an internal node read as a stem node -------------------------------------------------------------


def state_whose_root_is_like_a_stem(random: Random) -> dict[bytes, bytes]:
    """Six stems, until the left half of the root ends in 00."""
    while True:
        items = bushy(random, 6)
        top = BinaryTree(DEFAULT, items).top
        if isinstance(top, InternalNode) and top.left and top.left.hash and not top.left.hash[31]:
            return items


def test_a_whole_state_passed_off_as_one_stem() -> None:
    random = Random(4)
    items = state_whose_root_is_like_a_stem(random)
    tree = BinaryTree(DEFAULT, items)
    top = tree.top
    assert isinstance(top, InternalNode)
    assert top.left
    assert top.left.hash
    assert top.right
    assert top.right.hash
    found, values_top = top.left.hash[:31], top.right.hash
    assert stem_hash(found, values_top, H) == tree.root
    victim = min(items)
    diff = absent(victim)
    # without a value it is refused by its shape
    bare = BinaryProof((PathEnd("named", 0, found),))
    assert code_of(tree.root, diff, bare) == "BINARY_KIND_UNSHOWN"
    # and there is none to be opened: eight levels down is no hash of a value that anybody knows
    siblings = tuple([random.randbytes(32) for _ in range(7)])
    shown = PathEnd("named", 0, found, ShownValue(255, VALUE))
    false = BinaryProof((shown,), (), (*siblings, ZERO))
    assert code_of(tree.root, diff, false) == "BINARY_PROOF_FALSE"
    # the honest proof says that the root is an internal node, and shows nine levels to its right if need be
    honest = prove_keys(tree, [victim])
    assert verify_proof(tree.root, honest.diff, honest.proof, DEFAULT).values == {victim: items[victim]}


def test_the_same_stem_asked_for_with_nothing_in_it() -> None:
    """The stem is claimed to be there, without the leaf: nothing is opened but an empty one."""
    random = Random(5)
    while True:
        # right of the root an internal node with nothing to its right
        stems = [bytes([first]) + random.randbytes(30) for first in (0x00, 0x80, 0x81)]
        tree = BinaryTree(DEFAULT, {stem + b"\0": random.randbytes(32) for stem in stems})
        top = tree.top
        assert isinstance(top, InternalNode)
        assert isinstance(top.right, InternalNode)
        assert top.right.right is None
        assert top.left
        assert top.left.hash
        if top.left.hash[31] == 0:
            break
    assert top.right.left
    assert top.right.left.hash
    diff = absent(top.left.hash[:31] + b"\xff")
    proof = BinaryProof((PathEnd("own", 0),), (), (*(ZERO,) * 7, top.right.left.hash))
    assert forged_root(diff, proof) == tree.root
    assert code_of(tree.root, diff, proof) == "BINARY_KIND_UNSHOWN"


def fake_values(random: Random) -> tuple[bytes, dict[int, bytes]]:
    """Seven levels over a value of which the top is like a stem's half, of a stem below the root's right."""
    while True:
        nodes = {128: H(random.randbytes(32))}
        value = random.randbytes(32)
        nodes[128] = H(value)
        at = 128
        while at > 1:
            at >>= 1
            nodes[at] = H(nodes[2 * at] + nodes.get(2 * at + 1, ZERO))
        if nodes[1][31] == 0 and nodes[1][0] & 0x80:
            return value, nodes


def test_a_value_opened_below_another_stems_half() -> None:
    """Eight levels below the root's right child a value can be known after all.

    Where stems are free to choose (or, with an index that hashes as it must, where they are not), the right
    child is the stem node of a stem that is itself the top of seven levels over a value.
    """
    random = Random(6)
    value, fake = fake_values(random)
    trick = fake[1][:31]
    while True:
        left = bytes([random.randrange(128)]) + random.randbytes(30)
        content = random.randbytes(32)
        left_hash = stem_hash(left, grow({0: content}, H)[0][1], H)
        if left_hash[31] == 0:
            break
    items = {left + b"\0": content, trick + b"\0": VALUE}
    tree = BinaryTree(DEFAULT, items)
    right = stem_hash(trick, grow({0: VALUE}, H)[0][1], H)
    assert tree.root == H(left_hash + right)
    real_top = grow({0: VALUE}, H)[0][1]
    # from the right child left into the trick's half, then left seven times: suffix 0, with nothing beside
    # but the top of the trick's own values
    siblings = (ZERO,) * 7 + (real_top,)

    # as another's stem, by which the left one is absent
    diff = absent(left + b"\0")
    shown = BinaryProof((PathEnd("named", 0, left_hash[:31], ShownValue(0, value)),), (), siblings)
    assert forged_root(diff, shown) == tree.root
    assert code_of(tree.root, diff, shown) == "BINARY_SHOWN_VALUE"

    # as a stem that is asked for, with a value that is not there
    made_up = (StemDiff(left_hash[:31], (SuffixDiff(0, value, None),)),)
    own = BinaryProof((PathEnd("own", 0),), (), siblings)
    assert forged_root(made_up, own) == tree.root
    assert code_of(tree.root, made_up, own) == "BINARY_KIND_UNSHOWN"


# --- what honest proofs carry, and no more ----------------------------------------------------------------


def doubtful_root(random: Random) -> tuple[dict[bytes, bytes], bytes]:
    """A state whose root is like a stem node, and a key in its left half."""
    items = state_whose_root_is_like_a_stem(random)
    return items, min(items)


def test_an_honest_doubtful_node_is_shown_by_nine_levels() -> None:
    items, key = doubtful_root(Random(7))
    tree = BinaryTree(DEFAULT, items)
    made = prove_keys(tree, [key])
    [deep] = made.proof.deep
    assert top_of_deep(deep, H) == made.proof.siblings[deep.sibling]
    assert verify_proof(root_of(items), made.diff, made.proof, DEFAULT).values == {key: items[key]}
    # left out, it is missed; to its right a key that is there shows as much
    assert code_of(tree.root, made.diff, replace(made.proof, deep=())) == "BINARY_KIND_UNSHOWN"
    both = prove_keys(tree, [key, max(items)])
    assert both.proof.deep == ()
    for changed in (
        replace(deep, bottom=VALUE),
        replace(deep, steps=(*deep.steps[:-1], VALUE)),
        replace(deep, steps=(None, *deep.steps[1:])),
    ):
        proof = replace(made.proof, deep=(changed,))
        if changed != deep:
            assert code_of(tree.root, made.diff, proof) == "BINARY_DEEP_SIBLING"


def test_nothing_is_shown_that_is_clear() -> None:
    random = Random(8)
    items = {b"\x01" * 31 + bytes([i]): random.randbytes(32) for i in (3, 200)}
    items[b"\xf0" * 31 + b"\0"] = VALUE
    tree = BinaryTree(DEFAULT, items)
    key = b"\x01" * 31 + b"\x03"
    made = prove_keys(tree, [key])
    assert made.proof.deep == ()
    [end] = made.proof.ends
    assert end.shown is None
    # the last value of the stem, though it would show it as well
    nodes, _ = grow({3: items[key], 200: items[b"\x01" * 31 + b"\xc8"]}, H)
    shown = ShownValue(200, items[b"\x01" * 31 + b"\xc8"])
    proof = replace(
        made.proof,
        ends=(replace(end, shown=shown),),
        stem_siblings=tuple([nodes.get(i, ZERO) for i in beside([3, 200])]),
    )
    assert forged_root(made.diff, proof) == tree.root
    assert code_of(tree.root, made.diff, proof) == "BINARY_KIND_NEEDLESS"
    chain = DeepSibling(0, (None,) * DEEP_STEPS, VALUE)
    assert code_of(tree.root, made.diff, replace(made.proof, deep=(chain,))) == "BINARY_KIND_NEEDLESS"


def test_a_stem_is_shown_by_its_last_value_alone() -> None:
    random = Random(9)
    stem = b"\x01" * 31
    values = {3: random.randbytes(32), 77: random.randbytes(32), 200: random.randbytes(32)}
    tree = BinaryTree(DEFAULT, {stem + bytes([i]): value for i, value in values.items()})
    other = b"\x02" * 32
    made = prove_keys(tree, [other])
    assert made.proof.ends == (PathEnd("named", 0, stem, ShownValue(200, values[200])),)
    nodes, _ = grow(values, H)
    for suffix in (3, 77):
        proof = BinaryProof(
            (PathEnd("named", 0, stem, ShownValue(suffix, values[suffix])),),
            (),
            tuple([nodes.get(i, ZERO) for i in beside([suffix])]),
        )
        assert forged_root(made.diff, proof) == tree.root
        assert code_of(tree.root, made.diff, proof) == "BINARY_SHOWN_VALUE"
    # beside an asked leaf that is there, with a higher suffix
    asked = (*absent(other), StemDiff(stem, (SuffixDiff(200, values[200], None),)))
    proof = BinaryProof(
        (PathEnd("named", 0, stem, ShownValue(77, values[77])),),
        (),
        tuple([nodes.get(i, ZERO) for i in beside([77, 200])]),
    )
    diff = tuple(sorted(asked, key=lambda stem_diff: stem_diff.stem))
    assert forged_root(diff, proof) == tree.root
    assert code_of(tree.root, diff, proof) == "BINARY_KIND_NEEDLESS"


def test_a_stem_there_with_only_absences_asked_shows_a_value() -> None:
    items = {bytes(31) + b"\x09": VALUE}
    tree = BinaryTree(DEFAULT, items)
    made = prove_keys(tree, [bytes(31) + b"\x0a"])
    assert made.proof.ends == (PathEnd("own", 0, None, ShownValue(9, VALUE)),)
    assert verify_proof(tree.root, made.diff, made.proof, DEFAULT).values == {bytes(31) + b"\x0a": None}


def test_could_be_stem() -> None:
    assert could_be_stem(bytes(32), 0, 0)
    assert could_be_stem(b"\xa0" + bytes(31), 0b101, 3)
    assert not could_be_stem(b"\xa0" + bytes(31), 0b100, 3)
    assert not could_be_stem(b"\xa0" + bytes(30) + b"\1", 0b101, 3)
    assert could_be_stem(b"\xff" * 31 + b"\0", (1 << 248) - 1, 248)
    assert not could_be_stem(b"\xff" * 31 + b"\0", (1 << 249) - 1, 249)


def test_which_steps_to_the_left_matter() -> None:
    """Below the stem node at path 10, its right half is at 101, and node 2 of the values at 1010."""
    node = b"\xa0" + bytes(31)
    assert left_edges_matter([(2, node)], 0b10, 2) == {2}  # the half of a stem node at 101
    assert left_edges_matter([(4, node)], 0b10, 2) == {4}  # … at 1010
    assert left_edges_matter([(6, node)], 0b10, 2) == set()  # … at 1011, which it does not begin with
    assert left_edges_matter([(2, node)], 0b11, 2) == set()
    assert left_edges_matter([(256, bytes(32))], 0, 247) == set()  # deeper than any stem
