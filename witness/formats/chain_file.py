"""A chain of blocks on a genesis, as ``verkle-geth`` scenarios and this project's fixtures hold it.

::

    { "name", "rules", "network", "chainId", "genesis": {"header", "hash", "stateRoot", "alloc"},
      "omittedBlocks": n, "parentHeader": {…}, "blocks": [ block of witness.formats.block_file ] }

With ``omittedBlocks`` only the end of the chain is here and ``parentHeader`` is the header before it.
``alloc`` and access events are not read: a verifier does without the state, and results are what it computes.
"""

from __future__ import annotations

from typing import Any

from witness.block import BlockInput
from witness.fields import as_list, as_object, member, optional_text
from witness.formats.block_file import read_block
from witness.formats.common import chain_id_of, read_each, share
from witness.header import Header
from witness.header_json import header_from_json, with_merge_constants


def recognise(document: Any) -> bool:
    """Blocks in a list, on a genesis or a parent that is not EEST's (``genesisBlockHeader``)."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("blocks"), list)
        and ("genesis" in document or "parentHeader" in document)
    )


def read(document: Any, name: str) -> tuple[BlockInput, ...]:
    """Every block of the chain that is in the document, in order."""
    document = as_object(document, ())
    label = optional_text(document, "name", ()) or name
    first: list[Header] = []
    genesis = document.get("genesis")
    if genesis is not None and as_object(genesis, ("genesis",)).get("header") is not None:
        first.append(_header(genesis["header"], ("genesis", "header")))
    if document.get("parentHeader") is not None:
        first.append(_header(document["parentHeader"], ("parentHeader",)))
    common = {
        "network": optional_text(document, "network", ()),
        "rules": optional_text(document, "rules", ()),
        "chain_id": chain_id_of(document, "chainId", ()),
    }
    blocks = read_each(as_list(member(document, "blocks", ()), ("blocks",)), label, ("blocks",), read_block)
    return share(blocks, first, **common)


def _header(value: Any, path: tuple[str, ...]) -> Header:
    header, _ = header_from_json(value, path)
    return with_merge_constants(header)
