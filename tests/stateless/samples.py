"""Blocks for tests of the verifier: a real one out of the vectors, and ways to break it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stateless.verdict import Verdict
from stateless.verifier import verify_all

Document = dict[str, Any]

# Two blocks, four transactions, stems of all three statuses, one other-stem.
SAMPLE = "verkle-geth/transfer-new.json"


def load(vectors: Path, name: str = SAMPLE) -> Document:
    document = json.loads((vectors / name).read_bytes())
    assert isinstance(document, dict)
    return document


def judge(document: Document, **wishes: Any) -> Verdict:
    """The verdict on the first block of a document, proof and roots only unless ``wishes`` say otherwise."""
    data = json.dumps(document).encode()
    return verify_all(data, "sample.json", **{"proof_only": True, **wishes})[0]


def broken(document: Document, change: Callable[[Document], object]) -> Document:
    """A copy of ``document``, changed."""
    copied = copy.deepcopy(document)
    change(copied)
    return copied


def block(document: Document) -> Document:
    found: Document = document["blocks"][0]
    return found


def header(document: Document) -> Document:
    found: Document = block(document)["header"]
    return found


def diff(document: Document) -> list[Document]:
    found: list[Document] = block(document)["executionWitness"]["stateDiff"]
    return found


def proof(document: Document) -> Document:
    found: Document = block(document)["executionWitness"]["verkleProof"]
    return found


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
