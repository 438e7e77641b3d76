"""Folders of blocks whose answers are promised: read the promises, verify the files, say what differs.

``MANIFEST.json`` is a list of objects: ``file`` (relative to the folder), ``what`` it is, ``origin``, the
``verdict`` and the ``code`` of its error (or null), ``sha256`` of its content (of a gzipped file
decompressed: compressors differ), and where they apply ``executed`` (the block is run), ``strict_code`` (the
code under ``strict``, or null), ``command`` (by default ``verify``) and ``options``, by their names on the
command line: a flag is true, a file is relative to the folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from stateless.code_table import CODES
from stateless.verdict import EXIT_CODES, Verdict
from verkle.errors import MalformedError
from witness import strict_json
from witness.errors import UsageError
from witness.fields import as_list, as_object, as_text, member
from witness.source import DEFAULT_MAX_BYTES, read_path

__all__ = ["MANIFEST_NAME", "Promise", "content_digest", "differences", "judge", "promise", "read_manifest"]

MANIFEST_NAME: Final = "MANIFEST.json"
FILE_OPTIONS: Final = frozenset({"block", "chain-config", "state"})
"""Options whose value is a file."""
AFTER_RUN: Final = frozenset({"EXECUTE", "COMPARE", "REBUILD"})
"""Stages that come to another end where the block is run."""
AROUND_FILE: Final[Mapping[str, str]] = MappingProxyType(
    {"convert": "{file} -o -", "explain": "{file} {what}", "prove": "--diff {file} --to json -o -"}
)
"""How the file stands in a command that takes more than it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What one file must show. ``strict_asked``: whether ``strict_code`` (``None``: valid) is promised."""

    file: str
    what: str
    origin: str
    verdict: str
    code: str | None
    sha256: str
    executed: bool = False
    strict_asked: bool = False
    strict_code: str | None = None
    command: str = "verify"
    options: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Its members by name."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "strict_asked"}

    @property
    def of_proof_only(self) -> bool:
        """Whether ``verify --proof-only`` alone shows it: a run would come to another end before."""
        if self.command != "verify" or self.executed:
            return False
        entry = None if self.code is None else CODES.get(self.code)
        return self.code is None or (entry is not None and AFTER_RUN.issuperset(entry.stages))

    def call(self, folder: str) -> str:
        """The words of the command line that shows it; files are in ``folder``."""
        proof_only = self.command == "verify" and not self.executed
        words = ["stateless", self.command, *(["--proof-only"] if proof_only else ()), *self._options(folder)]
        around = AROUND_FILE.get(self.command, "{file}")
        words.append(around.format(file=f"{folder}/{self.file}", what=self.options.get("what")))
        return " ".join(words)

    @property
    def asked(self) -> str:
        """Command and options where it takes more than ``verify``, else nothing; files are in the folder."""
        options = self._options("")
        return " ".join([self.command, *options]) if options or self.command != "verify" else ""

    def _options(self, folder: str) -> list[str]:
        words = []
        for name, value in self.options.items():
            if name != "what":
                words.append(f"--{name}")
                if value is not True:
                    words.append(str(PurePosixPath(folder, str(value)) if name in FILE_OPTIONS else value))
        return words


def read_manifest(folder: Path) -> tuple[Promise, ...]:
    """The promises of a folder, in their order.

    Raises ``UsageError`` ``MANIFEST``: there is none, or it is not one; ``MalformedError`` of
    ``witness.strict_json`` and ``witness.fields``.
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        raise UsageError("MANIFEST", f"there is no {MANIFEST_NAME} in {str(folder)!a}")
    rows = as_list(strict_json.parse(read_path(path)), ())
    return tuple(promise(as_object(row, (i,)), i) for i, row in enumerate(rows))


def promise(row: Mapping[str, Any], number: int = 0) -> Promise:
    """One row of a manifest. Raises as ``read_manifest``."""
    source = dict(row)

    def text(name: str) -> str:
        return as_text(member(source, name, (number,)), (number, name))

    def optional(name: str) -> str | None:
        value = source.get(name)
        return None if value is None else as_text(value, (number, name))

    verdict, file = text("verdict"), text("file")
    if verdict not in EXIT_CODES:
        raise UsageError("MANIFEST", f"row {number}: {verdict[:40]!a} is no verdict")
    options = as_object(source.get("options", {}), (number, "options"))
    beside = [as_text(options[name], (number, "options", name)) for name in FILE_OPTIONS & options.keys()]
    for path in (file, *beside):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise UsageError("MANIFEST", f"row {number}: {path[:80]!a} lies outside the folder")
    return Promise(
        file=file,
        what=text("what"),
        origin=text("origin"),
        verdict=verdict,
        code=optional("code"),
        sha256=text("sha256"),
        executed=source.get("executed") is True,
        strict_asked="strict_code" in source,
        strict_code=optional("strict_code"),
        command=optional("command") or "verify",
        options=options,
    )


def content_digest(path: Path) -> str:
    """SHA-256 of a file, of a gzipped one decompressed if it can be."""
    try:
        data = read_path(path, DEFAULT_MAX_BYTES)
    except MalformedError:
        data = path.read_bytes()
    return hashlib.sha256(data).hexdigest()


def judge(folder: Path, row: Promise, *, strict: bool = False) -> tuple[Verdict, ...]:
    """The verdicts on one file, as its command and its options ask; executed where that is promised, else
    proof and roots alone.

    Raises ``UsageError`` ``MANIFEST``: there is no such command or option; ``PATH_MISSING``: no such file.
    """
    from stateless.manifest_commands import ask  # noqa: PLC0415 (to list a folder takes no verifier)

    options: dict[str, object] = {"strict": True, **row.options} if strict else dict(row.options)
    return ask(row.command, folder, row.file, options, executed=row.executed)


def differences(folder: Path, row: Promise, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What is not as promised."""
    if content_digest(folder / row.file) != row.sha256:
        yield "its SHA-256 is not the manifest's"
    for verdict in verdicts:
        code = verdict.error.code if verdict.error else None
        if verdict.executed != row.executed and verdict.valid:
            yield "not executed" if row.executed else "executed"
        if (verdict.verdict, code) != (row.verdict, row.code):
            yield f"{verdict.verdict} {code or ''}, not {row.verdict} {row.code or ''}"
    if row.strict_asked:
        for verdict in judge(folder, row, strict=True):
            code = verdict.error.code if verdict.error else None
            if code != row.strict_code:
                yield f"under --strict {code}, not {row.strict_code}"
