"""What LMDB and the system say went wrong with a store, as errors of this program."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from verkle.errors import MachineError, MalformedError, StatelessError, UnsupportedError

__all__ = ["REFUSED", "lmdb_error", "system_error"]

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""What the system says where something may not be opened for writing."""

# Codes of lmdb.h.
_DAMAGED: Final = frozenset({-30797, -30796, -30795})
"""A page that is missing, corrupt, or what made LMDB give up."""
_NOT_LMDB: Final = -30793
_OTHER_FORMAT: Final = -30794
_TOO_MANY_READERS: Final = -30790

SPARE_BYTES: Final = 1 << 20
"""With less room than this, a write that came short means a full disk."""


def lmdb_error(code: int, text: str, path: Path) -> StatelessError:
    """The error for LMDB's ``code`` (its own, or the system's) about the store at ``path``."""
    where = {"store": str(path)}
    if code in _DAMAGED:
        return MalformedError("STORE_DAMAGED", f"the store is damaged: {text}", where=where)
    if code == _NOT_LMDB:
        return MalformedError("STORE_FOREIGN", "no store of this program: not an LMDB file", where=where)
    if code == _OTHER_FORMAT:
        return UnsupportedError("STORE_SCHEMA", "the file is of a format that LMDB cannot read", where=where)
    if code == _TOO_MANY_READERS:
        return MachineError("STORE_LOCKED", "too many processes are reading the store", where=where)
    if code == 0 and "already open" in text:
        return MachineError("STORE_LOCKED", "this process has the store open already", where=where)
    return system_error(code, text, path)


def system_error(code: int, text: str, path: Path) -> MachineError:
    """The error for the system's ``code`` about the store at ``path``."""
    where = {"store": str(path)}
    # LMDB calls a write that came short an I/O error
    if code in FULL or (code == errno.EIO and _no_room(path)):
        return MachineError("STORE_FULL", "the disk is full; the store is as it was", where=where)
    return MachineError("STORE_UNWRITABLE", f"the store cannot be opened or written: {text}", where=where)


def _no_room(path: Path) -> bool:
    """Whether the disk, or the largest file that this process may write, leaves no room for more."""
    import resource  # noqa: PLC0415 (only where something went wrong)

    try:
        disk = os.statvfs(path)
        size = sum(entry.stat().st_size for entry in path.iterdir())
    except OSError:
        return False
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return disk.f_bavail * disk.f_frsize < SPARE_BYTES or 0 <= limit < size + SPARE_BYTES
