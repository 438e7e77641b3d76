"""What all fixtures have: a network, accounts, what must go wrong; and the result of running one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from stateless.exceptions_table import codes_for
from stateless.forks import FORKS
from stateless.genesis import AllocAccount, parse_genesis
from stateless.patricia_state import PatriciaState
from stateless.verdict import error_to_json
from stateless.view import Account, StateView
from verkle.errors import InvalidError, StatelessError
from witness.fields import JsonPath, as_integer, as_object, optional_text
from witness.keccak import keccak256

__all__ = [
    "ChainRules",
    "TestResult",
    "accounts_of",
    "chain_rules",
    "expected_exception",
    "fixture_chain_id",
    "judge_refusal",
    "state_difference",
]

Status = Literal["passed", "failed", "skipped"]
MAINNET: Final = 1
"""The chain id of a fixture that names none."""

_TRANSITION: Final = re.compile(r"(\w+?)To(\w+?)AtTime(\d{1,9})(k?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test. ``fork``: the fixture's name of its network. ``error``: why it failed."""

    __test__ = False  # no test of pytest's

    name: str
    fork: str | None
    status: Status
    error: StatelessError | None = None

    def to_json(self) -> dict[str, object]:
        """Return a member of ``results``."""
        error = None if self.error is None else error_to_json(self.error)
        return {"name": self.name, "fork": self.fork, "status": self.status, "error": error}


@dataclass(frozen=True, slots=True)
class ChainRules:
    """The network of a fixture: its chain id, and its forks as a geth chain configuration has them."""

    chain_id: int
    chain_config: Mapping[str, object]


def chain_rules(network: str, config: Any, path: JsonPath) -> ChainRules | None:
    """What a fixture's network and ``config`` say; ``None`` where a fork of it is not executed here.

    ``config``: ``{"chainid", "blobSchedule": {Fork: {target, max, baseFeeUpdateFraction}}}``, or ``None``.

    Raises ``MalformedError`` of ``witness.fields``.
    """
    transition = _TRANSITION.fullmatch(network)
    if transition is None:
        times = {network: 0}
    else:
        before, after, number, thousand = transition.groups()
        times = {before: 0, after: int(number) * (1000 if thousand else 1)}
    if any(name.lower() not in FORKS for name in times):
        return None
    settings = {} if config is None else as_object(config, path)
    chain_id = fixture_chain_id(settings, path)
    chain_config: dict[str, object] = {f"{name.lower()}Time": time for name, time in times.items()}
    if settings.get("blobSchedule") is not None:
        place = (*path, "blobSchedule")
        schedules = as_object(settings["blobSchedule"], place)
        chain_config["blobSchedule"] = {
            name.lower(): _integers(entry, (*place, name)) for name, entry in schedules.items()
        }
    return ChainRules(chain_id, chain_config)


def fixture_chain_id(config: Mapping[str, Any], path: JsonPath, default: int = MAINNET) -> int:
    """The chain id in a fixture's ``config``. Raises ``MalformedError`` of ``witness.fields``."""
    given = config.get("chainid")
    return default if given is None else as_integer(given, (*path, "chainid"), 64)


def _integers(value: Any, path: JsonPath) -> dict[str, int]:
    return {name: as_integer(item, (*path, name), 64) for name, item in as_object(value, path).items()}


def accounts_of(alloc: Any, path: JsonPath) -> tuple[AllocAccount, ...]:
    """The accounts of ``pre`` or ``postState``. Raises ``MalformedError`` as ``stateless.genesis`` does."""
    return parse_genesis({"alloc": as_object(alloc, path)}).accounts


def expected_exception(source: dict[str, Any], path: JsonPath) -> str | None:
    """What the fixture says must go wrong."""
    return optional_text(source, "expectException", path)


def judge_refusal(expectation: str | None, error: StatelessError | None) -> None:
    """Hold what came out against what the fixture expects.

    Raises:
        StatelessError: ``error`` itself where nothing was to go wrong.
        InvalidError: ``TEST_NOT_REFUSED``, ``TEST_OTHER_REASON``, ``TEST_EXCEPTION_UNKNOWN``.
    """
    if expectation is None:
        if error is not None:
            raise error
        return
    codes = codes_for(expectation)
    if error is None:
        raise InvalidError("TEST_NOT_REFUSED", "what must be refused was accepted", expected=expectation)
    if error.code not in codes:
        raise InvalidError(
            "TEST_OTHER_REASON",
            f"refused for another reason than the test states: {error.message}",
            where={**error.where, "stage": error.stage, "codes": sorted(codes)},
            expected=expectation,
            got=error.code,
        )


def state_difference(root: bytes, view: StateView, accounts: Iterable[AllocAccount]) -> None:
    """Hold the state with the root ``root`` against the accounts that it must have, no more and no fewer.

    Raises ``InvalidError`` ``TEST_STATE_DIFFERS``, with the first account that is not as it must be.
    """
    wanted = tuple(accounts)
    expected = PatriciaState.from_alloc(wanted).root
    if root == expected:
        return
    for account in wanted:
        should = Account(account.nonce, account.balance, keccak256(account.code))
        found = view.account(account.address)
        if found != should:
            got = found._asdict() if isinstance(found, Account) else None
            raise _differs({"account": account.address}, should._asdict(), got)
        for slot, value in account.storage.items():
            held = view.storage(account.address, slot)
            if held != value:
                raise _differs({"account": account.address, "slot": slot}, value, held)
    raise _differs({"account": "one that is not expected, or a slot of one that is"}, expected, root)


def _differs(where: dict[str, object], expected: object, got: object) -> InvalidError:
    return InvalidError(
        "TEST_STATE_DIFFERS", "the state is not the expected one", where=where, expected=expected, got=got
    )
