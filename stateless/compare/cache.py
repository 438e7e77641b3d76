"""Rows of blocks that were compared before, kept in files: work that is done is not done again.

A file's name is the digest of all that its content follows from: the input's bytes, which block of it, what
was asked, and the version of the rows. Its content has a digest of its own; what does not match, or cannot be
read, counts as not there. Times in it are those of the run that made it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stateless.compare.engine import Asked, Compared
from stateless.compare.packing import packers
from stateless.compare.rows import row_from_json

__all__ = ["Cache", "default_folder"]

GENERATION: Final = 2
"""Goes up when the same input would give other rows."""
MAX_BYTES: Final = 16 << 20


def default_folder() -> Path | None:
    """``stateless/compare`` in the user's cache folder (``XDG_CACHE_HOME``, else ``~/.cache``); ``None`` for
    a user without a home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "stateless" / "compare"
    except RuntimeError:
        return None


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of results, ``None``: nothing is kept. ``version``: of the program, part of every name."""

    folder: Path | None
    version: str

    def load(self, digest: bytes, number: int, asked: Asked) -> Compared | None:
        """What was kept for block ``number`` of the input with this SHA-256; ``None`` if nothing is, or if it
        is damaged."""
        if self.folder is None:
            return None
        path = self.folder / self._name(digest, number, asked)
        try:
            if path.stat().st_size > MAX_BYTES:
                return None
            seal, _, body = path.read_bytes().partition(b"\n")
            if seal != hashlib.sha256(body).hexdigest().encode():
                return None
            said = json.loads(body)
            return Compared(said["block"], tuple(row_from_json(row) for row in said["rows"]), kept=True)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def keep(self, digest: bytes, number: int, asked: Asked, compared: Compared) -> bool:
        """Keep a result; whether that worked. A folder that cannot be written to costs only time."""
        said: dict[str, Any] = {
            "block": dict(compared.block),
            "rows": [row.to_json() for row in compared.rows],
        }
        body = json.dumps(said).encode()
        if self.folder is None:
            return False
        path = self.folder / self._name(digest, number, asked)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(prefix=".new.", dir=self.folder)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            Path(temporary).replace(path)
        except OSError:
            return False
        return True

    def _name(self, digest: bytes, number: int, asked: Asked) -> str:
        packed = [packer is not None for packer in packers()]
        names = [GENERATION, self.version, digest.hex(), number, asked.trees, asked.sizes, asked.seed]
        name = hashlib.sha256(json.dumps([*names, asked.rules, packed]).encode()).hexdigest()
        return f"{name}.json"
