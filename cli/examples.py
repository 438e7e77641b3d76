"""The examples that help screens open with. They run on the fixtures that come with the program's sources.

The one place that names fixture files, so that help and tests cannot drift apart: a test runs them all.
"""

from __future__ import annotations

from typing import Final

TOP: Final = (
    "stateless verify fixtures/blocks/transfer-new.json",
    "stateless inspect fixtures/blocks/tx-types.json",
    "stateless doctor",
)
VERIFY: Final = (
    "stateless verify fixtures/blocks/transfer-new.json",
    "stateless verify --json fixtures/blocks > verdicts.json",
    "zcat fixtures/blocks/big-100-txs.json.gz | stateless verify -",
)
INSPECT: Final = (
    "stateless inspect fixtures/blocks/transfer-new.json",
    "stateless inspect --all fixtures/blocks/big-100-txs.json.gz",
    "stateless inspect --json fixtures/blocks/transfer-new.json",
)
# A contract, and the coinbase, which is absent before the block.
_CONTRACT: Final = "0x99ea1d0f499916e51a8a73e421c18e351978235e"
_COINBASE: Final = "0x29e84647acd0b6eddbc084600d422fab190cc5d0"
EXPLAIN: Final = (
    f"stateless explain fixtures/blocks/tx-types.json {_CONTRACT}:0",
    f"stateless explain fixtures/blocks/tx-types.json {_COINBASE}",
    "stateless explain --error PROOF_IPA_FALSE",
)
DIFF: Final = (
    "stateless diff fixtures/blocks/transfer-new.json fixtures/broken/new-value.json --pick 1",
    "stateless diff fixtures/patricia/three-transactions.json fixtures/patricia/node-missing.json",
    "stateless diff geth-witness.json reth-witness.json --block block.json --json",
)
LINT: Final = (
    "stateless lint fixtures/blocks/big-100-txs.json.gz",
    "stateless lint --strict fixtures/patricia/three-transactions.json",
    "stateless lint --sarif fixtures/blocks > witnesses.sarif",
)
GAS: Final = (
    "stateless gas fixtures/blocks/tx-types.json",
    "stateless gas fixtures/blocks/big-100-txs.json.gz --set witness_branch_cost=950",
    "stateless gas fixtures/blocks/random-128.json --rules eip4762 --md",
)
COMPARE: Final = (
    "stateless compare fixtures/blocks/random-128.json",
    "stateless compare fixtures/blocks/tx-types.json --keys own,2^10,2^32 --md",
    "stateless compare fixtures/blocks --jobs 2 --csv rows.csv --html report.html",
)
FIXTURES: Final = (
    "stateless fixtures list",
    "stateless fixtures check",
    "stateless fixtures build ../shared/vectors",
)
FIXTURES_LIST: Final = (
    "stateless fixtures list",
    "stateless fixtures list --run broken",
    "stateless fixtures list --json",
)
FIXTURES_CHECK: Final = (
    "stateless fixtures check",
    "stateless fixtures check fixtures --run patricia",
    "stateless -q fixtures check && echo as promised",
)
FIXTURES_BUILD: Final = (
    "stateless fixtures build",
    "stateless fixtures build ../shared/vectors",
    "stateless fixtures build && git diff --exit-code fixtures",
)
CONVERT: Final = (
    "stateless convert fixtures/blocks/tx-types.json -o tx-types.cbor",
    "stateless convert fixtures/blocks/transfer-new.json --pick 2 --to ssz -o - > transfer-new.ssz",
    "stateless convert --sizes fixtures/blocks",
)
STATE: Final = (
    "stateless state root fixtures/blocks/transfer-new.json",
    "stateless state build fixtures/blocks/transfer-new.json -o transfer-new.store",
    "stateless state stats transfer-new.store",
)
STATE_BUILD: Final = (
    "stateless state build fixtures/blocks/transfer-new.json -o transfer-new.store",
    "stateless state build fixtures/blocks/huge-balance.json --rules kaustinen7 --jobs 2 -o h.store",
    "stateless state build fixtures/blocks/tx-types.json -o tx-types.store --json",
)
STATE_ROOT: Final = (
    "stateless state root fixtures/blocks/transfer-new.json",
    "stateless state root fixtures/blocks/transfer-new.json --rules kaustinen6",
    "zcat fixtures/blocks/big-100-txs.json.gz | stateless state root -",
)
_KEY: Final = "0x0ba0fc88d287587e846f3749fc75717afdbf3dff893fcc61a88dc535af00ba00"
STATE_GET: Final = (
    "stateless state build fixtures/blocks/transfer-new.json -o t.store",
    f"stateless state get t.store {_KEY}",
    f"stateless state get t.store {'00' * 32}",
)
STATE_STATS: Final = (
    "stateless state stats fixtures/blocks/big-100-txs.json.gz",
    "stateless state stats fixtures/blocks/transfer-new.json --json",
    "zcat fixtures/blocks/big-100-txs.json.gz | stateless state stats -",
)
_TYPES: Final = "fixtures/blocks/tx-types.json"
PROVE: Final = (
    f"stateless prove --state {_TYPES} --block {_TYPES} -o proven.json",
    "stateless prove --state transfer-new.store --keys keys.txt --strict -o keys.cbor",
    "stateless prove --state transfer-new.store --diff diff.json -o block.ssz",
)
BLOCKTEST: Final = (
    "stateless blocktest blockchain_tests/prague --jobs 2",
    "stateless blocktest blockchain_tests --run 'eip7702.*fork_Osaka' -v",
    "stateless blocktest blockchain_tests --json > tests.json",
)
STATETEST: Final = (
    "stateless statetest state_tests/cancun --jobs 2",
    "stateless statetest state_tests --run 'tload.*fork_Prague' -v",
    "stateless statetest state_tests --json > tests.json",
)
FETCH: Final = (
    "stateless fetch --rpc http://127.0.0.1:8545 --block latest -o block.json",
    "stateless fetch --rpc http://127.0.0.1:8545 --block 23587691 -o - | stateless verify -",
    "STATELESS_RPC_AUTH='Bearer ...' stateless fetch --rpc https://node.example --block 0x168... -o b.json",
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
BENCH_TREE: Final = (
    "stateless bench tree fixtures/blocks/transfer-new.json",
    "stateless bench tree --leaves 2000",
    "stateless bench tree --leaves 2000 --json",
)
BENCH_PROVE: Final = (
    "stateless bench prove --state fixtures/blocks/transfer-new.json --keys 10",
    "stateless bench prove --state fixtures/blocks/transfer-new.json --keys 10 --json",
    "stateless bench prove --state fixtures/blocks/transfer-new.json --keys 10 --peers",
)
BENCH_DEVICE: Final = (
    "stateless bench device",
    "stateless bench device --report my-device.md",
    "stateless bench device fixtures/blocks/tx-types.json --runs 9 --json",
)
BENCH: Final = (
    "stateless bench verify fixtures/blocks/transfer-new.json",
    "stateless bench verify fixtures/blocks/transfer-new.json --runs 20 --json",
    "stateless bench verify fixtures/blocks/transfer-new.json --peers",
)
BENCH_EVM: Final = (
    "stateless bench evm",
    "stateless bench evm --only storage --only calls --runs 20",
    "stateless bench evm mainnet-22615247.zkpi.json --peers --json",
)


def block(examples: tuple[str, ...]) -> str:
    """The examples for a help text; the leading ``\\b`` keeps their line breaks."""
    return "\b\n" + "\n".join(["Examples:", *(f"  {example}" for example in examples)])
