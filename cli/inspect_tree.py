"""The contents of a witness as a tree to read: what happens to whom, how it is proven, what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cli.branches import Branch, Span, styled
from cli.contents import Happened, Stem, targets
from cli.terminal import Symbols, printable
from cli.words import count, ether, ether_change, short_hex
from stateless.leaves import AccountFields, Leaf
from stateless.rules import RuleSet
from stateless.transactions import TYPE_NAMES
from verkle.constants import COMMITMENT_BYTES, EMPTY_CODE_HASH, STEM_BYTES, VALUE_BYTES
from verkle.openings import ABSENT_OTHER, PRESENT, STATUS_NAMES, Plan
from witness.block import BlockInput
from witness.sizes import MULTIPROOF_BYTES, Sizes

# Of a group or an account, unless all are asked for.
LISTED: Final = 6
LEAVES_LISTED: Final = 8
BAR: Final = 24
# Values with as many zero bytes in front are shown without them, and whole up to this length.
ZEROS_HIDDEN: Final = 4
WHOLE_BYTES: Final = 12
NAME_WIDTH: Final = 44

GROUPS: Final[tuple[tuple[Happened, str, str], ...]] = (
    ("created", "created", "green"),
    ("changed", "changed", "yellow"),
    ("stored", "with only storage or code written", "magenta"),
    ("read", "read, not changed", "cyan"),
    ("absent", "proven absent", "dim"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """All that is shown of one block's witness."""

    block: BlockInput
    rules: RuleSet | None
    rules_from: str | None
    stems: tuple[Stem, ...]
    sizes: Sizes
    plan: Plan | None
    everything: bool


def tree(subject: Subject, symbols: Symbols) -> Branch:
    """The whole tree."""
    root = Branch(styled((printable(subject.block.name), "bold")))
    _Tree(subject, symbols).fill(root)
    return root


