"""Kaustinen-2, 3, 4 and 6 come to what their clients came to: gas, status, and exactly the touched places."""

from __future__ import annotations

import pytest

from stateless.transactions import Transaction
from tests.evm.early_cases import CASES, NETWORKS, Case
from tests.evm.early_machine import A, F, Network, S, sent, usual
from verkle.errors import IncompleteError

PAIRS = [pytest.param(case, i, id=f"{case.name}-{name}") for case in CASES for i, name in enumerate(NETWORKS)]
WARM = {"kaustinen2", "kaustinen3", "kaustinen4"}
ALL = set(NETWORKS)
# Case → networks in which it reads what its witness does not hold, and the code and field of that read.
UNPROVEN: dict[str, dict[str, tuple[str, str]]] = {
    # Kaustinen-6 does not touch the callee's header at all
    **{
        name: {"kaustinen6": ("LEAF_MISSING", "version")}
        for name in ("call_B_v0", "call_D_code", "staticcall_D", "call_D_gas100", "call_all_gas_D")
    },
    # where value moves it touches the balance, so that the account is known to be there
    "call_B_v1": {"kaustinen6": ("LEAF_MISSING", "code_size")},
    # the code that runs is another account's than the one whose chunks are touched
    "delegatecall_D": {
        **dict.fromkeys(WARM, ("CODE_CHUNK_MISSING", "chunk")),
        "kaustinen6": ("LEAF_MISSING", "version"),
    },
    "callcode_D_v1": {
        **dict.fromkeys(WARM, ("CODE_CHUNK_MISSING", "chunk")),
        "kaustinen6": ("LEAF_MISSING", "code_size"),
    },
    # a beneficiary gets ether that nothing says it got
    "selfdestruct_B": dict.fromkeys(WARM, ("LEAF_MISSING", "version")),
    "selfdestruct_C": dict.fromkeys(WARM, ("LEAF_MISSING", "version")),
}
# Case → networks in which it writes leaves that no event names, which a state gets and a witness lacks.
UNTOLD: dict[str, set[str]] = {
    "call_C_absent_v1": WARM,
    "create_deploy1byte": {"kaustinen2", "kaustinen3"},
    "tx_create_1byte": {"kaustinen2", "kaustinen3"},
    "selfdestruct_C": {"kaustinen6"},
}


def made(case: Case, name: str) -> tuple[Network, Transaction]:
    code = bytes.fromhex(case.code)
    if case.creates:
        return Network(name, usual(b"")), sent(None, code, gas_limit=case.gas_limit)
    return Network(name, usual(code)), sent(A, gas_limit=case.gas_limit)


@pytest.mark.parametrize(("case", "i"), PAIRS)
def test_on_the_whole_state(case: Case, i: int) -> None:
    network, tx = made(case, NETWORKS[i])
    run = network.run(tx)
    assert run.outcomes == [(NETWORKS[i] not in case.fails, case.gas[i])]
    (log,) = run.execution.logs
    got = {place for place in log.leaves if place[0] not in {S, F}}
    if not case.creates:
        header = {(A, 0, leaf) for leaf in range(5)}
        assert header <= got
        got -= header
    assert got == {network.place(words) for words in case.touched[i].split()}
    assert {(S, 0, leaf): leaf in {1, 2} for leaf in range(5)}.items() <= log.leaves.items()
    assert {(F, 0, leaf): True for leaf in range(5)}.items() <= run.execution.touched.items()
    assert run.view.assumptions == []


@pytest.mark.parametrize(("case", "i"), PAIRS)
def test_from_the_witness(case: Case, i: int) -> None:
    """The same, or a read that the networks leave unproven and no rule answers, by its name."""
    name = NETWORKS[i]
    network, tx = made(case, name)
    whole = network.run(tx)
    shown = network.witness(whole)
    if name in UNPROVEN.get(case.name, {}):
        with pytest.raises(IncompleteError) as caught:
            network.run(tx, shown=shown)
        code, field = UNPROVEN[case.name][name]
        assert caught.value.code == code
        assert field in {caught.value.where.get("field"), *caught.value.where}
        assert caught.value.where["transaction"] == 0
        return
    run = network.run(tx, shown=shown)
    assert run.outcomes == whole.outcomes
    assert run.execution.touched == whole.execution.touched
    assert {place: value for place, value in run.writes.items() if network.keys.key(place) in shown} == {
        place: value for place, value in whole.writes.items() if network.keys.key(place) in shown
    }
    untold = [place for place in run.writes if network.keys.key(place) not in shown]
    assert bool(untold) == (name in UNTOLD.get(case.name, set()))
    # every network but the first reads the header of its history account, whatever else the block does; one
    # of these blocks happens to touch a leaf of that header
    told = name == "kaustinen2" or (case.name, name) == ("blockhash", "kaustinen4")
    assert ((None, None) in run.assumed) == (not told)
    looks = {"ext_B": WARM, "blockhash": {"kaustinen4"}}.get(case.name, set())
    assert any(opcode for _, opcode in run.assumed) == (name in looks)


def test_the_lists_of_exceptions_name_cases() -> None:
    names = {case.name for case in CASES}
    assert len(names) == len(CASES) == 29
    assert {*UNPROVEN, *UNTOLD} <= names
    assert all(set(networks) <= ALL for networks in (*UNPROVEN.values(), *UNTOLD.values()))
