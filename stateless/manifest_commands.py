"""What a manifest can ask of a file: commands of the program that read one, as functions of the library.

``COMMANDS`` has them by name. Each gets the folder, the file in it and the options, and gives verdicts; what
is refused without one, such as a file that cannot be read, is a verdict with that error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, get_args

from stateless.verdict import Verdict
from stateless.verifier import verify_all
from verkle.errors import StatelessError
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.errors import UsageError
from witness.fields import as_object, hex_fixed
from witness.source import DEFAULT_MAX_BYTES, read_path
from witness.strict_json import parse

__all__ = ["COMMANDS", "ask"]

Options = dict[str, object]


def ask(command: str, folder: Path, file: str, options: Options, *, executed: bool) -> tuple[Verdict, ...]:
    """The verdicts of one command on one file.

    Raises ``UsageError``: ``MANIFEST``, a command or an option that there is not; ``PATH_MISSING``.
    """
    asked = _Asked(folder, file, dict(options), executed)
    run = COMMANDS.get(command)
    if run is None:
        raise UsageError("MANIFEST", f"{command[:40]!a} is no command of a manifest")
    try:
        verdicts = run(asked)
    except StatelessError as error:
        verdicts = (Verdict(file, file, error.family, error=error),)  # type: ignore[arg-type]
    if asked.options:
        raise UsageError(
            "MANIFEST", f"{command} has no option {next(iter(asked.options))[:40]!a} in a manifest"
        )
    return verdicts or (Verdict(file, file, "valid"),)


class _Asked:
    """A file and the options that are yet to be taken; each is taken before anything is judged."""

    def __init__(self, folder: Path, file: str, options: Options, executed: bool) -> None:
        self.folder, self.file, self.options, self.executed = folder, file, options, executed

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / self.file

    def data(self) -> bytes:
        """The file's bytes, decompressed."""
        limit = self.options.pop("max-bytes", DEFAULT_MAX_BYTES)
        return read_path(self.path, limit if isinstance(limit, int) else DEFAULT_MAX_BYTES)

    def text(self, name: str) -> str | None:
        """An option that is a word."""
        value = self.options.pop(name, None)
        return None if value is None else str(value)

    def flag(self, name: str) -> bool:
        """An option without a value."""
        return self.options.pop(name, False) is True

    def beside(self, name: str) -> bytes | None:
        """The content of another file of the folder."""
        file = self.text(name)
        return None if file is None else read_path(self.folder / file)

    def root(self) -> bytes | None:
        """``pre-root``."""
        text = self.text("pre-root")
        return None if text is None else hex_fixed(text, 32, ("pre-root",))

    def blocks(self) -> tuple[BlockInput, ...]:
        """The blocks of the file."""
        return decode_blocks(self.data(), self.file)


def _verify(asked: _Asked) -> tuple[Verdict, ...]:
    config, beside = asked.beside("chain-config"), asked.beside("block")
    rules, pre_root, form = asked.text("rules"), asked.root(), asked.text("format")
    strict, surplus = asked.flag("strict"), asked.flag("allow-surplus")
    return verify_all(
        asked.data(),
        asked.file,
        format=form,
        rules=rules,
        chain_config=None if config is None else as_object(parse(config), ()),
        pre_root=pre_root,
        proof_only=not asked.executed,
        strict=strict,
        allow_surplus=surplus,
        block=None if beside is None else decode_blocks(beside, "block")[0],
    )


def _convert(asked: _Asked) -> tuple[Verdict, ...]:
    from stateless.conversion import Encoding, encode_block  # noqa: PLC0415 (each command loads what it needs)

    encodings: dict[str, Encoding] = {name: name for name in get_args(Encoding)}
    to = encodings.get(asked.text("to") or "")
    if to is None:
        raise UsageError("MANIFEST", "convert needs an encoding (to)")
    for block in asked.blocks():
        encode_block(block, to)
    return ()


def _explain(asked: _Asked) -> tuple[Verdict, ...]:
    from stateless.inspection.explain import explain  # noqa: PLC0415
    from stateless.inspection.questions import question  # noqa: PLC0415

    what = question(asked.text("what") or "")
    for block in asked.blocks():
        error = explain(block, what).error
        if error is not None:
            raise error
    return ()


def _gas(asked: _Asked) -> tuple[Verdict, ...]:
    from stateless.gas_report import gas_report  # noqa: PLC0415

    for block in asked.blocks():
        gas_report(block)
    return ()


def _state_root(asked: _Asked) -> tuple[Verdict, ...]:
    from stateless.state_source import StateSource  # noqa: PLC0415
    from stateless.states import state_root  # noqa: PLC0415

    with StateSource(str(asked.path), rules=asked.text("rules")) as state:
        state_root(state)
    return ()


def _prove(asked: _Asked) -> tuple[Verdict, ...]:
    from stateless.proving import prove, read_diff  # noqa: PLC0415
    from stateless.state_source import StateSource  # noqa: PLC0415
    from stateless.states import tree_of  # noqa: PLC0415

    state = asked.text("state")
    if state is None:
        raise UsageError("MANIFEST", "prove needs a state")
    request = read_diff(asked.data())
    with StateSource(str(asked.folder / state)) as source:
        prove(tree_of(source), request, "assumed")
    return ()


def _tests(asked: _Asked, kind: str) -> tuple[Verdict, ...]:
    from stateless.eest.run import run_tests  # noqa: PLC0415

    for result in run_tests(asked.data(), "block" if kind == "block" else "state"):
        if result.error is not None:
            raise result.error
    return ()


COMMANDS: Final[Mapping[str, Callable[[_Asked], tuple[Verdict, ...]]]] = MappingProxyType(
    {
        "verify": _verify,
        "convert": _convert,
        "explain": _explain,
        "gas": _gas,
        "state root": _state_root,
        "prove": _prove,
        "blocktest": lambda asked: _tests(asked, "block"),
        "statetest": lambda asked: _tests(asked, "state"),
    }
)
"""The commands by name. ``prove`` proves the file as a ``--diff``; ``explain`` is asked for ``what``."""
