"""What must fail in any case looks at nothing: clients that halt before they look make witnesses without it.

Sources: go-ethereum ``core/vm/operations_acl.go`` (cold access is paid before the account is asked for), revm
``instructions/host.rs`` (the static check comes first); EIP-214, EIP-2929.
"""

from __future__ import annotations

import pytest

from stateless.evm.frame import Message
from stateless.evm.interpreter import run
from stateless.view import Account
from tests.evm.machines import CALLER, CONTRACT, View, environment, view_of

TARGET = b"\x77" * 20
SLOT = 5
WITH_VALUE = f"5f5f5f5f600173{TARGET.hex()}61ffff"
CASES = {
    "static sstore": (f"600160{SLOT:02x}55", True, 100_000),
    "static call with value": (WITH_VALUE + "f1", True, 100_000),
    "static selfdestruct": (f"73{TARGET.hex()}ff", True, 100_000),
    "call below cold access": (f"5f5f5f5f5f73{TARGET.hex()}5ff1", False, 2_600 + 14),
    "staticcall below cold access": (f"5f5f5f5f73{TARGET.hex()}5ffa", False, 2_600 + 12),
    "call with value below its price": (WITH_VALUE + "f1", False, 2_600 + 9_000 + 16),
    "selfdestruct below cold access": (f"73{TARGET.hex()}ff", False, 5_000 + 2_600 + 2),
}


class Watched(View):
    """Notes what it is asked for."""

    def __init__(self, code: bytes) -> None:
        plain = view_of({CONTRACT: code})
        super().__init__(plain._accounts, {}, [code])
        self.asked: set[object] = set()

    def account(self, address: bytes) -> Account | None:
        self.asked.add(address)
        return super().account(address)

    def storage(self, address: bytes, slot: int) -> int:
        self.asked.add((address, slot))
        return super().storage(address, slot)


def reads_of(code: bytes, static: bool, gas: int, fork: str) -> tuple[bool, set[object]]:
    """Whether it succeeded, and what was asked of the view."""
    view = Watched(code)
    around = environment(fork=fork, view=view)
    sent = Message(CALLER, CONTRACT, CONTRACT, 0, b"", gas, around.state.code(CONTRACT), is_static=static)
    return run(sent, around).succeeded, view.asked


@pytest.mark.parametrize("fork", ["shanghai", "cancun", "prague", "osaka"])
@pytest.mark.parametrize("name", CASES)
def test_nothing_is_looked_at(name: str, fork: str) -> None:
    code, static, gas = CASES[name]
    succeeded, seen = reads_of(bytes.fromhex(code), static, gas, fork)
    assert not succeeded
    assert not seen & {TARGET, (CONTRACT, SLOT)}


@pytest.mark.parametrize("name", CASES)
def test_with_gas_and_leave_it_is(name: str) -> None:
    """The same code where it may: so that the test above does not hold for want of a read."""
    succeeded, seen = reads_of(bytes.fromhex(CASES[name][0]), False, 100_000, "prague")
    assert succeeded
    assert seen & {TARGET, (CONTRACT, SLOT)}