class _Tree:
    """Builds the branches; holds what all of them need."""

    def __init__(self, subject: Subject, symbols: Symbols) -> None:
        self._subject = subject
        self._symbols = symbols

    def fill(self, root: Branch) -> None:
        self._block(root)
        for happened, words, style in GROUPS:
            self._group(root, happened, words, style)
        if self._subject.plan is not None:
            self._proof(root, self._subject.plan)
        self._sizes(root)

    # The block.

    def _block(self, root: Branch) -> None:
        block, rules = self._subject.block, self._subject.rules
        header = block.header
        named = (
            f"rules {rules.name}"
            if rules is not None
            else "no rules named (--rules), so leaves have no names"
        )
        said = f" (by the {self._subject.rules_from})" if self._subject.rules_from else ""
        if header is None:
            branch = root.add("a witness without a block", (f"  {named}{said}", "dim"))
        else:
            number = "a block" if header.number is None else f"block {header.number:,}"
            branch = root.add((number, "bold"), (f"  {named}{said}", "dim"))
        if block.block_hash is not None:
            branch.add(("hash         ", "dim"), "0x" + block.block_hash.hex())
        pre_root = None if block.witness is None else block.witness.parent_state_root
        if pre_root is not None:
            branch.add(("state before ", "dim"), "0x" + pre_root.hex())
        if header is not None and header.state_root is not None:
            branch.add(("state after  ", "dim"), "0x" + header.state_root.hex())
        if block.transactions:
            branch.add(("transactions ", "dim"), self._transactions())
        if block.withdrawals:
            total = sum(withdrawal.amount_gwei for withdrawal in block.withdrawals) * 10**9
            branch.add(("withdrawals  ", "dim"), f"{len(block.withdrawals)}, {ether(total)} in all")
        if header is not None and header.gas_used is not None:
            limit = "" if header.gas_limit is None else f" of {header.gas_limit:,}"
            branch.add(("gas          ", "dim"), f"{header.gas_used:,}{limit}")

    def _transactions(self) -> str:
        found = targets(self._subject.block)
        known = [target for target in found if target is not None]
        kinds = Counter(TYPE_NAMES[target.type] for target in known)
        addresses = {target.address for target in known if target.address is not None}
        creations = sum(target.creates for target in known)
        parts = []
        if len(known) > creations:
            parts.append(f"{len(known) - creations} to {count(len(addresses), 'address', 'addresses')}")
        if creations:
            parts.append(f"{creations} that {'create' if creations > 1 else 'creates'} a contract")
        parts += [f"{times} {kind}" for kind, times in kinds.items()]
        if len(known) < len(found):
            parts.append(f"{len(found) - len(known)} not understood")
        return f"{len(found):,}: {', '.join(parts)}"

    # What happened.

    def _group(self, root: Branch, happened: Happened, words: str, style: str) -> None:
        members = [stem for stem in self._subject.stems if stem.happened == happened]
        if not members:
            return
        noun = "account" if all(stem.as_account for stem in members) else "stem"
        members.sort(key=_interest)
        bold = style if style == "dim" else f"bold {style}"
        group = root.add((f"{count(len(members), noun)} ", bold), (words, style))
        listed = members if self._subject.everything else members[:LISTED]
        names = [self._name(stem) for stem in listed]
        widths = [sum(len(text) for text, _ in name) for name in names]
        for stem, name, width in zip(listed, names, widths, strict=True):
            pad = " " * (min(max(widths), NAME_WIDTH) - width)
            self._stem(group, stem, [*name, (pad, "")])
        self._rest(group, len(members) - len(listed))

    def _rest(self, branch: Branch, left: int) -> None:
        if left:
            branch.add((f"{self._symbols.ellipsis} and {left:,} more (--all)", "dim"))

    def _stem(self, group: Branch, stem: Stem, name: list[Span]) -> None:
        spans: list[Span | str] = [*name]
        account = self._account(stem)
        if account:
            spans.append("  ")
            spans += account
        spans.append((f"  {self._place(stem)}", "dim"))
        branch = group.add(*spans)
        self._leaves(branch, stem)

    def _name(self, stem: Stem) -> list[Span]:
        ellipsis = self._symbols.ellipsis
        if stem.owner is None:
            name: list[Span] = [(f"stem {short_hex(stem.stem, ellipsis=ellipsis)}", "")]
            role = _apparent_role(stem)
            return [*name, (f" {role}", "italic")] if role else name
        name = [(short_hex(stem.owner.address, 6, 4, ellipsis), "bold")]
        if stem.owner.tree_index:
            name.append((" storage" if stem.owner.tree_index >= 4 else " code", ""))
        if stem.roles:
            name.append((f" {', '.join(stem.roles)}", "italic"))
        return name

    def _account(self, stem: Stem) -> list[Span | str]:
        """The account in few words: what changes with both values, else what there is."""
        before, after = stem.before, stem.after
        if before is None and after is None:
            return []
        if before is None or after is None:
            there = before or after
            return [_state_words(there)] if there is not None else []
        changes = self._changes(before, after)
        return changes or [_state_words(before)]

    def _changes(self, before: AccountFields, after: AccountFields) -> list[Span | str]:
        arrow, minus = self._symbols.arrow, self._symbols.minus
        parts: list[Span | str] = []
        if after.nonce is not None and after.nonce != before.nonce:
            more = "" if before.nonce is None else f" ({after.nonce - before.nonce:+,})"
            parts += [f"nonce {_or_none(before.nonce)} {arrow} {after.nonce:,}", (more, "green"), ", "]
        if after.balance is not None and after.balance != before.balance:
            if before.balance is None:
                parts += [f"balance none {arrow} {ether(after.balance)}", ", "]
            else:
                gain_wei = after.balance - before.balance
                sign, style = ("+", "green") if gain_wei > 0 else ("", "red")
                parts.append(f"balance {ether_change(before.balance, after.balance, arrow)}")
                gain = ether(gain_wei, minus)
                if gain.rpartition(" ")[2] == ether(after.balance).rpartition(" ")[2]:
                    gain = gain.partition(" ")[0]  # the unit has just been said
                parts += [(f" ({sign}{gain})", style), ", "]
        if after.code_size is not None and after.code_size != before.code_size:
            parts += [f"code {_or_none(before.code_size)} {arrow} {after.code_size:,} B", ", "]
        if after.code_hash is not None and after.code_hash != before.code_hash:
            parts += [
                f"code hash {arrow} {short_hex(after.code_hash, ellipsis=self._symbols.ellipsis)}",
                ", ",
            ]
        return parts[:-1]

    def _place(self, stem: Stem) -> str:
        extension = stem.extension
        if extension is None:
            return count(len(stem.leaves), "leaf", "leaves")
        if extension.status == PRESENT:
            where = f"depth {extension.depth}"
        elif extension.status == ABSENT_OTHER:
            other = (
                ""
                if extension.leaf_stem is None
                else short_hex(extension.leaf_stem, 3, 0, self._symbols.ellipsis)
            )
            where = f"{other} is there instead, depth {extension.depth}"
        else:
            where = f"empty slot, depth {extension.depth}"
        return f"[{where}]"

    # Leaves beyond the account's own fields.

    def _leaves(self, branch: Branch, stem: Stem) -> None:
        storage = [leaf for leaf in stem.leaves if leaf.kind == "storage"]
        code = [leaf for leaf in stem.leaves if leaf.kind == "code"]
        unknown = [leaf for leaf in stem.leaves if leaf.kind == "unknown"]
        if code:
            self._code(branch, code)
        rows = [(leaf, self._slot(leaf)) for leaf in storage]
        rows += [(leaf, f"suffix {leaf.suffix}") for leaf in unknown]
        limit = len(rows) if self._subject.everything else LEAVES_LISTED
        for leaf, name in rows[:limit]:
            branch.add((f"{name}  ", ""), *self._values(leaf))
        self._rest(branch, max(0, len(rows) - limit))

    def _slot(self, leaf: Leaf) -> str:
        slot = leaf.index or 0
        return (
            f"slot {slot}"
            if slot < 1 << 32
            else f"slot {short_hex(f'{slot:x}', ellipsis=self._symbols.ellipsis)}"
        )

    def _values(self, leaf: Leaf) -> list[Span | str]:
        current, new = leaf.current, leaf.new
        old = self._word(current)
        if new is None:
            return [(old, "dim" if current is None else "")]
        return [old, f" {self._symbols.arrow} ", (self._word(new), "yellow")]

    def _word(self, value: bytes | None) -> str:
        if value is None:
            return "empty"
        number = int.from_bytes(value, "big")
        if number < 1 << 40:
            return f"{number:,}"
        rest = value.lstrip(b"\0")
        if len(value) - len(rest) < ZEROS_HIDDEN:
            return short_hex(value, ellipsis=self._symbols.ellipsis)
        return (
            "0x" + rest.hex() if len(rest) <= WHOLE_BYTES else short_hex(rest, 6, 4, self._symbols.ellipsis)
        )

    def _code(self, branch: Branch, code: Sequence[Leaf]) -> None:
        written = sum(leaf.written for leaf in code)
        there = sum(leaf.current is not None for leaf in code)
        what = f"{written} written" if written else f"{there} read" if there else "none there"
        branch.add(
            f"code chunks {_ranges([leaf.index or 0 for leaf in code])}  ",
            (f"{what}, {VALUE_BYTES * (written + there):,} B", "dim"),
        )

    # The proof and its price.

    def _proof(self, root: Branch, plan: Plan) -> None:
        sizes = self._subject.sizes
        below = count(sizes.commitments, "commitment")
        opened = f"{count(len(plan.openings), 'opening')} of {below} and the root"
        branch = root.add(("proof ", "bold blue"), (opened, "blue"))
        ends = Counter((extension.status, extension.depth) for extension in plan.extensions)
        for status, name in enumerate(STATUS_NAMES):
            depths = sorted((depth, times) for (kind, depth), times in ends.items() if kind == status)
            if depths:
                total = sum(times for _, times in depths)
                where = ", ".join(f"{times} at depth {depth}" for depth, times in depths)
                branch.add(f"{name:<13}{total:>5,}", (f"  {where}", "dim"))
        if sizes.other_stems:
            branch.add(
                f"{'other stems':<13}{sizes.other_stems:>5,}", ("  found in the place of absent ones", "dim")
            )

    def _sizes(self, root: Branch) -> None:
        sizes = self._subject.sizes
        branch = root.add(("size ", "bold blue"), (f"{sizes.witness_bytes:,} bytes as SSZ", "blue"))
        for name, number in size_parts(sizes):
            if not number:
                continue
            share = number / sizes.witness_bytes
            branch.add(f"{name:<15}{number:>9,}{100 * share:>6.1f} % ", (_bar(share, self._symbols), "blue"))


