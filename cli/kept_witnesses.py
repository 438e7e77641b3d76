"""The witnesses that a comparison made, as files in a folder: ``compare --keep``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.output import write_whole
from cli.terminal import printable, warn
from cli.words import bare_name
from witness.errors import UsageError

if TYPE_CHECKING:
    from stateless.compare.keeping import Kept

__all__ = ["file_name", "make_folder", "write_witnesses"]

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST: Final = 100


def make_folder(name: str) -> None:
    """Make the folder, if it is not there. Raises ``UsageError`` ``OUTPUT_UNWRITABLE``."""
    try:
        Path(name).mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("OUTPUT_UNWRITABLE", f"cannot make {printable(name)}: {reason}") from error


def write_witnesses(folder: str, made: Sequence[Kept]) -> None:
    """Write each as CBOR, once the verifier has accepted it as it will be read; what it does not accept is
    named on standard error. Raises as ``write_whole``."""
    from stateless.verifier import verify

    for kept in made:
        name = file_name(kept)
        data = _bytes(kept)
        verdict = verify(data, name=name, proof_only=kept.alone)
        if verdict.valid:
            write_whole(str(Path(folder) / name), data)
        else:
            reason = "" if verdict.error is None else f": {verdict.error.code}, {verdict.error.message}"
            warn(f"not kept: {printable(name)} is {verdict.verdict}{printable(reason)}")


def file_name(kept: Kept) -> str:
    """Block, tree and size of the state, in characters that every file system takes."""
    block = _NOT_IN_NAMES.sub("-", bare_name(kept.block.name))
    return f"{block.strip('-.')[:_LONGEST] or 'block'}-{kept.tree}-{kept.keys}.cbor"


def _bytes(kept: Kept) -> bytes:
    if kept.tree == "binary":
        from witness.binary.witness_cbor import block_to_cbor as binary_to_cbor

        return binary_to_cbor(kept.block)
    from witness.cbor import block_to_cbor

    return block_to_cbor(kept.block)
