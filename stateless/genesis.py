"""A state as geth writes it at genesis, and the leaves that it is in the tree under a rule set.

``{"config": {…}, "alloc": {address: account, …}}`` is a genesis file, of which ``config`` may name the rules
and everything else is about the header; an object whose names are all addresses is a bare alloc. An account::

    {"balance": number, "nonce": number, "code": "0x…", "storage": {slot: word}}

Read strictly: a number is a JSON integer or text in decimal or 0x-hex; addresses are 40 hex digits, with or
without ``0x``; slots and words are up to 64 hex digits, with or without ``0x``, padded on the left. Only
``balance`` must be there. geth's ``secretKey``, a note for tests, is read over; any other name is refused,
and so are an address or slot that is spelled twice in two ways.

Sources: go-ethereum ``core/types/account.go``; SPEC 4.3 to 4.6.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from verkle.accounts import AccountHeader, AccountLeaf, account_leaves
from verkle.constants import EMPTY_CODE_HASH
from verkle.embedding import stems
from verkle.errors import MalformedError
from witness.fields import JsonPath, as_integer, as_object, hex_bytes, hex_fixed, kind, show
from witness.keccak import keccak256
from witness.strict_json import MAX_INTEGER_DIGITS

if TYPE_CHECKING:
    from stateless.rules import RuleSet

__all__ = ["AllocAccount", "Genesis", "alloc_leaves", "parse_genesis"]

_KNOWN: Final = frozenset({"balance", "nonce", "code", "storage", "secretKey"})
_DECIMAL: Final = frozenset("0123456789")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_WORD_DIGITS: Final = 64
_NONCE_BITS: Final = 64
_BALANCE_BITS: Final = 256
# Accounts embedded at a time: enough that the tables made for their stems pay.
_GROUP: Final = 4096


@dataclass(frozen=True, slots=True)
class AllocAccount:
    """One account. ``address``: 20 bytes; ``balance`` in wei; ``storage``: slot → word."""

    address: bytes
    balance: int
    nonce: int
    code: bytes
    storage: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Genesis:
    """All accounts, in the order of the file. ``chain_config``: ``None`` for a bare alloc."""

    accounts: tuple[AllocAccount, ...]
    chain_config: Mapping[str, object] | None


def parse_genesis(document: Any) -> Genesis:
    """The state in a parsed JSON document.

    Raises ``MalformedError``: ``ALLOC_UNKNOWN_FIELD``, ``ALLOC_ADDRESS_REPEATED``, ``ALLOC_SLOT_REPEATED``,
    ``FIELD_MISSING``, ``FIELD_TYPE``, ``FIELD_RANGE``, ``HEX_SYNTAX``, ``HEX_LENGTH``.
    """
    document = as_object(document, ())
    path: JsonPath = ()
    config = None
    alloc = document
    if "alloc" in document:
        path = ("alloc",)
        alloc = as_object(document["alloc"], path)
        if document.get("config") is not None:
            config = as_object(document["config"], ("config",))
    accounts: dict[bytes, AllocAccount] = {}
    for name, value in alloc.items():
        address = hex_fixed(name, 20, (*path, name), bare=True)
        if address in accounts:
            raise _repeated("ALLOC_ADDRESS_REPEATED", "address", (*path, name))
        accounts[address] = _account(address, as_object(value, (*path, name)), (*path, name))
    return Genesis(tuple(accounts.values()), config)


def _account(address: bytes, fields: dict[str, Any], path: JsonPath) -> AllocAccount:
    for name in fields:
        if name not in _KNOWN:
            raise MalformedError(
                "ALLOC_UNKNOWN_FIELD",
                f"{show(path)} has a field that no account of an alloc has",
                where={"path": show((*path, name))},
                expected=sorted(_KNOWN),
            )
    if "balance" not in fields:
        raise MalformedError(
            "FIELD_MISSING", f"{show(path)} has no balance", where={"path": show((*path, "balance"))}
        )
    storage: dict[int, int] = {}
    at: JsonPath = (*path, "storage")
    for slot_text, word_text in as_object(fields.get("storage", {}), at).items():
        slot = _word(slot_text, (*at, slot_text))
        if slot in storage:
            raise _repeated("ALLOC_SLOT_REPEATED", "slot", (*at, slot_text))
        storage[slot] = _word(word_text, (*at, slot_text))
    return AllocAccount(
        address=address,
        balance=_number(fields["balance"], (*path, "balance"), _BALANCE_BITS),
        nonce=_number(fields.get("nonce", 0), (*path, "nonce"), _NONCE_BITS),
        code=hex_bytes(fields.get("code", "0x"), (*path, "code")),
        storage=storage,
    )


def _repeated(code: str, what: str, path: JsonPath) -> MalformedError:
    return MalformedError(
        code,
        f"{show(path)} names an {what} that is there already, spelled otherwise",
        where={"path": show(path)},
    )


def _number(value: Any, path: JsonPath, bits: int) -> int:
    """An integer, or text of one in decimal or 0x-hex."""
    if isinstance(value, str) and value and _DECIMAL.issuperset(value):
        value = int(value) if len(value) <= MAX_INTEGER_DIGITS else 1 << bits  # too large anyway
    return as_integer(value, path, bits)


def _word(value: Any, path: JsonPath) -> int:
    """Up to 32 bytes in hex, as a number."""
    if not isinstance(value, str):
        got = kind(value)
        raise MalformedError(
            "FIELD_TYPE",
            f"{show(path)} is {got}, not a hex string",
            where={"path": show(path)},
            expected="a hex string",
            got=got,
        )
    digits = value.removeprefix("0x")
    if not _HEX.issuperset(digits) or not digits:
        raise MalformedError("HEX_SYNTAX", f"{show(path)} is not hex digits", where={"path": show(path)})
    if len(digits) > _WORD_DIGITS:
        raise MalformedError(
            "HEX_LENGTH",
            f"{show(path)} has {len(digits)} hex digits, more than 32 bytes",
            where={"path": show(path)},
            expected="at most 32 bytes",
            got=f"{len(digits)} hex digits",
        )
    return int(digits, 16)


def alloc_leaves(accounts: Iterable[AllocAccount], rules: RuleSet) -> Iterator[tuple[bytes, bytes]]:
    """Every (tree key, value) of the accounts under a rule set, account by account.

    Stems are computed for thousands of accounts at a time. Raises ``MalformedError``
    ``ACCOUNT_NUMBER_RANGE``.
    """
    waiting = iter(accounts)
    while group := list(islice(waiting, _GROUP)):
        parts = [(account.address, leaf) for account in group for leaf in _leaves(account, rules)]
        places = list(dict.fromkeys((address, leaf.tree_index) for address, leaf in parts))
        stem_of = dict(zip(places, stems(places, rules.stem_hash), strict=True))
        for address, leaf in parts:
            yield stem_of[address, leaf.tree_index] + bytes([leaf.suffix]), leaf.value


def _leaves(account: AllocAccount, rules: RuleSet) -> list[AccountLeaf]:
    code_hash = keccak256(account.code) if account.code else EMPTY_CODE_HASH
    header = AccountHeader(account.nonce, account.balance, code_hash, len(account.code))
    try:
        return list(account_leaves(rules.layout, rules.storage_offset, header, account.code, account.storage))
    except MalformedError as error:
        error.where["address"] = account.address
        raise