def size_parts(sizes: Sizes) -> list[tuple[str, int]]:
    """(part, bytes) of a witness as SSZ; they add up to ``witness_bytes``."""
    parts = [
        ("stems", sizes.stem_bytes),
        ("values before", VALUE_BYTES * sizes.present),
        ("values after", VALUE_BYTES * sizes.new_values),
        ("commitments", COMMITMENT_BYTES * sizes.commitments),
        ("other stems", STEM_BYTES * sizes.other_stems),
        ("multiproof", MULTIPROOF_BYTES),
    ]
    # Offsets, suffixes, selectors of optional values, extension statuses.
    parts.append(("framing", sizes.witness_bytes - sum(number for _, number in parts)))
    return parts


def _bar(share: float, symbols: Symbols) -> str:
    halves = round(2 * BAR * share)
    return symbols.full * (halves // 2) + symbols.half * (halves % 2)


def _interest(stem: Stem) -> tuple[bool, bool, bytes]:
    """Named stems first, then by address or stem."""
    return stem.owner is None, not stem.as_account, stem.owner.address if stem.owner else stem.stem


def _apparent_role(stem: Stem) -> str | None:
    """What an account without a name must be, as its nonce shows: only senders and creators count theirs up
    from what it was, and only a contract begins with 1."""
    before, after = stem.before, stem.after
    if after is None or after.nonce is None:
        return None
    if before is None:
        return "contract" if after.nonce == 1 else None
    if before.nonce is not None and after.nonce > before.nonce and not before.has_code:
        return "sender"
    return None


def _state_words(account: AccountFields) -> Span:
    parts = []
    if account.nonce is not None:
        parts.append(f"nonce {account.nonce:,}")
    if account.balance is not None:
        parts.append(f"balance {ether(account.balance)}")
    if account.code_size:
        parts.append(f"code {account.code_size:,} B")
    elif account.code_hash == EMPTY_CODE_HASH:
        parts.append("no code")
    elif account.code_hash is not None:
        parts.append(f"code hash {short_hex(account.code_hash, ellipsis='..')}")
    return ", ".join(parts), ""


def _or_none(number: int | None) -> str:
    return "none" if number is None else f"{number:,}"


def _ranges(numbers: Sequence[int], listed: int = 6) -> str:
    """``0-12, 40, 44-46``."""
    starts = [numbers[0]] + [b for a, b in pairwise(numbers) if b != a + 1]
    ends = [a for a, b in pairwise(numbers) if b != a + 1] + [numbers[-1]]
    parts = [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]
    if len(parts) > listed:
        return f"{', '.join(parts[:listed])} and {len(parts) - listed} more ranges"
    return ", ".join(parts)
