"""Blocks for the tests of ``stateless.compare``, read once a process."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from stateless.compare.engine import Asked, Compared, compare_block
from stateless.compare.reading import read_source
from stateless.compare.source import Source
from tests.vectors import PROJECT
from verkle.pedersen import Committer
from witness.block import BlockInput
from witness.decode import decode_blocks

BLOCKS = PROJECT / "fixtures" / "blocks"
PATRICIA = PROJECT / "fixtures" / "patricia" / "three-transactions.json"
CLEARS = BLOCKS / "sstore-clear.json"
PROGRAMS = BLOCKS / "random-128.json"
CREATES = BLOCKS / "create-in-create.json"
COMMITTER = Committer()


def data_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@cache
def block_of(path: Path, number: int = 0) -> BlockInput:
    return decode_blocks(data_of(path), path.name)[number]


@cache
def source_of(path: Path, rules: str | None = None, number: int = 0) -> Source:
    return read_source(block_of(path, number), rules)


@cache
def compared(
    path: Path, sizes: tuple[int | None, ...] = (None,), rules: str | None = None, number: int = 0
) -> Compared:
    digest = hashlib.sha256(data_of(path)).digest()
    return compare_block(block_of(path, number), digest, Asked(sizes=sizes, rules=rules), COMMITTER)
