"""The examples that help screens open with. They run on the fixtures that come with the program's sources.

The one place that names fixture files, so that help and tests cannot drift apart: a test runs them all.
"""

from __future__ import annotations

from typing import Final

TOP: Final = (
    "stateless verify --proof-only fixtures/blocks/transfer-new.json",
    "stateless inspect fixtures/blocks/tx-types.json",
    "stateless doctor",
)
VERIFY: Final = (
    "stateless verify --proof-only fixtures/blocks/transfer-new.json",
    "stateless verify --proof-only --json fixtures/blocks > verdicts.json",
    "zcat fixtures/blocks/big-100-txs.json.gz | stateless verify --proof-only -",
)
INSPECT: Final = (
    "stateless inspect fixtures/blocks/transfer-new.json",
    "stateless inspect --all fixtures/blocks/big-100-txs.json.gz",
    "stateless inspect --json fixtures/blocks/transfer-new.json",
)
CONVERT: Final = (
    "stateless convert fixtures/blocks/tx-types.json -o tx-types.cbor",
    "stateless convert fixtures/blocks/transfer-new.json --pick 2 --to ssz -o - > transfer-new.ssz",
    "stateless convert --sizes fixtures/blocks",
)
DOCTOR: Final = (
    "stateless doctor",
    "stateless doctor --json",
    "stateless -q doctor && echo fit",
)
BENCH_MULTIPROOF: Final = (
    "stateless bench multiproof c1000x3.json",
    "stateless bench multiproof c1000x3.json --peers",
    "stateless bench multiproof c1000x3.json --runs 20 --json",
)
BENCH: Final = (
    "stateless bench verify fixtures/blocks/transfer-new.json",
    "stateless bench verify fixtures/blocks/transfer-new.json --runs 20 --json",
    "stateless bench verify fixtures/blocks/transfer-new.json --peers",
)


def block(examples: tuple[str, ...]) -> str:
    """The examples for a help text; the leading ``\\b`` keeps their line breaks."""
    return "\b\n" + "\n".join(["Examples:", *(f"  {example}" for example in examples)])
