"""What all tests share: the vectors, Hypothesis profiles, and that CI never skips for want of data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.vectors import ABSENT, PROJECT, absent_reason, vectors_root

# No deadline in any profile: two cores, shared with the other workers, make one slow example meaningless.
settings.register_profile("dev", deadline=None)
# The same examples in every run: a red CI can be repeated, a green one is not luck.
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

_missing = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of the known-answer data; the test is skipped where there is none."""
    root = vectors_root()
    if not root.is_dir():
        pytest.skip(absent_reason())
    return root


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes that are no short text are named by their length.

    Their content would make names of control characters, and names that differ from worker to worker where
    it holds a time (gzip), which xdist refuses.
    """
    if isinstance(val, bytes | bytearray) and not (len(val) <= 24 and val.isascii() and bytes(val).isalnum()):
        return f"{argname}-{len(val)}-bytes"
    return None


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_missing] = []
    config.pluginmanager.register(_VectorWatch(config), "vector-watch")


class _VectorWatch:
    """Turns skips for want of vectors into a failed run where ``STATELESS_REQUIRE_VECTORS=1``.

    It looks at reports, so it sees the skips of every test, however they came about, and those of xdist's
    workers too: their reports pass through the controller.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._missing = config.stash[_missing]
        self._required = os.environ.get("STATELESS_REQUIRE_VECTORS") == "1" and not hasattr(
            config, "workerinput"
        )

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and ABSENT in str(report.longrepr):
            self._missing.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._required and self._missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._required and self._missing:
            terminalreporter.section("vectors are required here (STATELESS_REQUIRE_VECTORS=1)", red=True)
            terminalreporter.line(f"{len(self._missing)} skipped for want of them: {self._missing[:5]} …")
