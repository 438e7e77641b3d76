"""A block verified and run once, whatever tree its witness is of.

Only a block whose verdict would be *valid* gets this far: every step of the verifier of its own tree is
taken, and the first that fails is raised. So nothing is measured of a block that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable

from stateless.compare.source import Source
from verkle.errors import UnsupportedError
from witness.block import BlockInput

__all__ = ["read_source"]

Run = Callable[[BlockInput, str | None], Source]


def read_source(block: BlockInput, rules: str | None = None) -> Source:
    """Verify a block and take what it touched. ``rules``: by name, before what the input says.

    Raises:
        StatelessError: what speaks against the block, or why it cannot be run; the stage is set.
    """
    if block.defect is not None:
        raise block.defect
    if block.binary is not None:
        raise UnsupportedError(
            "FORMAT_UNSUPPORTED",
            "a binary witness: blocks are compared from a witness of the tree that they ran on; verify, "
            "explain and diff take it",
        )
    run: Run
    if block.patricia is not None:
        from stateless.compare.from_patricia import from_patricia as run  # noqa: PLC0415
    else:
        from stateless.compare.from_verkle import from_verkle as run  # noqa: PLC0415
    return run(block, rules)
