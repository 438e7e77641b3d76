"""The global options, understood before a command and after it, and the reading of numbers from text.

A command written with ``@with_settings`` takes ``settings: Settings`` first; the decorator adds the options
to its signature, so that ``stateless -q verify X`` and ``stateless verify X -q`` mean the same.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, get_type_hints

import typer

ColorMode = Literal["auto", "always", "never"]
COLOR_MODES: Final[tuple[ColorMode, ...]] = ("auto", "always", "never")
# That of witness.source, said again so that help screens need not load it; a test holds the two equal.
DEFAULT_MAX_BYTES: Final = 64 * 1024 * 1024
# Those of verkle.table_modes, likewise.
TABLE_MODES: Final = ("auto", "small", "default", "large")
TABLES_VARIABLE: Final = "STATELESS_TABLES"
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the global options say.

    ``quiet``: no progress, notes or summary, and of several results only those that are not valid.
    ``verbose``: every check; a traceback of an internal error. ``max_bytes``: the largest input, also after
    decompression. ``tables``: a mode of ``verkle.table_modes`` or ``auto``; ``None`` leaves it to the
    environment.
    """

    quiet: bool = False
    verbose: bool = False
    color: ColorMode = "auto"
    max_bytes: int = DEFAULT_MAX_BYTES
    tables: str | None = None


Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print only what is not valid; no progress.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Print every check, and tracebacks.")]
Color = Annotated[
    str | None,
    typer.Option("--color", metavar="auto|always|never", help="Colours and boxes. [default: auto]"),
]
MaxBytes = Annotated[
    str | None,
    typer.Option(
        "--max-bytes",
        metavar="N",
        help="Refuse larger inputs, packed or not; K, M, G allowed. [default: 64M]",
    ),
]
Tables = Annotated[
    str | None,
    typer.Option(
        "--tables",
        metavar="small|default|large",
        help="Memory for tables. [default: small below 1 GiB, else default]",
    ),
]


def merge(
    base: Settings,
    quiet: bool,
    verbose: bool,
    color: str | None,
    max_bytes: str | None,
    tables: str | None = None,
) -> Settings:
    """``base``, with what the options given here change. Raises ``typer.BadParameter``."""
    settings = replace(base, quiet=base.quiet or quiet, verbose=base.verbose or verbose)
    if color is not None:
        mode = next((mode for mode in COLOR_MODES if mode == color), None)
        if mode is None:
            raise typer.BadParameter(f"{color!a} is none of {', '.join(COLOR_MODES)}", param_hint="--color")
        settings = replace(settings, color=mode)
    if max_bytes is not None:
        settings = replace(settings, max_bytes=byte_count(max_bytes, "--max-bytes"))
    if tables is not None:
        if tables not in TABLE_MODES:
            raise typer.BadParameter(f"{tables!a} is none of {', '.join(TABLE_MODES)}", param_hint="--tables")
        settings = replace(settings, tables=tables)
    if settings.quiet and settings.verbose:
        raise typer.BadParameter("-q and -v exclude each other", param_hint="-q")
    return settings


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the global options; see the head of this file."""

    @functools.wraps(command)
    def run(context: typer.Context, **arguments: Any) -> None:
        here = {name: arguments.pop(name) for name in ("quiet", "verbose", "color", "max_bytes", "tables")}
        base = context.obj if isinstance(context.obj, Settings) else Settings()
        settings = merge(base, **here)
        _use_tables(settings)
        command(settings, **arguments)

    common = [
        option("quiet", Quiet, default=False),
        option("verbose", Verbose, default=False),
        option("color", Color, default=None),
        option("max_bytes", MaxBytes, default=None),
        option("tables", Tables, default=None),
    ]
    return call_as(run, command, ("context", typer.Context), common)


def option(name: str, annotation: Any, *, default: str | bool | None) -> inspect.Parameter:
    """A parameter that ``call_as`` adds."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def call_as(
    run: Callable[..., None],
    command: Callable[..., None],
    first: tuple[str, Any],
    more: Sequence[inspect.Parameter],
) -> Callable[..., None]:
    """Let ``run`` look as ``command`` does, with another first parameter (name and type) and ``more``
    behind."""
    hints = get_type_hints(command, include_extras=True)
    _, *own = inspect.signature(command).parameters.values()
    parameters = [
        inspect.Parameter(first[0], inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=first[1]),
        *(each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY) for each in own),
        *more,
    ]
    vars(run)["__signature__"] = inspect.Signature(parameters)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _use_tables(settings: Settings) -> None:
    """Put the mode where this process and those that it starts look for it; refuse one that is none."""
    if settings.tables is not None:
        os.environ[TABLES_VARIABLE] = settings.tables
    named = os.environ.get(TABLES_VARIABLE)
    if named and named not in TABLE_MODES:
        raise typer.BadParameter(f"{named!a} is none of {', '.join(TABLE_MODES)}", param_hint=TABLES_VARIABLE)


def whole_number(text: str, option: str, minimum: int) -> int:
    """``text`` as a number of at least ``minimum``. Raises ``typer.BadParameter``."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise typer.BadParameter(f"{text!a} is not a whole number", param_hint=option)
    if int(text) < minimum:
        raise typer.BadParameter(f"{text} is below {minimum}", param_hint=option)
    return int(text)


def byte_count(text: str, option: str) -> int:
    """``text`` as a number of bytes: ``1000``, ``64K``, ``64M``, ``1G`` (powers of 1024; ``iB`` may follow).

    Raises ``typer.BadParameter``.
    """
    number = text.upper().removesuffix("IB").removesuffix("B")
    digits = number.rstrip("KMG")
    unit = _UNITS.get(number[len(digits) :])
    if unit is None or not digits.isdigit():
        raise typer.BadParameter(f"{text!a} is not a number of bytes such as 65536 or 64M", param_hint=option)
    return whole_number(digits, option, 1) * unit
