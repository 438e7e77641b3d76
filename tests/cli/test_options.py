"""Wrong calls end with 2, say which option, and print nothing on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import settings
from cli.exit_codes import ExitCode
from cli.settings import byte_count
from tests.cli.calling import TRANSFER, call
from verkle import table_modes
from witness import source

ROOT = "0x" + "11" * 32


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("verify",), "PATH"),
        (("verify", TRANSFER, "--json", "--jsonl"), "--json and --jsonl exclude each other"),
        (("verify", TRANSFER, "--rules", "kaustinen66"), "Did you mean kaustinen6?"),
        (("verify", TRANSFER, "--rules", ""), "known are kaustinen2"),
        (("verify", TRANSFER, "--rules", "pragu"), "Did you mean prague?"),
        (("verify", TRANSFER, "--pre-root", "0x12"), "a state root has 32 bytes, this has 1"),
        (("verify", TRANSFER, "--pre-root", ROOT + "11"), "this has 33"),
        (("verify", TRANSFER, "--pre-root", "zz" * 32), "is not hex"),
        (("verify", TRANSFER, "--pre-root", "11 " * 32), "is not hex"),
        (("verify", TRANSFER, "--jobs", "0"), "below 1"),
        (("verify", TRANSFER, "--jobs", "two"), "is not a whole number"),
        (("verify", TRANSFER, "--jobs", "-1"), "is not a whole number"),
        (("verify", TRANSFER, "--jobs", "²"), "is not a whole number"),
        (("verify", TRANSFER, "--format", "xml"), "--format"),
        (("verify", TRANSFER, "--max-bytes", "1X"), "--max-bytes"),
        (("verify", TRANSFER, "--max-bytes", "0"), "below 1"),
        (("verify", TRANSFER, "--max-bytes", "abc"), "'abc' is not a number of bytes"),
        (("verify", TRANSFER, "--color", "blue"), "none of auto, always, never"),
        (("verify", TRANSFER, "--tables", "none"), "none of auto, small, default, large"),
        (("verify", TRANSFER, "-q", "-v"), "exclude each other"),
        (("-q", "verify", TRANSFER, "-v"), "exclude each other"),
        (("verify", TRANSFER, "--no-such-option"), "No such option"),
        (("verify", TRANSFER, "--chain-config", "no/such.json"), "--chain-config"),
        (("verify", "no/such.json"), "no such file or directory: 'no/such.json'"),
        (("verify", "no/such/*.json"), "nothing matches"),
        (("verify", "@no/such/list"), "no such list"),
        (("verify", "-", "-"), "can be read only once"),
        (("inspect", "no/such.json"), "no such file"),
        (("inspect", TRANSFER, "--rules", "mainnet"), "known are"),
        (("bench", "multiproof", TRANSFER, "--runs", "4"), "below 5"),
        (("bench", "verify"), "FILE"),
        (("bench",), ""),
        (("verfy", TRANSFER), "Did you mean 'verify'?"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(Path(str(part)).name for part in value),
)
def test_wrong_calls(arguments: tuple[str | Path, ...], says: str) -> None:
    said = call(*arguments)
    assert said.code == ExitCode.USAGE
    assert said.out == ""
    assert says in said.err
    assert "Traceback" not in said.err


def test_nothing_is_judged_when_one_path_is_wrong() -> None:
    said = call("verify", "--proof-only", "--jsonl", TRANSFER, "no/such.json")
    assert (said.code, said.out) == (ExitCode.USAGE, "")


def test_a_chain_config_that_is_no_json(tmp_path: Path) -> None:
    config = tmp_path / "genesis.json"
    for text in ("{", "[]", '{"a": 1, "a": 2}'):
        config.write_text(text)
        said = call("verify", TRANSFER, "--chain-config", config)
        assert said.code == ExitCode.USAGE
        assert "--chain-config" in said.err


def test_a_chain_config_names_the_rules(tmp_path: Path) -> None:
    config = tmp_path / "genesis.json"
    config.write_text('{"config": {"chainId": 69420, "verkleTime": 1730214060}}')
    result = call("verify", "--proof-only", "--json", TRANSFER, "--chain-config", config).json()["results"][0]
    assert (result["rules"], result["rules_from"]) == ("kaustinen7-devnet", "chain_config")


def test_global_options_stand_before_and_after_the_command() -> None:
    before = call("-q", "verify", "--proof-only", TRANSFER)
    after = call("verify", "--proof-only", TRANSFER, "-q")
    assert before == after
    assert (before.code, before.out, before.err) == (0, "", "")


def test_the_later_of_two_limits_counts() -> None:
    said = call("--max-bytes", "10", "verify", "--proof-only", TRANSFER, "--max-bytes", "1M")
    assert said.code == ExitCode.VALID
    assert call("--max-bytes", "10", "verify", TRANSFER).code == ExitCode.MALFORMED


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("1000", 1000),
        ("64K", 65536),
        ("64k", 65536),
        ("64KiB", 65536),
        ("3MB", 3 << 20),
        ("1G", 1 << 30),
    ],
)
def test_byte_counts(text: str, number: int) -> None:
    assert byte_count(text, "--max-bytes") == number


def test_the_limit_is_that_of_the_library() -> None:
    assert settings.DEFAULT_MAX_BYTES == source.DEFAULT_MAX_BYTES


def test_pre_root_with_and_without_prefix() -> None:
    result = call("verify", "--proof-only", "--json", TRANSFER).json()["results"][0]
    root = result["pre_state_root"]
    assert call("verify", "--proof-only", TRANSFER, "--pre-root", root).code == ExitCode.VALID
    assert call("verify", "--proof-only", TRANSFER, "--pre-root", root[2:]).code == ExitCode.VALID
    said = call("verify", "--proof-only", TRANSFER, "--pre-root", ROOT)
    assert said.code == ExitCode.INVALID
    assert "PRE_ROOT_MISMATCH" in said.out


def test_rules_may_name_a_fork() -> None:
    """The fork of a block with a Merkle-Patricia witness; for one with a Verkle witness it is no rule set."""
    said = call("verify", TRANSFER, "--rules", "Prague")
    assert said.code == ExitCode.UNSUPPORTED
    assert "RULES_UNKNOWN" in said.out


def test_modes_of_tables_are_those_of_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (table_modes.AUTO, *table_modes.MODES) == settings.TABLE_MODES
    assert settings.TABLES_VARIABLE == table_modes.VARIABLE
    said = call("doctor", "--json", "--tables", "small").json()
    assert said["tables"] == {"mode": "small", "named": True}
    monkeypatch.setenv(table_modes.VARIABLE, "large")
    assert call("doctor", "--json").json()["tables"]["mode"] == "large"
    assert call("--tables", "default", "doctor", "--json").json()["tables"]["mode"] == "default"
    monkeypatch.setenv(table_modes.VARIABLE, "huge")
    refused = call("verify", "--proof-only", TRANSFER)
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert table_modes.VARIABLE in refused.err
