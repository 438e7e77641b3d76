"""Reading inputs: files, standard input, directories, globs, lists; gzip anywhere; never more than asked.

``expand`` turns what a user named into sources, lazily and in a stable order; ``Source.read`` gives the bytes
of one, decompressed. A limit of bytes holds for what is read and for what it unpacks to, and is enforced
while reading: one byte beyond it is the most that is ever looked at, so an endless stream or a gzip bomb
costs no more memory than an honest input of the largest size.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from verkle.errors import MalformedError
from witness.errors import UsageError
from witness.marks import GZIP

__all__ = ["DEFAULT_MAX_BYTES", "Source", "UsageError", "expand", "read_path", "read_stream"]

DEFAULT_MAX_BYTES: Final = 64 * 1024 * 1024
# What a directory is searched for; files named by the user may have any name.
FILE_PATTERNS: Final = (".json", ".json.gz", ".ssz", ".ssz.gz", ".cbor", ".cbor.gz")
STDIN_NAME: Final = "-"

_CHUNK: Final = 1 << 16
# bgzip makes a member of every 64 KiB, so 64 MiB need 1024. Each member costs a copy of the chunk's rest.
_MAX_GZIP_MEMBERS: Final = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """One input, not yet read.

    Attributes:
        name: as a user would name it: the path, or ``-`` for standard input.
        path: ``None`` for standard input.
        named: the user named this very file; ``False`` if a directory, a glob or a search found it. What is
            of no known format among the found ones is passed over, a named one is refused.
    """

    name: str
    path: Path | None
    named: bool

    def read(self, max_bytes: int = DEFAULT_MAX_BYTES, *, stdin: BinaryIO | None = None) -> bytes:
        """All bytes of the input, decompressed. Raises as ``read_path`` and ``read_stream`` do."""
        if self.path is None:
            if stdin is None and sys.stdin is None:
                raise UsageError("STDIN_CLOSED", "there is no standard input to read (-)")
            return read_stream(sys.stdin.buffer if stdin is None else stdin, STDIN_NAME, max_bytes)
        return read_path(self.path, max_bytes)


def expand(arguments: Iterable[str | Path]) -> Iterator[Source]:
    """Yield the sources that ``arguments`` name, in their order; within a directory or glob sorted by name.

    Each argument is a file, a directory (searched with all below it for ``FILE_PATTERNS``, symbolic links to
    directories and names starting with a dot left out), a glob (``**`` crosses directories), ``-`` for
    standard input, or ``@list``: a file with one of these a line (paths are relative to the working
    directory, not to the list), blank lines and ``#`` comments apart.

    Raises ``UsageError``: ``PATH_MISSING``, ``GLOB_EMPTY``, ``LIST_NESTED``, ``STDIN_TWICE``. Every argument
    is looked at when its turn comes, not before.
    """
    yield from _expand(arguments, inside_list=False, seen_stdin=[])


def _expand(
    arguments: Iterable[str | Path], *, inside_list: bool, seen_stdin: list[bool]
) -> Iterator[Source]:
    for argument in arguments:
        text = os.fspath(argument)
        if text == STDIN_NAME:
            if seen_stdin:
                raise UsageError("STDIN_TWICE", "standard input (-) can be read only once")
            seen_stdin.append(True)
            yield Source(STDIN_NAME, None, named=True)
        elif text.startswith("@") and not _exists(text):
            if inside_list:
                raise UsageError("LIST_NESTED", f"a list cannot name another list: {text!a}")
            yield from _expand(_read_list(text[1:]), inside_list=True, seen_stdin=seen_stdin)
        else:
            yield from _expand_path(text)


def _expand_path(text: str) -> Iterator[Source]:
    path = Path(text)
    if not _exists(text):
        if any(character in text for character in "*?["):
            yield from _expand_glob(text)
            return
        raise UsageError("PATH_MISSING", f"no such file or directory: {text!a}")
    if path.is_dir():
        yield from _search(path)
    else:
        yield Source(text, path, named=True)


def _exists(text: str) -> bool:
    try:
        return os.path.lexists(text)
    except ValueError:  # a null character
        return False


def _expand_glob(pattern: str) -> Iterator[Source]:
    from glob import glob  # noqa: PLC0415 (a shell has mostly done this already)

    matches = sorted(glob(pattern, recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
    if not matches:
        raise UsageError("GLOB_EMPTY", f"nothing matches {pattern!a}")
    for match in matches:
        path = Path(match)
        if path.is_dir():
            # Of "dir/**" every level is a match itself; its files are among the matches already.
            if "**" not in pattern:
                yield from _search(path)
        else:
            yield Source(match, path, named=False)


def _search(directory: Path) -> Iterator[Source]:
    """Files below ``directory`` that look like inputs, a directory's own files before its subdirectories."""
    for root, directories, files in os.walk(directory, onerror=_unreadable_directory):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(FILE_PATTERNS) and not name.startswith("."):
                path = Path(root, name)
                if path.is_file():  # not a pipe, a socket or a dangling link
                    yield Source(str(path), path, named=False)


