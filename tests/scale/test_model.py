"""The model of a state: its parts sum to the whole, and its distributions are those that it states."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.scale import model
from stateless.scale.model import state_model


@given(st.integers(64, 2**40))
def test_parts_sum_to_the_whole(leaves: int) -> None:
    found = state_model(leaves)
    assert 2 * found.accounts + found.slots + found.chunks == found.leaves == leaves
    assert min(found.accounts, found.contracts, found.slots, found.chunks) > 0
    assert 0 <= found.groups <= found.slots
    assert 0 <= found.code_stems <= found.chunks
    assert found.stems == found.accounts + found.groups + found.code_stems
    # what rounding leaves over is less than a contract's worth for each kind of leaf
    mean = model._harmonic(found.contracts)
    assert abs(found.slots - found.contracts * mean) < 8 * (mean + model._mean_chunks()) + 16


@given(st.integers(1000, 2**39))
def test_more_leaves_are_more_of_everything(leaves: int) -> None:
    small, large = state_model(leaves).to_json(), state_model(2 * leaves).to_json()
    assert all(large[name] >= small[name] for name in small)


@pytest.mark.parametrize("leaves", [63, 0, -1, 2**40 + 1])
def test_what_is_no_state_is_refused(leaves: int) -> None:
    with pytest.raises(ValueError, match="a modelled state has"):
        state_model(leaves)


@pytest.mark.parametrize("count", [1, 2, 99, 100, 1000])
def test_harmonic_numbers(count: int) -> None:
    assert model._harmonic(count) == pytest.approx(math.fsum(1 / k for k in range(1, count + 1)), rel=1e-9)


def test_means_over_codes_are_those_of_the_distribution() -> None:
    sizes = [256 * math.pow(96, (i + 0.5) / 20_000) for i in range(20_000)]
    chunks = [-(-math.ceil(size) // 31) for size in sizes]
    assert model._mean_chunks() == pytest.approx((sum(chunks) / len(chunks) + 7 * 2) / 8, rel=0.01)
    stems = [max(0, -(-(c - 128) // 256)) for c in chunks]
    assert model._mean_code_stems() == pytest.approx(sum(stems) / len(stems), rel=0.01)


def test_the_mean_of_slots_is_that_of_zipf_s_law() -> None:
    """P(k or more) = 1/k up to C; the slots beyond the eighth of each."""
    contracts = 500
    alone = [1 / k - 1 / (k + 1) for k in range(1, contracts)] + [1 / contracts]
    assert sum(alone) == pytest.approx(1)
    assert sum(k * p for k, p in enumerate(alone, 1)) == pytest.approx(model._harmonic(contracts))
    beyond = sum(max(0, k - 8) * p for k, p in enumerate(alone, 1))
    assert model._mean_slots_beyond(contracts) == pytest.approx(beyond)


def test_slots_of_a_touched_contract_are_log_uniform() -> None:
    state = state_model(2**30)
    drawn = [state.slots_of(i.to_bytes(20, "big")) for i in range(4000)]
    assert drawn == [state.slots_of(i.to_bytes(20, "big")) for i in range(4000)]
    assert min(drawn) >= 1
    assert max(drawn) <= state.contracts
    for share in (0.25, 0.5, 0.75):
        below = sum(slots < state.contracts**share for slots in drawn) / len(drawn)
        assert below == pytest.approx(share, abs=0.03)
