"""Command and group classes: quick argument parsing, and commands that are imported when they are called.

Typer turns every argument into its type with pydantic, whose import costs more (80 ms, 15 MB) than all of
this program's own code. The arguments here are text, lists of text and switches; each command reads its
numbers and names from text itself, with a message of its own. So the conversion is replaced by the identity.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import typer
from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class _AsText:
    """What typer calls to convert a value: leaves text and lists of text as they are."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        del ctx
        several = getattr(param, "multiple", False) or param.nargs == -1
        if value is None:
            return () if several else None
        return list(value) if several else value


def _convert_nothing(params: Iterable[Any]) -> None:
    """Put the identity where typer caches its converter. If a later typer looks elsewhere, all that is lost
    is time, and a test that watches the imports says so."""
    for param in params:
        descriptor = getattr(param, "type_descriptor", None)
        if getattr(descriptor, "annotation", None) in (str, bool, list[str]):
            param._runtime_param = _AsText()  # typer's cache for its converter


class _Formatter(Protocol):
    """What is used of typer's help formatter, whose module is private."""

    def section(self, name: str) -> AbstractContextManager[None]: ...

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None: ...


class QuickCommand(TyperCommand):
    """A command whose parameters are ``str``, ``list[str]`` and ``bool``; arguments have a metavar."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:  # type: ignore[override]
        """``[OPTIONS] PATH...``."""
        del ctx
        return ["[OPTIONS]", *(name for name, _ in self._arguments())]

    def format_options(self, ctx: Context, formatter: _Formatter) -> None:  # type: ignore[override]
        """Arguments and options, without the types that all of them have."""
        if self._arguments():
            with formatter.section("Arguments"):
                formatter.write_dl(self._arguments())
        options = [
            param.get_help_record(ctx) for param in self.get_params(ctx) if isinstance(param, TyperOption)
        ]
        with formatter.section("Options"):
            formatter.write_dl([record for record in options if record is not None])

    def _arguments(self) -> list[tuple[str, str]]:
        return [
            (f"{param.metavar}..." if param.nargs == -1 else str(param.metavar), param.help or "")
            for param in self.params
            if isinstance(param, TyperArgument)
        ]

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse without conversion."""
        _convert_nothing(self.get_params(ctx))
        return super().parse_args(ctx, args)


class QuickGroup(TyperGroup):
    """The group at the top, likewise."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse without conversion."""
        _convert_nothing(self.get_params(ctx))
        return super().parse_args(ctx, args)


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the top group: what it is called, the module that has it, its line in the list.

    The module has a function ``command`` and the text ``HELP``; or, of a group, ``app``.
    """

    name: str
    module: str
    line: str

    def load(self) -> Any:
        """Import the module and make the command of it."""
        module = importlib.import_module(self.module)
        inner = typer.Typer(rich_markup_mode=None, add_completion=False)
        if hasattr(module, "app"):
            inner.add_typer(
                module.app, name=self.name, cls=QuickGroup, short_help=self.line, no_args_is_help=True
            )
            group: Any = typer.main.get_group(inner)
            return group.commands[self.name]
        inner.command(self.name, cls=QuickCommand, help=module.HELP, short_help=self.line)(module.command)
        return typer.main.get_command(inner)


class LateCommands(Mapping[str, Any]):
    """Commands by name. Names are there at once; a command's module is imported when it is looked up."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: str) -> Any:
        return self.entries[name].load()

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class LateGroup(QuickGroup):
    """The group at the top. Importing all of its commands would take longer than parsing the call of one."""

    ENTRIES: Sequence[Entry] = ()

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.commands = LateCommands(self.ENTRIES)  # type: ignore[assignment]

    def format_commands(self, ctx: Context, formatter: _Formatter) -> None:  # type: ignore[override]
        """The list of commands, from their lines alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.line) for entry in self.ENTRIES])
