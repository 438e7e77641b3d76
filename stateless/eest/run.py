"""A file of fixtures, test by test.

A file holds an object of tests by id. The fixture's own expectation is the measure: a block that must be
refused, and is for the reason stated, makes a test that passes. Networks that have a fork outside Shanghai …
Osaka with its blob-parameter forks, or a transition from or to one, are skipped by name, never failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from stateless.eest.fixture import TestResult, chain_rules
from stateless.rules import is_rules_name, rules_named
from verkle.errors import MalformedError, StatelessError
from witness.fields import JsonPath, as_text, member
from witness.strict_json import parse

__all__ = ["Kind", "run_tests"]

Kind = Literal["block", "state"]
Runner = Callable[[str, dict[str, Any], JsonPath], Iterator[TestResult]]


def run_tests(data: bytes, kind: Kind, select: Callable[[str], bool] | None = None) -> Iterator[TestResult]:
    """Run the tests of one file whose ids ``select`` takes; results in the file's order, one by one.

    Raises:
        MalformedError: ``JSON_…``; ``UNKNOWN_FORMAT`` if the file holds no test of this kind.
    """
    from stateless.eest import state_test  # noqa: PLC0415 (loads the interpreter)

    known, run = {
        "block": (_is_block_test, _run_block_test),
        "state": (state_test.recognise, state_test.run),
    }[kind]
    select = select or (lambda _name: True)
    document = parse(data)
    if kind == "block" and _is_scenario(document):
        return _run_scenario(document, select)
    if not isinstance(document, dict) or not any(known(value) for value in document.values()):
        what = {"block": "blockchain", "state": "state"}[kind]
        raise MalformedError("UNKNOWN_FORMAT", f"the input holds no {what} test")
    return _run_each(document, known, run, select)


def _run_each(
    document: dict[str, Any], known: Callable[[Any], bool], run: Runner, select: Callable[[str], bool]
) -> Iterator[TestResult]:
    for name, value in document.items():
        if name.startswith("_") or not select(name):
            continue
        if not known(value):
            error = MalformedError("UNKNOWN_FORMAT", "this is no test of the kind that its file holds")
            yield TestResult(name, None, "failed", error)
            continue
        yield from run(name, value, (name,))


def _is_block_test(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("genesisBlockHeader"), dict)
        and isinstance(value.get("blocks"), list)
        and isinstance(value.get("pre"), dict)
    )


def _run_block_test(name: str, fixture: dict[str, Any], path: JsonPath) -> Iterator[TestResult]:
    """One result. A network that is named as a rule set has a Verkle tree."""
    network: str | None = None
    try:
        network = as_text(member(fixture, "network", path), (*path, "network"))
        if is_rules_name(network):
            from stateless.eest import verkle_chain  # noqa: PLC0415 (loads the curve)

            verkle_chain.run(fixture, rules_named(network, "file: network"), path)
        else:
            from stateless.eest import patricia_chain  # noqa: PLC0415

            rules = chain_rules(network, fixture.get("config"), (*path, "config"))
            if rules is None:
                yield TestResult(name, network, "skipped")
                return
            patricia_chain.run(fixture, rules, path)
    except StatelessError as error:
        yield TestResult(name, network, "failed", error)
    else:
        yield TestResult(name, network, "passed")


def _is_scenario(document: Any) -> bool:
    """Whether a parsed file is one chain of Verkle blocks on its ``alloc``."""
    if not (isinstance(document, dict) and isinstance(document.get("blocks"), list)):
        return False
    genesis = document.get("genesis")
    return isinstance(genesis, dict) and isinstance(genesis.get("alloc"), dict)


def _run_scenario(document: dict[str, Any], select: Callable[[str], bool]) -> Iterator[TestResult]:
    """One result; none if ``select`` does not take the chain's name. A chain of which only the end is here
    is skipped."""
    if not select(str(document.get("name"))):
        return
    from stateless.eest import verkle_chain  # noqa: PLC0415 (loads the curve)

    name, network = "chain", None
    try:
        name = as_text(document.get("name", name), ("name",))
        network = as_text(member(document, "rules", ()), ("rules",))
        rules = rules_named(network, "file: rules")
        if document.get("omittedBlocks"):
            yield TestResult(name, network, "skipped")
            return
        verkle_chain.run_scenario(document, name, rules)
    except StatelessError as error:
        yield TestResult(name, network, "failed", error)
    else:
        yield TestResult(name, network, "passed")
