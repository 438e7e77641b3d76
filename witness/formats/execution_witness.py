"""The object of nodes, codes and headers that is a Merkle-Patricia witness in JSON, in every tool's dialect.

::

    { "state": [node], "codes": [code], "headers": [header], "keys": [key] }

All members but ``state`` may be missing or null (geth writes null for an empty list, and never fills
``keys``). A header is 0x-hex of its RLP (reth, execution-spec-tests) or an object (geth); zkpi says
``ancestors``. Order means nothing anywhere: nodes and codes count by their hash, headers by theirs.

Source: go-ethereum ``core/stateless/encoding.go``; reth ``crates/trie/common/src/execution_witness.rs``;
SPEC 9.1, 9.2.
"""

from __future__ import annotations

from typing import Any

from witness import rlp
from witness.fields import JsonPath, as_integer, as_list, as_object, hex_bytes, member, show
from witness.header import Header, header_from_rlp_item
from witness.header_json import header_from_json
from witness.patricia.container import PatriciaWitness

__all__ = ["chain_config_from_json", "hex_list", "patricia_from_json"]


def patricia_from_json(value: Any, path: JsonPath) -> PatriciaWitness:
    """Read a witness. Raises ``MalformedError`` of ``witness.fields``, ``witness.rlp`` and
    ``witness.header``; ``UnsupportedError`` ``HEADER_TOO_NEW``."""
    source = as_object(value, path)
    member(source, "state", path)
    headers_name = "ancestors" if source.get("headers") is None else "headers"
    headers = source.get(headers_name) or []
    return PatriciaWitness(
        nodes=hex_list(source, "state", path),
        codes=hex_list(source, "codes", path),
        ancestors=tuple(
            [
                _header(header, (*path, headers_name, i))
                for i, header in enumerate(as_list(headers, (*path, headers_name)))
            ]
        ),
        keys=hex_list(source, "keys", path),
    )


def hex_list(source: dict[str, Any], name: str, path: JsonPath) -> tuple[bytes, ...]:
    """The byte strings under ``name``; none where it is null or missing."""
    value = source.get(name)
    if value is None:
        return ()
    place = (*path, name)
    return tuple([hex_bytes(item, (*place, i)) for i, item in enumerate(as_list(value, place))])


def _header(value: Any, path: JsonPath) -> Header:
    if isinstance(value, str):
        return header_from_rlp_item(rlp.decode(hex_bytes(value, path), show(path)), show(path))
    # The hash beside the fields says nothing: headers are found by the hash of what they hold.
    return header_from_json(value, path)[0]


def chain_config_from_json(value: Any, path: JsonPath) -> tuple[dict[str, object], int | None]:
    """A chain configuration by geth's names, and its chain id; Rust tools write the same in snake_case."""
    config = _camel_names(as_object(value, path))
    chain_id = config.get("chainId")
    return config, None if chain_id is None else as_integer(chain_id, (*path, "chainId"), 64)


def _camel_names(members: dict[str, Any]) -> dict[str, Any]:
    """The object with every name in it in camelCase; documents are not nested without end (strict_json)."""
    return {
        _camel(name): _camel_names(value) if isinstance(value, dict) else value
        for name, value in members.items()
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