def _unreadable_directory(error: OSError) -> None:
    raise UsageError("PATH_UNREADABLE", f"cannot search {str(error.filename)!a}: {error.strerror}") from error


def _read_list(name: str) -> list[str]:
    if not _exists(name):
        raise UsageError("PATH_MISSING", f"no such list: {name!a}")
    try:
        text = read_path(Path(name), DEFAULT_MAX_BYTES).decode()
    except UnicodeDecodeError:
        raise UsageError("LIST_ENCODING", f"the list {name!a} is not UTF-8 text") from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def read_path(path: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
    """All bytes of a file, decompressed if it is gzip by its first two bytes.

    Raises ``MalformedError`` as ``read_stream``, and ``INPUT_UNREADABLE`` where the system refuses to open
    or read it; ``UsageError`` ``PATH_MISSING`` if there is none.
    """
    try:
        with path.open("rb", buffering=0) as stream:
            return read_stream(stream, str(path), max_bytes)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise UsageError("PATH_MISSING", f"no such file: {str(path)!a}") from None
    except OSError as error:
        raise _unreadable(str(path), error) from error


def read_stream(stream: BinaryIO | io.RawIOBase, name: str, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
    """All bytes of a binary stream, decompressed if it is gzip by its first two bytes.

    Raises ``MalformedError``: ``INPUT_TOO_LARGE`` beyond ``max_bytes`` (compressed or not), ``GZIP_CORRUPT``,
    ``INPUT_UNREADABLE``.
    """
    if max_bytes < 0:
        raise UsageError("LIMIT_NEGATIVE", "a limit of bytes cannot be negative")
    try:
        # A bounded read: one byte more than allowed tells "too large" from "exactly full".
        chunks = _chunks(stream, max_bytes + 1)
        first = next(chunks, b"")
        while len(first) < len(GZIP) and (more := next(chunks, b"")):
            first += more
        rest = _counted(first, chunks, name, max_bytes)
        if first.startswith(GZIP):
            return _gunzip(rest, name, max_bytes)
        buffer = io.BytesIO()
        buffer.writelines(rest)
        return buffer.getvalue()
    except OSError as error:
        raise _unreadable(name, error) from error


def _chunks(stream: BinaryIO | io.RawIOBase, limit: int) -> Iterator[bytes]:
    while limit > 0:
        chunk = stream.read(min(_CHUNK, limit))
        if not chunk:
            return
        limit -= len(chunk)
        yield chunk


def _counted(first: bytes, chunks: Iterator[bytes], name: str, max_bytes: int) -> Iterator[bytes]:
    total = 0
    for source in (iter((first,)), chunks):
        for chunk in source:
            total += len(chunk)
            if total > max_bytes:
                raise _too_large(name, max_bytes, "it has")
            yield chunk


def _gunzip(chunks: Iterator[bytes], name: str, max_bytes: int) -> bytes:
    import zlib  # noqa: PLC0415 (most inputs are not compressed)

    buffer = io.BytesIO()
    total = members = 0
    engine = None
    for chunk in chunks:
        data = chunk
        while data:
            if engine is None:
                if members and not data.strip(b"\0"):
                    break  # padding after the last member, as tapes and some tools leave it
                members += 1
                if members > _MAX_GZIP_MEMBERS:
                    raise _corrupt(name, f"more than {_MAX_GZIP_MEMBERS} members")
                engine = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            try:
                plain = engine.decompress(data, min(_CHUNK * 4, max_bytes - total + 1))
            except zlib.error as error:
                raise _corrupt(name, str(error)) from None
            total += len(plain)
            if total > max_bytes:
                raise _too_large(name, max_bytes, "it unpacks to")
            buffer.write(plain)
            if engine.eof:
                data, engine = engine.unused_data, None
            else:
                data = engine.unconsumed_tail
    if engine is not None:
        raise _corrupt(name, "it ends too early")
    return buffer.getvalue()


def _too_large(name: str, max_bytes: int, verb: str) -> MalformedError:
    return MalformedError(
        "INPUT_TOO_LARGE",
        f"the input is too large: {verb} more than {max_bytes} bytes",
        where={"input": name},
        expected=f"at most {max_bytes} bytes",
    )


def _corrupt(name: str, what: str) -> MalformedError:
    return MalformedError("GZIP_CORRUPT", f"the gzip data is corrupt: {what}", where={"input": name})


def _unreadable(name: str, error: OSError) -> MalformedError:
    return MalformedError(
        "INPUT_UNREADABLE", f"cannot be read: {error.strerror or error}", where={"input": name}
    )
