"""Which test reaches which code: chosen from what the recorder wrote, and kept in ``map.json``.

    python -m tests.reach.choose FILE…      # written by tests.reach.recorder; what map.json has is kept

For each code the test of its own refused input (``fixtures/refusals``), if there is one; else one whose name
has the code; of several the quickest. Entries of tests that are gone are to be taken out by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from stateless.code_table import CODES
from tests.reach.recorder import Found

MAP = Path(__file__).parent / "map.json"


def read_map() -> dict[str, str]:
    """Code → the test that reaches it, as pytest names tests."""
    kept: dict[str, str] = json.loads(MAP.read_text(encoding="utf-8"))
    return kept


def choose(found: Found, kept: dict[str, str]) -> dict[str, str]:
    """The kept map without codes that are gone, and with what it lacks."""
    chosen = {code: test for code, test in kept.items() if code in CODES}
    for code in CODES.keys() - chosen.keys():
        tests = [
            (f"/{code}." not in test, code not in test, row["seconds"], test)
            for test, row in found.items()
            if code in row["codes"]
        ]
        if tests:
            chosen[code] = min(tests)[-1]
    return dict(sorted(chosen.items()))


def main() -> int:
    """Write the map; 1 if a code is still without a test."""
    found: Found = {}
    for name in sys.argv[1:]:
        found |= json.loads(Path(name).read_text(encoding="utf-8"))
    chosen = choose(found, read_map() if MAP.exists() else {})
    MAP.write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")
    missing = sorted(CODES.keys() - chosen.keys())
    sys.stdout.write(f"{len(chosen)} codes by {len(set(chosen.values()))} tests; without: {missing}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
