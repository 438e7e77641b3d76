"""The version of the installed program."""

from __future__ import annotations


def version() -> str | None:
    """As the package's metadata says; ``None`` where the program runs from a checkout not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("stateless")
    except PackageNotFoundError:
        return None
