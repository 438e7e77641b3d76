"""Findings as SARIF, which code hosts and editors read.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from stateless.inspection.finding import Finding
from stateless.inspection.lint_rules import RULES

__all__ = ["SARIF_VERSION", "sarif"]

SARIF_VERSION: Final = "2.1.0"
SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULE_INDEX: Final = {rule_id: index for index, rule_id in enumerate(RULES)}


def sarif(
    found: Sequence[tuple[str, str, Finding]],
    *,
    version: str | None,
    exit_code: int,
    errors: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """A SARIF log of one run.

    Args:
        found: (input, name of the block, finding).
        version: of this program, ``None`` if it is not installed.
        exit_code: of the process.
        errors: (input, message) of inputs that could not be looked at.
    """
    driver: dict[str, Any] = {"name": "stateless", "rules": [_rule(rule_id) for rule_id in RULES]}
    if version is not None:
        driver["version"] = version
    invocation: dict[str, Any] = {"executionSuccessful": not errors, "exitCode": exit_code}
    if errors:
        invocation["toolExecutionNotifications"] = [
            {
                "level": "error",
                "message": {"text": message},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(name)}}}],
            }
            for name, message in errors
        ]
    return {
        "$schema": SCHEMA,
        "version": SARIF_VERSION,
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [invocation],
                "columnKind": "unicodeCodePoints",
                "results": [_result(name, block, finding) for name, block, finding in found],
            }
        ],
    }


def _rule(rule_id: str) -> dict[str, Any]:
    rule = RULES[rule_id]
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.short},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(name: str, block: str, finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(name)}}}
    place = f"{block}/{finding.place}" if finding.place else block
    location["logicalLocations"] = [{"fullyQualifiedName": place, "kind": "element"}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": _RULE_INDEX[finding.rule],
        "level": finding.level,
        "message": {"text": finding.message},
        "locations": [location],
    }
    if finding.key is not None:
        # The same thing keeps its identity when it moves within the file.
        result["partialFingerprints"] = {"key/v1": finding.key.hex()}
    return result


def _uri(name: str) -> str:
    """A file name as a relative reference; standard input has none."""
    return "stdin" if name == "-" else quote(name, safe="/~-._")
