"""What the report page says in sentences; numbers in them come from the comparison, never from memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cli.page_data import (
    TREES,
    Comparison,
    Measure,
    Row,
    Variant,
    block_count,
    by_variant,
    common,
    figures,
    middle,
    one_policy,
    with_code,
)
from cli.page_numbers import duration, power_of_two, ratio, size, whole
from cli.page_svg import escape

TITLE: Final = "The same block, proven under three trees"
_MEASURED: Final = """
The proof of a block against the state that the block really ran on, made and verified on the machine
named below. Full marks."""
_MODELLED: Final = """
A proof made and verified the same way, against a state drawn from a seed; or bytes counted without making
a proof. Open marks, and the lines between them."""
_QUOTED: Final = """
Somebody else's figure, from somebody else's machine. It stands in a column of its own with its source,
and no chart mixes it with ours."""
HOW_TO_READ: Final = (("Measured", _MEASURED), ("Modelled", _MODELLED), ("Quoted", _QUOTED))
_PROOF: Final = (
    "What shows that the values belong to the state root: commitments, hashes beside the paths, nodes."
)
_VALUES: Final = """
The leaves themselves: balances, nonces, storage slots, and the new values of those written. A
Merkle-Patricia proof holds its values inside its nodes, where they are counted as proof."""
_CODE: Final = """
“Whole code” sends all code of every account that ran, “chunks run” only the 31-byte pieces that ran or
were copied. A Verkle tree holds chunks. What is sent of code can outweigh the choice of the tree, so both
are shown, and one chart leaves code out."""
_BITS: Final = """
How many levels of the binary tree share a node. Whoever sends a node of several levels sends all hashes
at its lower edge: fewer steps, more bytes."""
TERMS: Final = (
    ("Proof", _PROOF),
    ("Values", _VALUES),
    ("Code", _CODE),
    ("Headers", "Of ancestors, for blocks that ask for earlier block hashes."),
    ("1, 2, 4 bits", _BITS),
    (
        "Size",
        "1 kB is 1,000 bytes. What a figure compares, it compares over the blocks that all its rows have.",
    ),
)
_SMALL: Final = """
The blocks came with small states (at most {most} leaves). Paths are short there, and short paths flatter
trees with narrow nodes. Look at the size of the state before drawing conclusions about a large chain."""
_DRAWN: Final = """
A drawn state has its keys spread evenly, as hashes are, and drawn neighbours beside the paths. Sizes and
work depend on which slots are taken and not on what they hold, so that this changes no figure; but
nobody's accounts are in it."""
_FEW: Final = "{blocks} no chain: what {they} says little about the blocks of a busy network."
_LAYOUT: Final = """
No standard says what a binary witness looks like. This one is a multiproof with every hash once; another
layout gives other bytes."""
_TIMES: Final = """
Times are those of one program in Python on one machine. They show which part of the work is heavy, not
how quick a tree can be; the counts of operations are there for that."""
_UNSHOWN: Final = """
{many} in the Verkle witnesses, the format does not show which kind of node stands there. To show it takes
more bytes{more}; the totals do not hold them."""
_REFUSED: Final = """
{many} not measured, because what was given of them is not found valid; they are listed below, each with its
error."""
_FAILED: Final = "{many} not verified; the table of every witness says which."


def finding(data: Comparison) -> str:
    """The answer in one paragraph of HTML."""
    said = " ".join(
        sentence for sentence in (_sizes(data), _code(data), _large(data), _times(data)) if sentence
    )
    return said or "There is no measured or modelled witness in this comparison, so there is nothing to find."


def one_line(text: str) -> str:
    """A text of this file in one line."""
    return " ".join(text.split())


def _named(variant: Variant) -> str:
    return f'<span class="{variant.class_}">{_word(variant)}</span>'


def _word(variant: Variant) -> str:
    """The tree's name inside a sentence: names of people keep their capitals."""
    return "binary" if variant.tree == "binary" else escape(variant.tree_name)


def _medians(rows: Sequence[Row], measure: Measure) -> list[tuple[Variant, float]]:
    """Of one variant a tree: with chunks where there are some, and the fewest bits a group."""
    found: dict[str, tuple[tuple[int, int], Variant, float]] = {}
    for variant, each in by_variant(common(with_code(rows), measure)).items():
        value = middle(each, measure)
        rank = variant.code_policy != "chunks", variant.group_bits or 0
        if value is not None and (variant.tree not in found or rank < found[variant.tree][0]):
            found[variant.tree] = (rank, variant, value)
    return [(variant, value) for _, variant, value in found.values()]


