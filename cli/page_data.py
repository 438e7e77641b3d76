"""What the report page reads out of a comparison: rows with every field checked, in groups to be compared.

The document is ``stateless/compare/1``. Whatever is missing, null or not of its kind is ``None`` here, and
the page says that it is not known; names in it are hostile and are escaped where they are printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from cli.page_numbers import median

Kind = Literal["measured", "modelled", "quoted"]
Measured = Literal["all", "some", "none"]
TREES: Final = ("verkle", "patricia", "binary")
"""Those that proofs are made under here, in the order in which they are shown."""
TREE_NAMES: Final[Mapping[str, str]] = {
    "verkle": "Verkle",
    "patricia": "Merkle-Patricia",
    "binary": "Binary",
    "snark": "SNARK",
}
POLICIES: Final = ("whole", "chunks", "none")
POLICY_NAMES: Final[Mapping[str, str]] = {
    "whole": "whole code",
    "chunks": "chunks run",
    "none": "no code",
}
PARTS: Final = ("proof", "values", "code", "headers")
PART_NAMES: Final[Mapping[str, str]] = {
    "proof": "proof",
    "values": "values",
    "code": "code",
    "headers": "headers of ancestors",
}
ENCODINGS: Final = ("own", "ssz", "cbor", "snappy", "zstd")
MOST: Final = 1 << 62
"""Larger numbers are no sizes and no counts."""
UNNAMED: Final = "unnamed"


class Variant(NamedTuple):
    """A tree, how its levels are grouped, what it carries of code: what one bar or one line stands for."""

    tree: str
    group_bits: int | None
    code_policy: str | None

    @property
    def name(self) -> str:
        """``Binary, 4 bits, chunks run``."""
        return ", ".join(part for part in (self.tree_name, self.group, self.policy) if part)

    @property
    def tree_name(self) -> str:
        """The tree in words; the name itself where it is none of the three."""
        return TREE_NAMES.get(self.tree, self.tree)

    @property
    def group(self) -> str:
        """The bits a level, of a binary tree."""
        if self.group_bits is None or self.tree != "binary":
            return ""
        return f"{self.group_bits} bit{'' if self.group_bits == 1 else 's'}"

    @property
    def tree_and_group(self) -> str:
        """``Binary, 4 bits``."""
        return ", ".join(part for part in (self.tree_name, self.group) if part)

    @property
    def policy(self) -> str:
        """What is carried of code. A Verkle tree has one way, which needs no word."""
        if self.code_policy is None or (self.tree == "verkle" and self.code_policy == "chunks"):
            return ""
        return POLICY_NAMES.get(self.code_policy, self.code_policy)

    @property
    def class_(self) -> str:
        """The colour of its tree, as a class of the style sheet."""
        return self.tree if self.tree in TREES else "other"

    @property
    def order(self) -> tuple[int, str, int, int]:
        """Where it stands in lists."""
        tree = TREES.index(self.tree) if self.tree in TREES else len(TREES)
        policy = POLICIES.index(self.code_policy) if self.code_policy in POLICIES else len(POLICIES)
        return tree, self.tree, self.group_bits or 0, policy


@dataclass(frozen=True, slots=True)
class Row:
    """One witness of one block, or one figure of a law or of another source. Bytes, milliseconds, counts."""

    block: str
    variant: Variant
    kind: Kind
    keys: int | None
    own_size: bool
    keys_touched: int | None
    proof_bytes: int | None
    values_bytes: int | None
    code_bytes: int | None
    header_bytes: int | None
    total_bytes: int | None
    encodings: Mapping[str, int]
    commitments: int | None
    stems: int | None
    other_stems: int | None
    siblings: int | None
    openings: int | None
    depths: Mapping[int, int]
    prove_ms: float | None
    verify_ms: float | None
    execute_ms: float | None
    rebuild_ms: float | None
    point_additions: int | None
    hashes: int | None
    inversions: int | None
    peak_memory_bytes: int | None
    verified: bool | None
    assumptions: int | None
    assumption_bytes: int | None
    source: str | None
    remark: str | None

    def part(self, name: str) -> int | None:
        """Bytes of one of ``PARTS``."""
        return {
            "proof": self.proof_bytes,
            "values": self.values_bytes,
            "code": self.code_bytes,
            "headers": self.header_bytes,
        }[name]

    @property
    def is_own(self) -> bool:
        """In a state of the size that the block came with. What was measured ran on the block's own state,
        also where the row does not say so."""
        return self.own_size or self.kind == "measured" or self.keys is None

    @property
    def without_code(self) -> int | None:
        """Bytes of everything but code."""
        if self.total_bytes is None or self.code_bytes is None:
            return None
        return max(self.total_bytes - self.code_bytes, 0)

    @property
    def mean_depth(self) -> float | None:
        """Of the leaves that the walks end at."""
        return mean_depth(self.depths)


Measure = Callable[[Row], float | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The selections of rows that figures are made of.

    ``own``: each block in a state of the size that it came with. ``drawn``: in states of the sizes ``sizes``
    (leaves), drawn from a model. ``quoted``: figures of others. ``blocks``: names of the blocks, in order.
    ``refused``: how many inputs or blocks were not measured.
    """

    own: tuple[Row, ...]
    drawn: tuple[Row, ...]
    quoted: tuple[Row, ...]
    sizes: tuple[int, ...]
    blocks: tuple[str, ...]
    refused: int

    @property
    def ours(self) -> tuple[Row, ...]:
        """All that are not quoted."""
        return self.own + self.drawn

    def at(self, keys: int) -> tuple[Row, ...]:
        """Those drawn to one size."""
        return tuple(row for row in self.drawn if row.keys == keys)


