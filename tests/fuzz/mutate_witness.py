"""Changes of a Verkle witness in JSON that keep its form: leaves, stems, and the parts of the proof."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz.mutate_json import changed
from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed
from verkle.field import R

VERKLE = "verkle-json"
Change = Callable[[Random, Any], None]

_POINTS = (
    "0x" + "00" * 32,
    "0x280e608d5bbbe84b16aac62aa450e8921840ea563f1c9c266e0240d89cbe6a78",  # outside the group
    "0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",  # the modulus
    "0x01587ad1336675eb912550ec2a28eb8923b824b490dd2ba82e48f14590a298a0",  # G_0
    "0x" + "ff" * 32,
)


def witness_of(document: Any) -> Any:
    """The witness within a document, or the document."""
    if "blocks" in document:
        return document["blocks"][0]["executionWitness"]
    return document.get("executionWitness", document)


def _on(function: Change) -> Callable[[Random, Seed], bytes]:
    def mutate(random: Random, seed: Seed) -> bytes:
        return changed(seed, lambda document: function(random, witness_of(document)))

    return mutate


def _leaf(random: Random, witness: Any) -> Any:
    return random.choice(random.choice(witness["stateDiff"])["suffixDiffs"])


def _flip(random: Random, text: str) -> str:
    at = random.randrange(2, len(text))
    return f"{text[:at]}{int(text[at], 16) ^ 1 << random.randrange(4):x}{text[at + 1 :]}"


def _entered(kind: str, weight: float = 1.0) -> Callable[[Change], Change]:
    def enter(function: Change) -> Change:
        mutator(f"verkle.{kind}", VERKLE, weight=weight / 10)(_on(function))
        return function

    return enter


@_entered("value", 0.4)
def value(random: Random, witness: Any) -> None:
    """A value that is proven: one bit, another leaf's, none, zeros."""
    leaf, other = _leaf(random, witness), _leaf(random, witness)
    now = leaf["currentValue"]
    new = random.choice((other["currentValue"], other["newValue"], None, "0x" + "00" * 32))
    leaf["currentValue"] = new if now is None or random.random() < 0.5 else _flip(random, now)


@_entered("new-value", 0.4)
def new_value(random: Random, witness: Any) -> None:
    leaf, other = _leaf(random, witness), _leaf(random, witness)
    now = leaf["newValue"]
    new = random.choice(
        (other["currentValue"], other["newValue"], None, leaf["currentValue"], "0x" + "00" * 32)
    )
    leaf["newValue"] = new if now is None or random.random() < 0.5 else _flip(random, now)


@_entered("new-value-moved", 0.4)
def new_value_moved(random: Random, witness: Any) -> None:
    leaf, other = _leaf(random, witness), _leaf(random, witness)
    leaf["newValue"], other["newValue"] = other["newValue"], leaf["newValue"]


@_entered("suffix", 1)
def suffix(random: Random, witness: Any) -> None:
    leaf = _leaf(random, witness)
    leaf["suffix"] = random.choice((leaf["suffix"] ^ 1, leaf["suffix"] ^ 128, random.randrange(256), 256, -1))


@_entered("leaf-moved", 1)
def leaf_moved(random: Random, witness: Any) -> None:
    """A leaf goes to another stem."""
    source, target = (random.choice(witness["stateDiff"]) for _ in range(2))
    leaf = source["suffixDiffs"].pop(random.randrange(len(source["suffixDiffs"])))
    target["suffixDiffs"].append(leaf)
    if random.random() < 0.7:
        target["suffixDiffs"].sort(key=lambda each: each["suffix"])


@_entered("leaf-repeated", 1)
def leaf_repeated(random: Random, witness: Any) -> None:
    leaves = random.choice(witness["stateDiff"])["suffixDiffs"]
    at = random.randrange(len(leaves))
    leaves.insert(at, {**leaves[at], "newValue": random.choice((None, leaves[at]["newValue"]))})


@_entered("leaf-added", 0.6)
def leaf_added(random: Random, witness: Any) -> None:
    """A leaf that nobody asked for, absent or made up, in its place."""
    leaves = random.choice(witness["stateDiff"])["suffixDiffs"]
    taken = {leaf["suffix"] for leaf in leaves}
    fresh = random.choice([s for s in range(256) if s not in taken])
    new = random.choice((None, "0x" + "07" * 32))
    leaves.append({"suffix": fresh, "currentValue": None, "newValue": new})
    leaves.sort(key=lambda each: each["suffix"])


@_entered("stem", 2)
def stem(random: Random, witness: Any) -> None:
    """Dropped, repeated, exchanged, another one, in another order."""
    stems = witness["stateDiff"]
    a, b = random.randrange(len(stems)), random.randrange(len(stems))
    choice = random.randrange(6)
    if choice == 0:
        stems.pop(a)
    elif choice == 1:
        stems.insert(b, stems[a])
    elif choice == 2:
        stems[a], stems[b] = stems[b], stems[a]
    elif choice == 3:
        stems[a]["stem"], stems[b]["stem"] = stems[b]["stem"], stems[a]["stem"]
    elif choice == 4:
        stems[a]["stem"] = _flip(random, stems[a]["stem"])
    else:
        stems[a]["suffixDiffs"], stems[b]["suffixDiffs"] = stems[b]["suffixDiffs"], stems[a]["suffixDiffs"]


