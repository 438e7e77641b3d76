"""Leaves in the order of their keys, however many there are, in bounded memory.

Runs that fit memory are sorted there; all but the last go to one unnamed temporary file, which the system
removes whatever happens to this process, and are merged from it.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

from verkle.constants import KEY_BYTES, VALUE_BYTES
from verkle.errors import InvalidError, MachineError, MalformedError

__all__ = ["Row", "SortedLeaves"]

_LINE_BYTES: Final = 8
_VALUE_AT: Final = KEY_BYTES + _LINE_BYTES
_RECORD_BYTES: Final = _VALUE_AT + VALUE_BYTES
RUN_LEAVES: Final = 200_000
"""Leaves sorted in memory at a time, some 25 MB."""
_BLOCK_BYTES: Final = 1024 * _RECORD_BYTES


class Row(NamedTuple):
    """A leaf to be written. ``line``: where it was read, 0 if nowhere in particular."""

    key: bytes
    value: bytes
    line: int = 0


class SortedLeaves:
    """All rows, each key once; to be closed, which ends the temporary file.

    Args:
        rows: read to the end at once.
        directory: for the temporary file (default: the system's).
        seen: told from time to time how many rows have been read.

    Raises:
        MalformedError: ``KEY_LENGTH``, ``VALUE_LENGTH``.
        InvalidError: ``KEY_REPEATED``.
        MachineError: ``STORE_FULL``: no room for the temporary file.
    """

    def __init__(
        self, rows: Iterable[Row], directory: Path | None = None, seen: Callable[[int], None] | None = None
    ) -> None:
        self.count = 0
        self._runs: list[tuple[int, int]] = []
        self._spool: IO[bytes] | None = None
        self._last: list[bytes] = []
        waiting = iter(rows)
        try:
            while True:
                self._last = sorted(_record(row) for row in islice(waiting, RUN_LEAVES))
                self.count += len(self._last)
                if seen is not None:
                    seen(self.count)
                if len(self._last) < RUN_LEAVES:
                    break
                self._write_run(directory)
            self._refuse_repeats()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the temporary file back."""
        if self._spool is not None:
            self._spool.close()

    def stems(self) -> Iterator[tuple[bytes, dict[int, bytes]]]:
        """All values by stem and suffix, stems ascending."""
        stem = b""
        values: dict[int, bytes] = {}
        for record in self._records():
            if not record.startswith(stem) or not values:
                if values:
                    yield stem, values
                stem, values = record[: KEY_BYTES - 1], {}
            values[record[KEY_BYTES - 1]] = record[_VALUE_AT:]
        if values:
            yield stem, values

    def _write_run(self, directory: Path | None) -> None:
        try:
            if self._spool is None:
                self._spool = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 (closed by close)
            self._runs.append((self._spool.tell(), len(self._last)))
            self._spool.writelines(self._last)
            self._spool.flush()
        except OSError as error:
            raise MachineError(
                "STORE_FULL", f"the temporary file for sorting cannot be written: {error.strerror}"
            ) from error
        self._last = []

    def _records(self) -> Iterator[bytes]:
        if self._spool is None:
            return iter(self._last)
        spool = self._spool
        return heapq.merge(self._last, *(_read_run(spool, at, count) for at, count in self._runs))

    def _refuse_repeats(self) -> None:
        last = b""
        for record in self._records():
            if record.startswith(last[:KEY_BYTES]) and last:
                line, earlier = (int.from_bytes(r[KEY_BYTES:_VALUE_AT], "big") for r in (record, last))
                raise InvalidError(
                    "KEY_REPEATED",
                    "a key comes twice; which value counts is not said",
                    where={
                        "key": record[:KEY_BYTES],
                        **_at(line),
                        **({"earlier_line": earlier} if earlier else {}),
                    },
                )
            last = record


def _record(row: Row) -> bytes:
    key, value, line = row
    if len(key) != KEY_BYTES:
        raise MalformedError(
            "KEY_LENGTH", "a tree key has 32 bytes", where=_at(line), expected=KEY_BYTES, got=len(key)
        )
    if len(value) != VALUE_BYTES:
        raise MalformedError(
            "VALUE_LENGTH",
            "a leaf value has 32 bytes",
            where={"key": key, **_at(line)},
            expected=VALUE_BYTES,
            got=len(value),
        )
    return key + line.to_bytes(_LINE_BYTES, "big") + value


def _at(line: int) -> dict[str, object]:
    return {"line": line} if line else {}


def _read_run(spool: IO[bytes], at: int, count: int) -> Iterator[bytes]:
    """The records of one run, read by blocks; several runs take turns at the file."""
    end = at + count * _RECORD_BYTES
    while at < end:
        spool.seek(at)
        block = spool.read(min(_BLOCK_BYTES, end - at))
        at += len(block)
        for k in range(0, len(block), _RECORD_BYTES):
            yield block[k : k + _RECORD_BYTES]