def comparison(document: Mapping[str, object]) -> Comparison:
    """Read a document. Raises nothing: what cannot be read is not there."""
    listed, refused = document.get("results"), document.get("refused")
    rows = tuple(
        _row(entry)
        for entry in (listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ())
        if isinstance(entry, Mapping)
    )
    ours = [row for row in rows if row.kind != "quoted"]
    drawn = tuple(row for row in ours if not row.is_own)
    return Comparison(
        own=tuple(row for row in ours if row.is_own),
        drawn=drawn,
        quoted=tuple(row for row in rows if row.kind == "quoted"),
        sizes=tuple(sorted({row.keys for row in drawn if row.keys is not None})),
        blocks=tuple(dict.fromkeys(row.block for row in ours)),
        refused=len(refused) if isinstance(refused, list | tuple) else 0,
    )


def mean_depth(depths: Mapping[int, int]) -> float | None:
    """Of walks, given how many end at each depth; ``None`` of none."""
    count = sum(depths.values())
    return sum(depth * many for depth, many in depths.items()) / count if count else None


def block_count(rows: Iterable[Row]) -> int:
    """Of how many blocks they are."""
    return len({row.block for row in rows})


def by_variant(rows: Iterable[Row]) -> dict[Variant, list[Row]]:
    """Rows of each variant, variants in order."""
    grouped: dict[Variant, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.variant, []).append(row)
    return {variant: grouped[variant] for variant in sorted(grouped, key=lambda each: each.order)}


def common(rows: Sequence[Row], measure: Measure) -> tuple[Row, ...]:
    """Rows of the blocks for which every variant has this figure: variants are compared on the same work.

    If there is no such block: all rows that have the figure.
    """
    known = [row for row in rows if measure(row) is not None]
    every = {row.variant for row in known}
    seen: dict[str, set[Variant]] = {}
    for row in known:
        seen.setdefault(row.block, set()).add(row.variant)
    shared = {block for block, found in seen.items() if found == every}
    return tuple(row for row in known if row.block in shared) if shared else tuple(known)


