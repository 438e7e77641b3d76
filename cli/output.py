"""Writing a result to a file: whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from cli.terminal import printable
from verkle.errors import MachineError
from witness.errors import UsageError

STDOUT: Final = "-"
# What the system answers when it, and not the name that was given, is at fault.
_OUT_OF_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def write_whole(name: str, data: bytes) -> None:
    """Write ``data`` to the file ``name``, in place of what was there; ``-`` is standard output.

    The bytes go to a new file in the same directory, which then takes the name: whoever looks finds the old
    content or the new, also after a crash or on a full disk. What is not a regular file (a device, a pipe)
    is written to directly. Raises ``UsageError`` ``OUTPUT_UNWRITABLE``, ``MachineError`` ``OUTPUT_FULL``; for
    standard output ``OSError``.
    """
    if name == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        target = Path(name).resolve()  # through a symbolic link, not over it
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            _replace(target, data)
    except (OSError, ValueError, RuntimeError) as error:  # a null character, a loop of links
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) in _OUT_OF_ROOM:
            raise MachineError(
                "OUTPUT_FULL",
                f"cannot write: {reason}; what was there before is kept",
                where={"output": name},
            ) from error
        raise UsageError("OUTPUT_UNWRITABLE", f"cannot write {printable(name)}: {reason}") from error


def _replace(target: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode(target))
        Path(temporary).replace(target)
    except BaseException:  # also Ctrl-C: leave nothing behind
        Path(temporary).unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or those of a new one."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
