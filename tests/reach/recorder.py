"""A pytest plugin that writes down which error codes the program raised in each test.

    CODE_REACH=FILE python -m pytest -p tests.reach.recorder …

A code counts where the program itself makes the error (a file of one of the four packages calls for it) and
it is raised: some are made beforehand, for a comparison that may well hold. It counts in the test's own
process and not in its fixtures, where the test passed, and where no random input found it (Hypothesis may
find another the next time). FILE is JSON: ``{test: {"codes": […], "seconds": s}}``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest

from tests.vectors import PROJECT
from verkle.errors import StatelessError

_PACKAGES = tuple([f"{PROJECT / name}{os.sep}" for name in ("verkle", "witness", "stateless", "cli")])
_PROPERTY = "codes reached"


class Row(TypedDict):
    """What was seen of one test."""

    codes: list[str]
    seconds: float


Found = dict[str, Row]


class Recorder:
    """Codes by test, while one session runs; with xdist, workers see them and the controller keeps them."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.made: list[StatelessError] = []  # kept to the end of the test, which says whether it was raised
        self.found: Found = {}

    def watch(self) -> None:
        """From now on errors are seen as they are made."""
        whole = StatelessError.__init__
        made = self.made

        def init(error: StatelessError, code: str, *rest: Any, **named: Any) -> None:
            if sys._getframe(1).f_code.co_filename.startswith(_PACKAGES):
                made.append(error)
            whole(error, code, *rest, **named)

        StatelessError.__init__ = init  # type: ignore[method-assign]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        self.made.clear()
        try:
            return (yield)
        finally:
            if not getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                raised = {error.code for error in self.made if error.__traceback__ is not None}
                item.user_properties.append((_PROPERTY, sorted(raised)))
            self.made.clear()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        codes = dict(report.user_properties).get(_PROPERTY)
        if report.when == "call" and report.passed and codes:
            self.found[report.nodeid] = {"codes": codes, "seconds": round(report.duration, 3)}

    def pytest_sessionfinish(self) -> None:
        if self.path:
            self.path.write_text(json.dumps(self.found, indent=0) + "\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    is_worker = hasattr(config, "workerinput")
    recorder = Recorder(None if is_worker else Path(os.environ["CODE_REACH"]))
    recorder.watch()
    config.pluginmanager.register(recorder, "code-reach")