def one_policy(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows with one code policy for each tree and grouping, for figures of proofs: chunks where the tree
    holds chunks, whole code under a Merkle-Patricia trie, which holds its hash."""
    listed = list(rows)
    best: dict[tuple[str, int | None], int] = {}
    for row in listed:
        key = row.variant.tree, row.variant.group_bits
        best[key] = min(_liking(row.variant), best.get(key, len(POLICIES)))
    return tuple(
        row for row in listed if _liking(row.variant) == best[row.variant.tree, row.variant.group_bits]
    )


def _liking(variant: Variant) -> int:
    order = ("whole", "chunks", "none") if variant.tree == "patricia" else ("chunks", "none", "whole")
    return order.index(variant.code_policy) if variant.code_policy in order else len(order)


def with_code(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows of witnesses that carry code, in whichever way."""
    return tuple(row for row in rows if row.variant.code_policy != "none")


def without_code(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows for figures that leave code out: those of witnesses made without it, where there are some. Else
    those of one policy, of which whoever draws the figure leaves out ``code_bytes``."""
    listed = tuple(rows)
    made = tuple(row for row in listed if row.variant.code_policy == "none")
    return made or one_policy(listed)


def how_measured(rows: Sequence[Row]) -> Measured:
    """Whether all of them were measured, some, or none."""
    measured = sum(row.kind == "measured" for row in rows)
    return "all" if measured == len(rows) else "some" if measured else "none"


def kind_words(rows: Sequence[Row]) -> str:
    """``measured``, ``modelled``, ``measured in 2 of 3 blocks``."""
    measured = sum(row.kind == "measured" for row in rows)
    if measured in {0, len(rows)}:
        return "measured" if measured else "modelled"
    return f"measured in {measured} of {len(rows)} blocks"


def figures(rows: Iterable[Row], measure: Measure) -> list[float]:
    """The figure of every row that has it."""
    return [found for row in rows if (found := measure(row)) is not None]


def middle(rows: Iterable[Row], measure: Measure) -> float | None:
    """The median of a figure."""
    return median(figures(rows, measure))


def mean(rows: Iterable[Row], measure: Measure) -> float | None:
    """The mean of a figure."""
    found = figures(rows, measure)
    return sum(found) / len(found) if found else None


def _row(entry: Mapping[str, object]) -> Row:
    kind = entry.get("kind")
    operations = _mapping(entry.get("operations"))
    assumptions = entry.get("assumptions")
    return Row(
        block=_text(entry.get("block")) or UNNAMED,
        variant=Variant(
            _text(entry.get("tree")) or "unknown",
            _count(entry.get("group_bits")),
            _text(entry.get("code_policy")),
        ),
        # What does not say that it was measured is not passed off as such.
        kind="measured" if kind == "measured" else "quoted" if kind == "quoted" else "modelled",
        keys=_count(entry.get("keys")),
        own_size=entry.get("own_size") is True,
        keys_touched=_count(entry.get("keys_touched")),
        proof_bytes=_count(entry.get("proof_bytes")),
        values_bytes=_count(entry.get("values_bytes")),
        code_bytes=_count(entry.get("code_bytes")),
        header_bytes=_count(entry.get("header_bytes")),
        total_bytes=_count(entry.get("total_bytes")),
        encodings={
            name: found
            for name in ENCODINGS
            if (found := _count(_mapping(entry.get("encodings")).get(name))) is not None
        },
        commitments=_count(entry.get("commitments")),
        stems=_count(entry.get("stems")),
        other_stems=_count(entry.get("other_stems")),
        siblings=_count(entry.get("siblings")),
        openings=_count(entry.get("openings", operations.get("openings"))),
        depths=_depths(entry.get("depths")),
        prove_ms=_time(entry.get("prove_ms")),
        verify_ms=_time(entry.get("verify_ms")),
        execute_ms=_time(entry.get("execute_ms")),
        rebuild_ms=_time(entry.get("rebuild_ms")),
        point_additions=_count(operations.get("point_additions")),
        hashes=_count(operations.get("hashes")),
        inversions=_count(operations.get("inversions")),
        peak_memory_bytes=_count(entry.get("peak_memory_bytes")),
        verified=_truth(entry.get("verified")),
        assumptions=len(assumptions) if isinstance(assumptions, list | tuple) else _count(assumptions),
        assumption_bytes=_count(entry.get("assumption_bytes")),
        source=_text(entry.get("source")),
        remark=_text(entry.get("note")),
    )


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: object) -> int | None:
    """A whole number that is not negative."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        return None
    return value


def _time(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MOST:
        return None
    return float(value) if math.isfinite(value) else None


def _depths(value: object) -> dict[int, int]:
    found = {}
    for depth, many in _mapping(value).items():
        count = _count(many)
        if isinstance(depth, str) and depth.isascii() and depth.isdigit() and len(depth) <= 3:
            depth = int(depth)
        if isinstance(depth, int) and not isinstance(depth, bool) and 0 <= depth <= 999 and count:
            found[depth] = count
    return dict(sorted(found.items()))
