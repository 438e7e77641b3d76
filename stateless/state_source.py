"""Where a state comes from: a geth genesis, a bare alloc, a CSV of leaves, or a store.

Told apart by content: a directory is a store, what begins with ``{`` is JSON, all else is a CSV. JSON is read
whole, within the limit of bytes; a CSV is read as it comes, however long it is. Both may be gzipped. A file
of blocks on a genesis, as this project's fixtures are, counts as its genesis.

The rules, by which accounts become leaves, are named by the caller, by the ``config`` of the genesis, or by
the file of blocks; a CSV and a store hold leaves already and need none.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal, Self

from stateless.genesis import Genesis, alloc_leaves, parse_genesis
from stateless.leaf_csv import read_rows
from stateless.rules import RuleSet, rules_named, select_rules
from verkle.errors import MalformedError, UnsupportedError
from verkle.leaf_sort import Row
from verkle.lmdb_store import LmdbStore, is_store
from verkle.store_schema import Embedding
from witness.errors import UsageError
from witness.marks import GZIP
from witness.source import DEFAULT_MAX_BYTES, STDIN_NAME, read_stream
from witness.strict_json import parse

__all__ = ["StateSource", "embedding_of"]

_SPACE: Final = b" \t\r\n"
_BUFFER_BYTES: Final = 1 << 16


def embedding_of(rules: RuleSet) -> Embedding:
    """What a store remembers of a rule set."""
    return Embedding(rules.name, rules.layout, rules.stem_hash, rules.storage_offset)


class StateSource:
    """A state that can be read; to be used in a ``with`` block.

    Args:
        name: a path, or ``-`` for standard input.
        rules: name of the rule set, ``None``: what the source says.
        max_bytes: limit for JSON, packed or not.

    Attributes:
        kind: ``genesis``, ``alloc``, ``csv`` or ``store``.
        rules: ``None`` where a CSV came without.
        store: opened for reading; ``None`` if it is no store.

    Raises ``UsageError`` ``PATH_MISSING``; ``MalformedError``: ``INPUT_*``, ``GZIP_CORRUPT``, ``JSON_*``,
    ``UNKNOWN_FORMAT`` and as ``parse_genesis``; ``UnsupportedError``: ``ALLOC_WITHOUT_RULES``,
    ``RULES_UNKNOWN``, ``CHAIN_CONFIG_UNKNOWN``; as ``LmdbStore``.
    """

    kind: Literal["genesis", "alloc", "csv", "store"]
    rules: RuleSet | None
    store: LmdbStore | None

    def __init__(self, name: str, *, rules: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.name = name
        self.store = None
        self.rules = None if rules is None else rules_named(rules, "option")
        self._stack = ExitStack()
        self._stream: BinaryIO | None = None
        self._genesis: Genesis | None = None
        path = None if name == STDIN_NAME else Path(name)
        try:
            if path is not None and is_store(path):
                self._open_store(path)
            else:
                self._open_file(path, max_bytes)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def embedding(self) -> Embedding | None:
        """How the leaves were made, as far as it is known."""
        if self.store is not None:
            return self.store.state.embedding
        return None if self.rules is None else embedding_of(self.rules)

    def rows(self) -> Iterable[Row]:
        """Every leaf; of a CSV only once, and unsorted, keys not yet known to differ."""
        if self.store is not None:
            from verkle.tree import Tree  # noqa: PLC0415 (beside the reading of files)

            return (Row(key, value) for key, value in Tree(self.store).items())
        if self._genesis is not None and self.rules is not None:
            return (Row(key, value) for key, value in alloc_leaves(self._genesis.accounts, self.rules))
        return self._csv_rows()

    def _csv_rows(self) -> Iterator[Row]:
        if self._stream is None:
            return
        try:
            yield from read_rows(self._stream)
        except OSError as error:
            raise _unreadable(self.name, error) from error

    def _open_store(self, path: Path) -> None:
        self.kind = "store"
        embedding = None if self.rules is None else embedding_of(self.rules)
        self.store = self._stack.enter_context(LmdbStore(path, embedding=embedding))

    def _open_file(self, path: Path | None, max_bytes: int) -> None:
        try:
            stream = self._stack.enter_context(_opened(path))
            if stream.peek(len(GZIP)).startswith(GZIP):
                unpacked = self._stack.enter_context(gzip.GzipFile(fileobj=stream))
                stream = io.BufferedReader(_Unpacked(unpacked, self.name), _BUFFER_BYTES)
            begin = stream.peek(1).lstrip(_SPACE)[:1]
        except OSError as error:
            raise _unreadable(self.name, error) from error
        if not begin:
            raise MalformedError("INPUT_EMPTY", "the input is empty", where={"input": self.name})
        if begin != b"{":
            self.kind = "csv"
            self._stream = stream
            return
        self._read_json(parse(read_stream(stream, self.name, max_bytes)))

    def _read_json(self, document: Any) -> None:
        """A genesis, alone or under its blocks, or an alloc."""
        named = None
        if isinstance(document.get("genesis"), dict) and "alloc" in document["genesis"]:
            found = document.get("rules")
            named = found if isinstance(found, str) else None
            document = document["genesis"]
        elif "alloc" not in document and not all(isinstance(value, dict) for value in document.values()):
            raise MalformedError(
                "UNKNOWN_FORMAT",
                "the input is JSON, but neither a genesis nor an alloc",
                where={"input": self.name},
                got=[ascii(name)[1:-1][:60] for name in list(document)[:8]],
            )
        self._genesis = parse_genesis(document)
        self.kind = "genesis" if "alloc" in document else "alloc"
        if self.rules is None:
            self.rules, _ = select_rules(
                option=None,
                chain_config=self._genesis.chain_config,
                file_rules=named,
                file_network=None,
                chain_id=None,
                timestamp=None,
            )
        if self.rules is None:
            raise UnsupportedError(
                "ALLOC_WITHOUT_RULES",
                "nothing names the rules by which these accounts become leaves; name them with --rules",
                where={"input": self.name},
            )


class _Unpacked(io.RawIOBase):
    """What a gzip file unpacks to, its faults as errors of this program."""

    def __init__(self, packed: gzip.GzipFile, name: str) -> None:
        self._packed = packed
        self._name = name

    def readable(self) -> bool:
        """As a stream that is read must say."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` as far as it goes."""
        try:
            data = self._packed.read1(len(buffer))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise MalformedError(
                "GZIP_CORRUPT", f"the gzip data is corrupt: {error}", where={"input": self._name}
            ) from None
        buffer[: len(data)] = data
        return len(data)


def _opened(path: Path | None) -> io.BufferedReader:
    if path is None:
        stdin = getattr(sys.stdin, "buffer", None)
        if not isinstance(stdin, io.BufferedReader):
            raise UsageError("STDIN_CLOSED", "there is no standard input to read (-)")
        return stdin
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise UsageError("PATH_MISSING", f"no such file or directory: {str(path)!a}") from None


def _unreadable(name: str, error: OSError) -> MalformedError:
    return MalformedError(
        "INPUT_UNREADABLE", f"cannot be read: {error.strerror or error}", where={"input": name}
    )
