"""``prove --block``: a block is run on a state and written out whole; ``verify --allow-surplus``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import CHAIN, call
from witness.decode import decode_blocks

CHOSEN = ("feeRecipient", "gasLimit", "timestamp", "extraData", "prevRandao")
Document = dict[str, Any]


@pytest.fixture
def chain() -> Document:
    document: Document = json.loads(CHAIN.read_text())
    return document


def bare(chain: Document, **header: Any) -> Document:
    """The first block without all that follows from it."""
    block = chain["blocks"][0]
    return {
        "rules": chain["rules"],
        "parentHeader": chain["genesis"]["header"],
        "header": {**{name: block["header"][name] for name in CHOSEN}, **header},
        "transactions": block["transactions"],
        "withdrawals": block["withdrawals"],
    }


def written(folder: Path, document: Document, name: str = "bare.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(document))
    return file


@pytest.mark.parametrize("to", ["json", "cbor"])
@pytest.mark.parametrize("source", ["genesis", "store", "alloc"])
def test_the_client_s_block(tmp_path: Path, chain: Document, to: str, source: str) -> None:
    state = CHAIN
    if source == "store":
        state = tmp_path / "state.store"
        assert call("state", "build", CHAIN, "-o", state).code == 0
    if source == "alloc":  # the block names the rules
        state = written(tmp_path, chain["genesis"]["alloc"], "alloc.json")
    output = tmp_path / f"block.{to}"
    said = call("prove", "--state", state, "--block", written(tmp_path, bare(chain)), "-o", output, "--json")
    assert said.code == 0
    expected = chain["blocks"][0]
    assert said.json()["block"] == {
        "number": 1,
        "hash": expected["blockHash"],
        "transactions": 2,
        "gas_used": 42000,
        "state_root": expected["header"]["stateRoot"],
        "receipts_root": expected["header"]["receiptsRoot"],
        "untold_writes": 0,
    }
    (block,) = decode_blocks(output.read_bytes(), "block")
    (first, _) = decode_blocks(CHAIN.read_bytes(), "chain")
    assert (block.witness, block.header, block.block_hash) == (first.witness, first.header, first.block_hash)
    verified = call("verify", "--json", output)
    assert verified.code == 0
    assert verified.json()["results"][0]["executed"]


def test_in_words(tmp_path: Path, chain: Document) -> None:
    said = call(
        "prove", "--state", CHAIN, "--block", written(tmp_path, bare(chain)), "-o", tmp_path / "b.json"
    )
    assert said.code == 0
    assert f"block    1 {chain['blocks'][0]['blockHash']}" in said.out
    assert "42,000 gas" in said.out
    assert "run and proof" in said.out


def test_ssz_holds_the_witness_alone(tmp_path: Path, chain: Document) -> None:
    """The block goes beside it."""
    whole, alone = tmp_path / "b.json", tmp_path / "b.ssz"
    given = written(tmp_path, bare(chain))
    assert call("prove", "--state", CHAIN, "--block", given, "-o", whole).code == 0
    said = call("prove", "--state", CHAIN, "--block", given, "-o", alone)
    assert said.code == 0
    assert "--block" in said.err
    assert call("verify", "--block", whole, alone).code == 0


def test_the_second_block_needs_the_state_after_the_first(tmp_path: Path) -> None:
    second = tmp_path / "second.json"
    assert call("convert", CHAIN, "--pick", "2", "-o", second).code == 0
    said = call("prove", "--state", CHAIN, "--block", second, "-o", tmp_path / "b.json")
    assert said.code == 1
    assert "PRE_ROOT_MISMATCH" in said.err


@pytest.mark.parametrize(
    ("change", "code", "exit_code"),
    [
        (lambda block: block["header"].update(gasUsed=1), "GAS_USED_MISMATCH", 1),
        (lambda block: block["header"].pop("timestamp"), "HEADER_INCOMPLETE", 5),
        (lambda block: block["transactions"].reverse(), "TX_NONCE", 1),
        (lambda block: block["transactions"].append(block["transactions"][0]), "TX_NONCE", 1),
        (lambda block: block["transactions"].append("0x00"), "TX_TYPE_UNSUPPORTED", 1),
        (lambda block: block.update(rules="kaustinen5"), "EXECUTION_UNSUPPORTED", 4),
        (lambda block: block.pop("withdrawals"), "NO_WITHDRAWALS", 5),
    ],
)
def test_refusals(
    tmp_path: Path,
    chain: Document,
    change: Callable[[Document], object],
    code: str,
    exit_code: int,
) -> None:
    block = bare(chain)
    change(block)
    output = tmp_path / "b.json"
    said = call("prove", "--state", CHAIN, "--block", written(tmp_path, block), "-o", output)
    assert said.code == exit_code
    assert code in said.err
    assert not output.exists()


def test_rules_of_nobody(tmp_path: Path) -> None:
    """A CSV of leaves and a block that name no rules."""
    file = tmp_path / "state.csv"
    file.write_text(f"{'00' * 32},{'11' * 32}\n")
    block = written(tmp_path, {"header": {"number": 1}, "transactions": []})
    said = call("prove", "--state", file, "--block", block, "-o", tmp_path / "b.json")
    assert said.code == 4
    assert "RULES_NOT_NAMED" in said.err


def test_one_block_and_one_question(tmp_path: Path, chain: Document) -> None:
    output = tmp_path / "b.json"
    several = call("prove", "--state", CHAIN, "--block", CHAIN, "-o", output)
    assert several.code == 2
    assert "--pick" in several.err
    block = written(tmp_path, bare(chain))
    both = call("prove", "--state", CHAIN, "--block", block, "--keys", block, "-o", output)
    assert both.code == 2
    assert call("prove", "--state", "-", "--block", "-", "-o", output).code == 2
    assert not output.exists()


def test_leaves_that_no_event_names_are_told(tmp_path: Path, chain: Document) -> None:
    """Without the history account the block makes it, and its witness does not say so."""
    alloc = {
        address: account
        for address, account in chain["genesis"]["alloc"].items()
        if not address.endswith("fffe")
    }
    block = bare(chain, number=1, parentHash="0x" + "11" * 32, baseFeePerGas=875000000)
    del block["parentHeader"]
    said = call(
        "prove", "--state", written(tmp_path, alloc, "alloc.json"), "--block", written(tmp_path, block),
        "-o", tmp_path / "b.json", "--json",
    )  # fmt: skip
    assert said.code == 0
    assert said.json()["block"]["untold_writes"] == 2
    assert "warning: the block writes 2 leaves" in said.err
    assert call("verify", tmp_path / "b.json").code == 1


def test_allow_surplus(tmp_path: Path, chain: Document) -> None:
    """Keys that only show kinds of nodes are surplus for the execution; said, and taken if asked for."""
    block = chain["blocks"][0]
    diff = {"stateDiff": [*block["executionWitness"]["stateDiff"]]}
    diff["stateDiff"].append(
        {"stem": "0x" + "ee" * 31, "suffixDiffs": [{"suffix": 3, "currentValue": None, "newValue": None}]}
    )
    made = tmp_path / "w.json"
    assert call("prove", "--state", CHAIN, "--diff", written(tmp_path, diff), "-o", made).code == 0
    witness = json.loads(made.read_text())
    (first, _) = chain["blocks"]
    document = {
        **{name: chain[name] for name in ("rules", "chainId")},
        "parentHeader": chain["genesis"]["header"],
        **first,
        "executionWitness": witness,
    }
    file = written(tmp_path, document)
    refused = call("verify", "--json", file)
    assert (refused.code, refused.json()["results"][0]["error"]["code"]) == (1, "WITNESS_KEY_SURPLUS")
    taken = call("verify", "--json", "--allow-surplus", file)
    assert taken.code == 0
    assert taken.json()["results"][0]["sizes"]["surplus_keys"] == 1
    assert "keys, 1 of them surplus, witness" in call("verify", "--allow-surplus", file).out
    assert "in the witness that the block does not touch" in call("verify", "--allow-surplus", "-v", file).out
