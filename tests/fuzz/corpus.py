"""Findings on disk: one JSON file each, outside the repository by default.

::

    { "kind", "seed", "campaign", "number", "what", "data": hex, "minimised": hex | null }
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from tests.fuzz.registry import Case


def default_folder() -> Path:
    """``FUZZ_CORPUS``, else a folder of the user's cache."""
    named = os.environ.get("FUZZ_CORPUS")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(named) if named else Path(cache).expanduser() / "stateless-fuzz"


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that must not be, and the smallest like it that was found."""

    kind: str
    seed: str
    campaign: int
    number: int
    what: str
    data: str
    minimised: str | None = None

    def case(self) -> Case:
        """The case as it is to be judged again: the small one, if there is one."""
        return Case(self.kind, self.seed, bytes.fromhex(self.minimised or self.data))


def save(finding: Finding, folder: Path) -> Path:
    """Write it under a name made of its content."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(finding), indent=1) + "\n"
    name = f"{finding.kind}-{sha256(finding.data.encode()).hexdigest()[:12]}.json"
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path) -> list[Finding]:
    """All that a folder holds, by name; none if it is not there."""
    return [Finding(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]
