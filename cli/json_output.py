"""The JSON that commands print: one object, which says first what it is and how the command ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verkle.errors import StatelessError


def print_object(schema: str, exit_code: int, members: Mapping[str, Any]) -> None:
    """Print one object: its schema, the program's version, the exit code, then ``members``."""
    from cli.version import version

    head = {"schema": schema, "version": version(), "exit_code": int(exit_code)}
    print(json.dumps({**head, **members}, indent=2))


def error_member(error: StatelessError | None) -> dict[str, Any] | None:
    """The value of a member ``error``."""
    from stateless.verdict import error_to_json

    return None if error is None else error_to_json(error)
