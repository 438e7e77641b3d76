"""The reports of devices that are kept: as the program writes them, and nothing of where they were made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.bench_device import SCHEMA
from cli.device_report import EMULATED, markdown
from tests.vectors import PROJECT

REPORTS = sorted((PROJECT / "docs" / "devices").glob("*.json"))


def test_there_are_some() -> None:
    assert {"emulated-aarch64.json", "x86-64-epyc.json"} <= {path.name for path in REPORTS}


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_a_report(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = json.loads(text)
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert page == markdown(said)
    assert (said["schema"], said["exit_code"]) == (SCHEMA, 0)
    assert said["emulated"] == ("emulated" in path.stem) == (EMULATED in page)
    assert not re.search(r"/(home|root|tmp|work|usr|project)\b", text)
