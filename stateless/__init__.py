"""Verify Ethereum blocks from a witness and the state root before them, with nothing else.

::

    import stateless

    verdict = stateless.verify("block.json", proof_only=True)
    verdict.valid, verdict.to_json()

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stateless.rules import RULE_SETS, RuleSet
    from stateless.verdict import Assumption, Check, Verdict, worst_exit_code
    from stateless.verifier import verify, verify_all, verify_block
    from verkle.errors import (
        IncompleteError,
        InvalidError,
        MalformedError,
        StatelessError,
        UnsupportedError,
    )

    __version__: str

__all__ = [
    "RULE_SETS",
    "Assumption",
    "Check",
    "IncompleteError",
    "InvalidError",
    "MalformedError",
    "RuleSet",
    "StatelessError",
    "UnsupportedError",
    "Verdict",
    "__version__",
    "verify",
    "verify_all",
    "verify_block",
    "worst_exit_code",
]

_HOMES = {
    "RULE_SETS": "stateless.rules",
    "RuleSet": "stateless.rules",
    "Assumption": "stateless.verdict",
    "Check": "stateless.verdict",
    "Verdict": "stateless.verdict",
    "worst_exit_code": "stateless.verdict",
    "verify": "stateless.verifier",
    "verify_all": "stateless.verifier",
    "verify_block": "stateless.verifier",
    "IncompleteError": "verkle.errors",
    "InvalidError": "verkle.errors",
    "MalformedError": "verkle.errors",
    "StatelessError": "verkle.errors",
    "UnsupportedError": "verkle.errors",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("stateless")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
