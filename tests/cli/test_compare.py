"""``stateless compare``, called as a user calls it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from cli.compare import NOT_PACKED
from stateless.compare import packing
from tests.cli.calling import FIXTURES, call

PATRICIA = FIXTURES / "patricia" / "three-transactions.json"
TRANSFER = FIXTURES / "blocks" / "transfer-new.json"
BROKEN = FIXTURES / "broken" / "new-value.json"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_table_for_people() -> None:
    said = call("compare", PATRICIA)
    assert said.code == 0
    assert said.err == ""
    lines = said.out.splitlines()
    assert "leaves" in lines[0]
    assert lines[1].split()[:5] == ["tree", "code", "proof", "values", "code"]
    assert [line.split()[0] for line in lines[2:12]] == ["verkle"] * 2 + ["patricia"] * 3 + ["binary"] * 5
    assert "quoted, not run here: 343,580 B" in said.out
    assert "10 rows" in lines[-1]


def test_json_markdown_and_csv_say_the_same() -> None:
    document = call("compare", PATRICIA, "--keys", "own,2^10", "--json").json()
    assert document["schema"] == "stateless/compare/1"
    assert (document["exit_code"], document["keys"]) == (0, ["own", 1024])
    assert [block["block"] for block in document["blocks"]]
    rows = [row for row in document["results"] if row["kind"] != "quoted"]
    assert len(rows) == 20
    assert all(row["verified"] for row in rows)
    text = call("compare", PATRICIA, "--keys", "own,2^10", "--csv", "-").out
    table = list(csv.DictReader(io.StringIO(text)))
    assert [int(line["total_bytes"]) for line in table] == [row["total_bytes"] for row in rows]
    markdown = call("compare", PATRICIA, "--keys", "own,2^10", "--md").out
    for row in rows:
        assert f"| {row['total_bytes']:,} |" in markdown
    assert "zkevm-benchmark-runs" in markdown


def test_what_is_done_is_kept_and_used_again() -> None:
    first = call("compare", PATRICIA, "--json").json()
    again = call("compare", PATRICIA, "--json").json()
    assert (first["provenance"]["kept"], again["provenance"]["kept"]) == (0, 1)
    assert again["results"] == first["results"]
    fresh = call("compare", PATRICIA, "--json", "--fresh").json()
    assert fresh["provenance"]["kept"] == 0


def test_several_inputs_in_several_processes() -> None:
    said = call("compare", PATRICIA, TRANSFER, "--trees", "patricia,binary", "--jobs", "2", "--json")
    assert said.code == 0
    document = said.json()
    assert len(document["blocks"]) == 3
    assert {row["tree"] for row in document["results"]} == {"patricia", "binary", "snark"}
    assert "2 of 2" in said.err


def test_a_page_and_a_csv_file(tmp_path: Path) -> None:
    page, table = tmp_path / "page.html", tmp_path / "rows.csv"
    said = call("compare", PATRICIA, "--html", page, "--csv", table)
    assert said.code == 0
    assert page.read_text().startswith("<!doctype html>")
    assert len(table.read_text().splitlines()) == 11


def test_a_block_that_does_not_verify_is_not_measured() -> None:
    said = call("compare", BROKEN, PATRICIA, "--trees", "binary", "--json")
    assert said.code == 1
    document = said.json()
    assert "not measured" in said.err
    assert [each["error"]["code"] for each in document["refused"]] == ["WRITE_DIFFERS"]
    assert len(document["blocks"]) == 1


def test_a_report_of_nothing_takes_no_files_place(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("before")
    assert call("compare", BROKEN, "--html", page).code == 1
    assert page.read_text() == "before"


def test_a_proof_that_fails_stops_the_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from stateless.compare import binary_rows
    from verkle.errors import InvalidError

    def fails(*_: object) -> None:
        raise InvalidError("COMPARE_ROOT_DIFFERS", "made up by a test")

    monkeypatch.setattr(binary_rows, "check_root", fails)
    page = tmp_path / "page.html"
    said = call("compare", PATRICIA, "--html", page, "--json")
    assert said.code == 1
    assert said.out == ""
    assert "there is no report" in said.err
    assert not page.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--keys", "12"], "is no number of keys"),
        (["--keys", "2^40"], "2^10 to 2^36"),
        (["--trees", "oak"], "is no tree"),
        (["--jobs", "0"], "--jobs"),
        (["--rules", "oak"], "no rule set"),
        (["--json", "--md"], "exclude each other"),
        (["--json", "--csv", "-"], "standard output"),
        (["--html", "/no/such/folder/page.html"], "cannot write"),
        (["--csv", "/"], "cannot write"),
    ],
)
def test_mistakes_in_the_call(arguments: list[str], words: str) -> None:
    said = call("compare", PATRICIA, *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_a_folder_without_blocks(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = call("compare", tmp_path / "empty")
    assert said.code == 3
    assert "UNKNOWN_FORMAT" in said.err


def test_names_of_files_cannot_break_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a|b\n<script>.json"
    path.write_bytes(TRANSFER.read_bytes())
    document = call("compare", path, "--trees", "binary", "--json").json()
    text = call("compare", path, "--trees", "binary", "--md").out
    assert json.dumps(document)
    assert all(line.startswith(("|", "-", "Quoted")) or not line for line in text.splitlines())


def test_columns_that_need_the_extra_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert NOT_PACKED not in call("compare", PATRICIA).err
    monkeypatch.setattr(packing, "packers", lambda: (None, None))
    said = call("compare", PATRICIA, "--fresh")
    assert " ".join(said.err.split()) == NOT_PACKED
    assert call("-q", "compare", PATRICIA).err == ""
    assert ", 2 bits" in said.out