def _sizes(data: Comparison) -> str:
    pairs = _medians(data.own, lambda row: row.total_bytes)
    if not pairs:
        return ""
    (first, base), rest = pairs[0], pairs[1:]
    others = [
        f"<b>{size(value)}</b> under {_named(variant)} ({ratio(value, base)})" for variant, value in rest
    ]
    blocks = block_count(common(data.own, lambda row: row.total_bytes))
    whose = f"the median witness of {whole(blocks)} blocks" if blocks > 1 else "the witness of one block"
    chunks = all(variant.code_policy == "chunks" for variant, _ in pairs)
    code = ", with code only as far as it ran" if chunks else ""
    under = _listed([f"<b>{size(base)}</b> under {_named(first)}", *others])
    return f"In a state of the size it came with{code}, {whose} weighs {under}."


def _code(data: Comparison) -> str:
    rows = [row for row in with_code(data.own) if (row.variant.group_bits or 1) == 1]
    shared = by_variant(common(rows, lambda row: row.code_bytes))
    for tree in ("patricia", "binary"):
        by_policy = {
            variant.code_policy: sum(figures(each, lambda row: row.code_bytes)) / len(each)
            for variant, each in shared.items()
            if variant.tree == tree
        }
        if by_policy.get("whole", 0) > by_policy.get("chunks", 0) > 0:
            return (
                f"Sending whole code costs {size(by_policy['whole'])} a block in the mean, sending what ran "
                f"{size(by_policy['chunks'])}."
            )
    return ""


def _large(data: Comparison) -> str:
    if not data.sizes:
        return ""
    keys = data.sizes[-1]
    pairs = _medians(one_policy(data.at(keys)), lambda row: row.proof_bytes)
    said = [f"<b>{size(value)}</b> ({_named(variant)})" for variant, value in pairs]
    return f"In a state of {power_of_two(keys)} leaves the proof alone takes {_listed(said)}." if said else ""


def _times(data: Comparison) -> str:
    pairs = _medians(data.own, lambda row: row.verify_ms)
    said = [f"{duration(value)} ({_word(variant)})" for variant, value in pairs]
    return f"Verifying it takes {_listed(said)}." if said else ""


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def limits(data: Comparison) -> list[str]:
    """What the figures cannot say, as plain sentences, as far as this data calls for them."""
    most = max(figures(data.own, lambda row: row.keys), default=0)
    blocks = len(data.blocks)
    candidates: list[tuple[bool, Callable[[], str]]] = [
        (0 < most < 1 << 20, lambda: _SMALL.format(most=whole(most))),
        (bool(data.drawn), lambda: _DRAWN),
        (
            0 < blocks < 30,
            lambda: _FEW.format(
                blocks="One block is" if blocks == 1 else f"{whole(blocks)} blocks are",
                they="it touches" if blocks == 1 else "they touch",
            ),
        ),
        (any(row.variant.tree == TREES[2] for row in data.ours), lambda: _LAYOUT),
        (any(row.verify_ms is not None for row in data.ours), lambda: _TIMES),
        (_unshown(data)[0] > 0, lambda: _UNSHOWN.format(many=_at(_unshown(data)[0]), more=_unshown(data)[1])),
        (data.refused > 0, lambda: _REFUSED.format(many=_blocks_were(data.refused))),
        (_failed(data) > 0, lambda: _FAILED.format(many=_were(_failed(data)))),
    ]
    return [one_line(text()) for holds, text in candidates if holds]


def _unshown(data: Comparison) -> tuple[int, str]:
    """Absences whose node kinds nothing shows, and what showing them takes, where that is known."""
    rows = [row for row in data.own if row.variant.tree == "verkle"]
    more = sum(row.assumption_bytes or 0 for row in rows)
    return sum(row.assumptions or 0 for row in rows), f" ({size(more)} for all of them)" if more else ""


def _failed(data: Comparison) -> int:
    return sum(row.verified is False and row.verify_ms is not None for row in data.ours)


def _at(count: int) -> str:
    return f"Of {whole(count)} absence{'' if count == 1 else 's'}"


def _blocks_were(count: int) -> str:
    return "One block was" if count == 1 else f"{whole(count)} blocks were"


def _were(count: int) -> str:
    return "One proof was" if count == 1 else f"{whole(count)} proofs were"
