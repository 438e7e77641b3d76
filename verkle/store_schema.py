"""The one record of a store on disk that says what the store is.

::

    "stateless verkle tree", a zero byte ‖ schema (2 bytes big-endian) ‖ fields (JSON, ASCII)

The head is the same in every schema, so that each version of the program can tell a store of another version
from what is no store. Fields of schema 1: ``root`` (hex), ``stems``, ``leaves``, ``embedding``: ``null``, or
``rules``, ``layout``, ``stem_hash``, ``storage_offset``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from verkle.embedding import LeafLayout, StemHash
from verkle.errors import MalformedError, UnsupportedError
from verkle.tree import EMPTY_ROOT

__all__ = ["EMPTY_STATE", "SCHEMA", "Embedding", "StateInfo", "decode_state", "encode_state"]

HEAD: Final = b"stateless verkle tree\0"
SCHEMA: Final = 1
MOST_STATE_BYTES: Final = 4096
_FIELDS_AT: Final = len(HEAD) + 2


@dataclass(frozen=True, slots=True)
class Embedding:
    """How accounts became tree keys: the name of the rule set, and what it says about leaves."""

    rules: str
    layout: LeafLayout
    stem_hash: StemHash
    storage_offset: int


@dataclass(frozen=True, slots=True)
class StateInfo:
    """What a store holds. ``embedding``: ``None`` where the leaves came without rules."""

    root: bytes
    stems: int
    leaves: int
    embedding: Embedding | None


EMPTY_STATE: Final = StateInfo(EMPTY_ROOT, 0, 0, None)


def encode_state(state: StateInfo) -> bytes:
    """The record's bytes."""
    fields = {
        "root": state.root.hex(),
        "stems": state.stems,
        "leaves": state.leaves,
        "embedding": None if state.embedding is None else asdict(state.embedding),
    }
    return HEAD + SCHEMA.to_bytes(2, "big") + json.dumps(fields).encode("ascii")


def decode_state(data: bytes) -> StateInfo:
    """The record of an own store.

    Raises:
        MalformedError: ``STORE_FOREIGN``: not a record of this kind; ``STORE_DAMAGED``.
        UnsupportedError: ``STORE_SCHEMA``.
    """
    if not data.startswith(HEAD) or len(data) < _FIELDS_AT:
        raise MalformedError("STORE_FOREIGN", "the database was written by another program")
    schema = int.from_bytes(data[len(HEAD) : _FIELDS_AT], "big")
    if schema != SCHEMA:
        raise UnsupportedError(
            "STORE_SCHEMA",
            "the store was written in another schema than this version of the program has",
            expected=SCHEMA,
            got=schema,
        )
    try:
        # a record is some 300 bytes; the bound also keeps nesting within the parser's stack, whatever
        # recursion limit the process has set
        if len(data) > MOST_STATE_BYTES:
            raise ValueError
        return _state(json.loads(data[_FIELDS_AT:]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MalformedError(
            "STORE_DAMAGED", "the record that says what the store holds is damaged"
        ) from None


def _state(fields: Mapping[str, Any]) -> StateInfo:
    state = StateInfo(
        root=bytes.fromhex(fields["root"]),
        stems=_count(fields["stems"]),
        leaves=_count(fields["leaves"]),
        embedding=None if fields["embedding"] is None else _embedding(fields["embedding"]),
    )
    if len(state.root) != len(EMPTY_ROOT):
        raise ValueError
    return state


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _embedding(fields: Mapping[str, Any]) -> Embedding:
    embedding = Embedding(
        rules=str(fields["rules"]),
        layout=fields["layout"],
        stem_hash=fields["stem_hash"],
        storage_offset=_count(fields["storage_offset"]),
    )
    if embedding.layout not in get_args(LeafLayout) or embedding.stem_hash not in get_args(StemHash):
        raise ValueError
    return embedding
