"""How much memory the tables of fixed generators may take: three modes, the same commitments in each.

=========  ==========================================================  ==============
mode       combs that a :class:`verkle.pedersen.Committer` makes        at most
=========  ==========================================================  ==============
small      none; the table of shifts that comes with the program alone  2 MB
default    16 wide, narrow ones for the other generators                190 MB
large      wide ones for all 256                                        600 MB
=========  ==========================================================  ==============

A comb is made when a generator has been used so often that it pays, and is kept in memory alone: nothing is
written to disk. The mode is the one that ``STATELESS_TABLES`` names; where it names none (or ``auto``),
``small`` on a machine, in a container or under a limit of less than 1 GiB, else ``default``.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final, Literal, get_args

__all__ = ["AUTO", "MODES", "VARIABLE", "TableMode", "chosen_mode", "memory_limit", "mode_named"]

TableMode = Literal["small", "default", "large"]

MODES: Final[tuple[TableMode, ...]] = get_args(TableMode)
AUTO: Final = "auto"
VARIABLE: Final = "STATELESS_TABLES"
SMALL_BELOW: Final = 1 << 30
"""Bytes. A Raspberry Pi of 1 GB has less: some of it is the graphics processor's."""

_CGROUPS: Final = "/sys/fs/cgroup"
_OWN_CGROUP: Final = "/proc/self/cgroup"


def mode_named(name: str) -> TableMode | None:
    """The mode of that name; ``None`` for ``auto``. Raises ``ValueError`` for any other."""
    if name == AUTO:
        return None
    for mode in MODES:
        if mode == name:
            return mode
    raise ValueError(f"{name!a} is none of {', '.join((AUTO, *MODES))}")


def chosen_mode() -> TableMode:
    """The mode of this process. Raises ``ValueError``: the variable names none."""
    named = mode_named(os.environ.get(VARIABLE) or AUTO)
    if named is not None:
        return named
    limit = memory_limit()
    return "small" if limit is not None and limit < SMALL_BELOW else "default"


@cache
def memory_limit() -> int | None:
    """The bytes that this process may use at most: the least of the machine's memory, of the limits of its
    control group (version 2) and of its address space (``ulimit -v``). ``None`` where nothing is known."""
    known = [limit for limit in (_physical(), _of_cgroups(), _of_address_space()) if limit is not None]
    return min(known, default=None)


def _physical() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows, or a system without the names
        return None


def _of_cgroups() -> int | None:
    """The least limit of the group and of those around it."""
    own = next((line[3:] for line in _lines(_OWN_CGROUP) if line.startswith("0::/")), None)
    if own is None:
        return None
    parts = PurePosixPath(own).parts[1:]
    folders = [PurePosixPath(_CGROUPS, *parts[:count]) for count in range(len(parts) + 1)]
    said = [line for folder in folders for line in _lines(f"{folder}/memory.max")]
    return min((int(line) for line in said if line.isdigit()), default=None)


def _of_address_space() -> int | None:
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