@_entered("stem-and-extension-dropped", 1)
def stem_and_extension(random: Random, witness: Any) -> None:
    """A stem with its extension byte: all else of the proof stays."""
    stems, proof = witness["stateDiff"], witness["verkleProof"]
    at = random.randrange(len(stems))
    stems.pop(at)
    data = proof["depthExtensionPresent"][2:]
    proof["depthExtensionPresent"] = "0x" + data[: 2 * at] + data[2 * at + 2 :]


@_entered("extension", 2)
def extension(random: Random, witness: Any) -> None:
    proof = witness["verkleProof"]
    data = bytearray.fromhex(proof["depthExtensionPresent"][2:])
    at = random.randrange(len(data))
    choice = random.randrange(4)
    if choice == 0:
        data[at] ^= 1 << random.randrange(8)
    elif choice == 1:
        data[at] = random.randrange(32) << 3 | random.randrange(3)
    elif choice == 2:
        del data[at]
    else:
        data.insert(at, data[at])
    proof["depthExtensionPresent"] = "0x" + data.hex()


@_entered("commitments", 1)
def commitments(random: Random, witness: Any) -> None:
    """Swapped, dropped, repeated, replaced."""
    points = witness["verkleProof"]["commitmentsByPath"]
    a, b = random.randrange(len(points)), random.randrange(len(points))
    choice = random.randrange(5)
    if choice == 0:
        points[a], points[b] = points[b], points[a]
    elif choice == 1:
        points.pop(a)
    elif choice == 2:
        points.insert(b, points[a])
    elif choice == 3:
        points[a] = random.choice((*_POINTS, witness["verkleProof"]["d"]))
    else:
        points[a] = _flip(random, points[a])


@_entered("other-stems", 1)
def other_stems(random: Random, witness: Any) -> None:
    others = witness["verkleProof"]["otherStems"]
    known = [entry["stem"] for entry in witness["stateDiff"]]
    if others and random.random() < 0.6:
        at = random.randrange(len(others))
        change = random.randrange(3)
        if change == 0:
            others.pop(at)
        elif change == 1:
            others[at] = random.choice((_flip(random, others[at]), *known))
        else:
            others.insert(at, others[at])
    else:
        others.append(random.choice((*known, _flip(random, random.choice(known)))))
        others.sort()


@_entered("argument", 1)
def argument(random: Random, witness: Any) -> None:
    """The inner-product argument and D: swapped, replaced, a digit of one, one too few or too many."""
    proof = witness["verkleProof"]
    ipa = proof["ipaProof"]
    side, at = random.choice(("cl", "cr")), random.randrange(8)
    points = ipa[side]
    choice = random.randrange(7)
    if choice == 0:
        ipa["cl"], ipa["cr"] = ipa["cr"], ipa["cl"]
    elif choice == 1:
        other = random.randrange(8)
        points[at], points[other] = points[other], points[at]
    elif choice == 2:
        points[at] = random.choice((*_POINTS, proof["d"]))
    elif choice == 3:
        points[at] = _flip(random, points[at])
    elif choice == 4:
        points.pop(at)
    elif choice == 5:
        points.insert(at, points[at])
    else:
        proof["d"] = random.choice((*_POINTS, points[at], _flip(random, proof["d"])))


@_entered("scalar", 0.6)
def scalar(random: Random, witness: Any) -> None:
    ipa = witness["verkleProof"]["ipaProof"]
    now = int(ipa["finalEvaluation"], 16)
    new = random.choice((now + R, now + 1, R - now, 0, R, 2**256 - 1, now ^ 1 << random.randrange(256)))
    swapped = now.to_bytes(32, "big")[::-1]
    ipa["finalEvaluation"] = random.choice((f"0x{new % 2**256:064x}", "0x" + swapped.hex()))


@_entered("emptied", 0.5)
def emptied(random: Random, witness: Any) -> None:
    """Without any key, or without any proof."""
    zero = "0x" + "00" * 32
    bare = {
        "otherStems": [],
        "depthExtensionPresent": "0x",
        "commitmentsByPath": [],
        "d": zero,
        "ipaProof": {"cl": [zero] * 8, "cr": [zero] * 8, "finalEvaluation": zero},
    }
    choice = random.randrange(4)
    if choice != 1:
        witness["stateDiff"] = [] if choice != 2 else None
    if choice != 0:
        witness["verkleProof"] = bare if choice != 2 else None


@_entered("root", 1)
def root(random: Random, witness: Any) -> None:
    """The state root that the witness states for itself."""
    points = witness["verkleProof"]["commitmentsByPath"]
    witness["parentStateRoot"] = random.choice((*_POINTS, *points, "", None))
