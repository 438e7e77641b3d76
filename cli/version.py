"""Which program this is: the version that is installed, and the folder of its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).resolve().parent.parent
"""Of a checkout: with fixtures and peers beside the packages. Of an installed program: without."""


def version() -> str | None:
    """As the package's metadata says; ``None`` where the program runs from a checkout not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("stateless")
    except PackageNotFoundError:
        return None
