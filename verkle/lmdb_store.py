"""Node records on disk, in LMDB: one environment (a directory) per state.

Records are those of :mod:`verkle.records`, each followed by the CRC-32 of its key and itself; beside them is
one that says what the store is (:mod:`verkle.store_schema`). A batch and that record are written in one
transaction, synced to disk: after a crash, ``kill -9`` or a full disk, the store is as before the batch or as
after it.

One process writes; it holds a lock on the directory that the system takes back when the process ends. Any
number read, without waiting, each the state that was last committed when it opened the store. A reader that
may not write to LMDB's table of readers (another user's store, a read-only disk) keeps writers out instead.

Sources: LMDB 0.9, ``lmdb.h`` (caveats on locks, map size and processes).
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from verkle.banderwagon import encode_many
from verkle.errors import MachineError, MalformedError, StatelessError, UnsupportedError
from verkle.lmdb_errors import REFUSED, lmdb_error, system_error
from verkle.records import InnerRecord, LeafRecord
from verkle.store_schema import EMPTY_STATE, Embedding, StateInfo, decode_state, encode_state
from verkle.tree import EMPTY_ROOT, INNER, LEAF

if TYPE_CHECKING:
    import lmdb

__all__ = ["LmdbStore", "is_store"]

DATA_FILE: Final = "data.mdb"
LOCK_FILE: Final = "lock.mdb"
LOCK_BYTES: Final = 8192
"""LMDB's table of readers; it writes to it through a mapping, which must not find the disk full."""
STATE_KEY: Final = b"state"
CHECKSUM_BYTES: Final = 4
FIRST_MAP_BYTES: Final = 1 << 26
LARGEST_MAP_BYTES: Final = 1 << (46 if sys.maxsize > 1 << 32 else 30)
SCAN_RECORDS: Final = 500
"""Records read at a time, so that no scan holds on to an old state while the store is written."""


def is_store(path: Path) -> bool:
    """Whether a path looks like a store (of whatever program) rather than a file of leaves."""
    return path.is_dir()


