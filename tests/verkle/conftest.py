"""Fixtures of the commitment scheme's tests."""

from __future__ import annotations

import pytest

from tests.verkle.implementations import BOTH, Implementation


@pytest.fixture(params=BOTH, ids=lambda implementation: implementation.name)
def impl(request: pytest.FixtureRequest) -> Implementation:
    """The oracle, then the program: a known answer must be both's."""
    found: Implementation = request.param
    return found