class LmdbStore:
    """A :class:`verkle.tree.NodeStore` on disk; ends with its ``with`` block or :meth:`close`.

    Args:
        path: its directory; made if it is not there and ``write`` is set, but not the directories above.
        write: open it for writing too.
        embedding: what the leaves that will be written are made by; must be what the store says, if it does.

    Raises:
        MalformedError: ``STORE_FOREIGN``: no store, or another program's; ``STORE_DAMAGED``.
        UnsupportedError: ``STORE_SCHEMA``, ``STORE_RULES``.
        MachineError: ``STORE_LOCKED``, ``STORE_UNWRITABLE``, ``STORE_FULL``, ``STORE_NO_LMDB``.
    """

    def __init__(self, path: Path, *, write: bool = False, embedding: Embedding | None = None) -> None:
        try:
            import lmdb  # noqa: PLC0415 (only who has a state on disk needs it)
        except ImportError:
            raise MachineError(
                "STORE_NO_LMDB", "a state on disk needs the package lmdb, which is not installed"
            ) from None
        self._error = lmdb.Error
        self._full = lmdb.MapFullError
        self._grown = lmdb.MapResizedError
        self.path = path
        self._writes = write
        self._lock: int | None = None
        self._snapshot: lmdb.Transaction[bytes] | None = None
        self._look_at_directory()
        try:
            self._environment = self._open(lmdb.open)
        except BaseException:
            self._let_go_of_lock()
            raise
        try:
            self._state = self._read_state(embedding)
            if write:
                self._environment.reader_check()  # places of readers that were killed
                if not self._environment.stat()["entries"]:
                    self.put({})
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
        """Let go of the store; nothing of what was put is still to be written."""
        self._end_reading()
        self._environment.close()
        self._let_go_of_lock()

    @property
    def state(self) -> StateInfo:
        """What the store holds: as opened, or after the last batch put through this object."""
        return self._state

    # --- verkle.tree.NodeStore --------------------------------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """The record under a key."""
        try:
            data = self._reading().get(key)
        except self._error as error:
            raise self._typed(error) from error
        return None if data is None else self._checked(key, data)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All records whose key begins with ``prefix``, keys ascending."""
        start = prefix
        while True:
            try:
                cursor = self._reading().cursor()
                found = list(islice(cursor, SCAN_RECORDS)) if cursor.set_range(start) else []
            except self._error as error:
                raise self._typed(error) from error
            for key, data in found:
                if not key.startswith(prefix):
                    return
                yield key, self._checked(key, data)
            if len(found) < SCAN_RECORDS:
                return
            start = found[-1][0] + b"\0"

    def put(self, records: Mapping[bytes, bytes]) -> None:
        """Write all records, or, if anything goes wrong, none."""
        if not self._writes:
            raise MachineError("STORE_UNWRITABLE", "the store was opened for reading", where=self._where)
        self._end_reading()
        while True:
            try:
                self._state = self._commit(records)
            except self._full:
                self._enlarge()
            except self._error as error:
                raise self._typed(error) from error
            else:
                return

    def _commit(self, records: Mapping[bytes, bytes]) -> StateInfo:
        stems, leaves = self._state.stems, self._state.leaves
        with self._environment.begin(write=True) as transaction:
            for key in sorted(records):
                record = records[key]
                if key.startswith(LEAF):
                    before = transaction.get(key)
                    if before is None:
                        stems += 1
                    else:
                        leaves -= LeafRecord(self._checked(key, before), key[1:]).count
                    leaves += LeafRecord(record, key[1:]).count
                transaction.put(key, record + _checksum(key, record))
            root = _root(records[INNER]) if INNER in records else self._state.root
            state = replace(self._state, root=root, stems=stems, leaves=leaves)
            fields = encode_state(state)
            transaction.put(STATE_KEY, fields + _checksum(STATE_KEY, fields))
        return state

    def _enlarge(self) -> None:
        now = self._environment.info()["map_size"]
        if now >= LARGEST_MAP_BYTES:
            raise MachineError("STORE_FULL", "the store has reached the largest size", where=self._where)
        try:
            self._environment.set_mapsize(min(2 * now, LARGEST_MAP_BYTES))
        except self._error as error:
            raise self._typed(error) from error

    # --- opening ----------------------------------------------------------------------------------

    def _look_at_directory(self) -> None:
        """See that the directory can be a store's; make it and take the writer's lock, if it is to write."""
        try:
            if self._writes and not self.path.exists() and self.path.parent.is_dir():
                self.path.mkdir()
            names = {entry.name for entry in self.path.iterdir()}
            size = (self.path / DATA_FILE).stat().st_size if DATA_FILE in names else 0
        except NotADirectoryError:
            raise self._foreign("not a directory, as a store is") from None
        except FileNotFoundError:
            if self._writes:
                text = "the directory above it is not there"
                raise system_error(errno.ENOENT, text, self.path) from None
            raise self._foreign("there is nothing") from None
        except OSError as error:
            raise system_error(error.errno or 0, error.strerror or str(error), self.path) from error
        if not size and (names - {DATA_FILE, LOCK_FILE} or not self._writes):
            raise self._foreign("a directory without a store")
        if self._writes:
            self._take_lock(fcntl.LOCK_EX)

    def _take_lock(self, kind: int) -> None:
        """Lock the directory, not LMDB's own lock file: LMDB has no lock that refuses instead of waiting."""
        try:
            self._lock = os.open(self.path, os.O_RDONLY)
            fcntl.flock(self._lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self._let_go_of_lock()
            raise MachineError(
                "STORE_LOCKED", "another process is writing to the store", where=self._where
            ) from None
        except OSError as error:
            self._let_go_of_lock()
            raise system_error(error.errno or 0, error.strerror or str(error), self.path) from error

    def _let_go_of_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _open(self, open_environment: type[lmdb.Environment]) -> lmdb.Environment:
        def attempt(lock: bool) -> lmdb.Environment:
            return open_environment(
                str(self.path),
                map_size=FIRST_MAP_BYTES if self._writes else 1,  # LMDB takes at least what the file needs
                readonly=not self._writes,
                create=False,
                readahead=False,
                lock=lock,
            )

        try:
            _reserve(self.path / LOCK_FILE)
            return attempt(lock=True)
        except OSError as error:
            raise system_error(error.errno or 0, error.strerror or str(error), self.path) from error
        except self._error as error:
            if self._writes or error.code not in REFUSED:
                raise self._typed(error) from error
        self._take_lock(fcntl.LOCK_SH)
        try:
            return attempt(lock=False)
        except self._error as error:
            raise self._typed(error) from error

    def _read_state(self, embedding: Embedding | None) -> StateInfo:
        """Check that this is a whole store of this schema, and say what it holds."""
        pages = self._environment.info()["last_pgno"] + 1
        entries = self._environment.stat()
        if pages * entries["psize"] > (self.path / DATA_FILE).stat().st_size:
            # reading beyond the end of a mapped file would end the process
            raise MalformedError("STORE_DAMAGED", "the store's file is cut short", where=self._where)
        if not entries["entries"]:
            if not self._writes:
                raise self._foreign("a store without a state: its making was cut short")
            return replace(EMPTY_STATE, embedding=embedding)
        try:
            data = self._reading().get(STATE_KEY)
        except self._error as error:
            raise self._typed(error) from error
        if data is None:
            raise self._foreign("a database of another program")
        try:
            state = decode_state(data[:-CHECKSUM_BYTES])
            self._checked(STATE_KEY, data)
        except StatelessError as error:
            error.where.update(self._where)
            raise
        record = self.get(INNER)
        if (EMPTY_ROOT if record is None else _root(record)) != state.root:
            raise MalformedError(
                "STORE_DAMAGED", "the store's root is not that of its tree", where=self._where
            )
        if embedding is None:
            return state
        if state.embedding is not None and state.embedding != embedding:
            raise UnsupportedError(
                "STORE_RULES",
                "the store holds a state under other rules",
                where=self._where,
                expected=state.embedding.rules,
                got=embedding.rules,
            )
        return replace(state, embedding=embedding)

    # --- reading ----------------------------------------------------------------------------------

    def _reading(self) -> lmdb.Transaction[bytes]:
        """The state to read: as opened, or for a writer as last written."""
        if self._snapshot is None:
            try:
                self._snapshot = self._environment.begin()
            except self._grown:
                self._environment.set_mapsize(0)  # as large as the writer has made it
                self._snapshot = self._environment.begin()
        return self._snapshot

    def _end_reading(self) -> None:
        if self._snapshot is not None:
            self._snapshot.abort()
            self._snapshot = None

    def _checked(self, key: bytes, data: bytes) -> bytes:
        record = data[:-CHECKSUM_BYTES]
        if data[-CHECKSUM_BYTES:] != _checksum(key, record):
            raise MalformedError(
                "STORE_DAMAGED", "a record's checksum is wrong", where={**self._where, "record": key}
            )
        return record

    @property
    def _where(self) -> dict[str, object]:
        return {"store": str(self.path)}

    def _foreign(self, what: str) -> MalformedError:
        return MalformedError("STORE_FOREIGN", f"no store of this program: {what}", where=self._where)

    def _typed(self, error: lmdb.Error) -> StatelessError:
        return lmdb_error(error.code, str(error), self.path)


def _checksum(key: bytes, record: bytes) -> bytes:
    return zlib.crc32(record, zlib.crc32(key)).to_bytes(CHECKSUM_BYTES, "big")


def _root(record: bytes) -> bytes:
    return encode_many([InnerRecord(record, b"").commitment])[0]


def _reserve(lock_file: Path) -> None:
    """Give LMDB's lock file its room on the disk, if it is not there yet; see :data:`LOCK_BYTES`."""
    if lock_file.exists() or not hasattr(os, "posix_fallocate"):
        return
    try:
        descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        if error.errno in REFUSED:
            return  # LMDB will find it too
        raise
    try:
        os.posix_fallocate(descriptor, 0, LOCK_BYTES)
    finally:
        os.close(descriptor)
