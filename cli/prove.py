"""``stateless prove``: the witness of keys, of a state diff, or of a block, out of a full state."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import examples
from cli.inputs import STDIN, read_input
from cli.parameters import OUTPUT, AsJson, EncodingName, jobs_option
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import folded, note, printable

if TYPE_CHECKING:
    from stateless.block_builder import Built
    from stateless.conversion import Encoding
    from stateless.proving import Proven, Request
    from stateless.state_source import StateSource
    from verkle.prover import KindProof
    from verkle.tree import Tree
    from witness.block import BlockInput

SCHEMA: Final = "stateless/prove/1"
SHOWN_KEYS: Final = 5
"""Added keys that are named; more are counted."""

HELP = f"""Prove tree keys out of a state: write their witness.

{examples.block(examples.PROVE)}

SRC is a geth genesis or its alloc (JSON), a CSV with a key and a value in hex a row, or a store; a store is
read where it must be and no further, everything else is made into a tree in memory first. The witness says
the state root, and goes through `verify --proof-only`; in JSON it is what geth writes.

--keys: a key (32 bytes in hex) a line; # begins a remark. --diff: {{"stateDiff": [...]}} as in a witness: its
keys are proven and its new values carried; a current value that is not the state's is refused. --block: a
block, in any format that verify reads; it is executed on the state, and written out with its witness. What
its header states must be what running it gives; roots, gas used and bloom may be missing and are filled in,
and with the parent's header in the file so are number, parent hash and base fee.

--strict shows, too, that each node above a slot called empty is an inner node, which the formats do not ask
for: in cbor by one more opening, in json and ssz by one more key, which is said. `verify --strict` then needs
no assumption."""


@dataclass(frozen=True, slots=True)
class _Times:
    """Seconds: to make the tree, and to do ``what`` was asked for."""

    tree_s: float
    prove_s: float
    what: str


@with_settings
def command(
    settings: Settings,
    state: Annotated[str, typer.Option("--state", metavar="SRC", help="Genesis, alloc, CSV, store, or -.")],
    output: Annotated[str, OUTPUT],
    keys: Annotated[
        str | None, typer.Option("--keys", metavar="FILE", help="Keys to prove, one a line.")
    ] = None,
    diff: Annotated[
        str | None, typer.Option("--diff", metavar="FILE", help="A state diff to prove, in JSON.")
    ] = None,
    block: Annotated[
        str | None, typer.Option("--block", metavar="FILE", help="A block to execute on the state.")
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option("--rules", metavar="NAME", help="Rule set; goes before the block's and SRC's."),
    ] = None,
    to: EncodingName = None,
    strict: Annotated[bool, typer.Option("--strict", help="Show node kinds; see above.")] = False,
    jobs: Annotated[str, jobs_option("Make the tree")] = "1",
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli import options
    from cli.output import STDOUT, write_whole

    workers = whole_number(jobs, "--jobs", 1)
    encoding = options.encoding(output, to)
    if as_json and output == STDOUT:
        raise typer.BadParameter("the two outputs would be mixed; give -o a file", param_hint="--json")
    given = [name for name in (keys, diff, block) if name is not None]
    if len(given) != 1:
        raise typer.BadParameter(
            "say what to prove: --keys FILE, --diff FILE or --block FILE, one of them", param_hint="--keys"
        )
    if state == given[0] == STDIN:
        raise typer.BadParameter("only one input can be standard input", param_hint="--state")
    named = None if rules is None else options.rules_name(rules)
    asked: Request | BlockInput
    if block is not None:
        asked = options.only_block(block, read_input(block, settings.max_bytes))
        named = named or _rules_of(asked)
    else:
        asked = _request(settings, keys, diff)

    from stateless.conversion import encode_block
    from stateless.state_source import StateSource
    from stateless.states import tree_of

    start = perf_counter()
    with StateSource(state, rules=named, max_bytes=settings.max_bytes) as source:
        tree = tree_of(source, jobs=workers)
        ready = perf_counter()
        made, whole, built = _made(source, tree, asked, _kinds(encoding, strict))
        times = _Times(
            ready - start, perf_counter() - ready, what="proof" if built is None else "run and proof"
        )
        encoded = encode_block(whole, encoding)
        write_whole(output, encoded.data)
        if encoded.dropped:
            note(settings, _dropped(encoding, encoded.dropped, made, built))
        if built is not None and built.untold:
            note(
                settings,
                f"warning: the block writes {len(built.untold)} leaves that no access event names; its state "
                "root does not follow from the witness",
            )
        _note_kinds(settings, made, strict)
        if as_json:
            _print_json(source, made, built, output, encoding, len(encoded.data), times)
        elif output == STDOUT or settings.quiet:
            note(settings, _summary(made, len(encoded.data), times))
        else:
            print(f"root     {_hex(made.witness.parent_state_root)}")
            if built is not None:
                print(f"block    {built.header.number} {_hex(built.block.block_hash)}")
                print(f"after    {_hex(built.header.state_root)}, {built.header.gas_used:,} gas")
            print(f"witness  {printable(output)}, {encoding}")
            print(folded(_summary(made, len(encoded.data), times)))


def _made(
    source: StateSource, tree: Tree, asked: Request | BlockInput, kinds: KindProof
) -> tuple[Proven, BlockInput, Built | None]:
    """What was proven, the block to write (one without a header where only keys were asked for), and what
    running it gave."""
    from stateless.proving import Request, prove, proven
    from witness.block import BlockInput

    if isinstance(asked, Request):
        made = prove(tree, asked, kinds)
        return made, BlockInput(name=source.name, witness=made.witness), None
    from stateless.block_builder import finish_block
    from stateless.rules import rules_named
    from stateless.verkle_state import VerkleState

    embedding = source.embedding
    if embedding is None:
        from verkle.errors import UnsupportedError

        raise UnsupportedError(
            "RULES_NOT_NAMED",
            "nothing names the rules of this block: neither the block nor the state; name them with --rules",
        )
    built = finish_block(asked, VerkleState(tree), rules_named(embedding.rules, "state"), kinds=kinds)
    witness = built.block.witness
    if witness is None:
        raise RuntimeError("a finished block has a witness")
    return proven(witness, built.made, built.run.touched), built.block, built


def _dropped(encoding: Encoding, dropped: tuple[str, ...], made: Proven, built: Built | None) -> str:
    text = f"warning: {encoding} has no place for: {', '.join(dropped)}; give it again at verify with "
    if built is not None:
        return text + "--block and the block as json or cbor"
    return text + f"--pre-root {_hex(made.witness.parent_state_root)}"


def _rules_of(block: BlockInput) -> str | None:
    """The name of the rule set that the block's file names."""
    from stateless.rules import select_rules

    rules, _ = select_rules(
        option=None,
        chain_config=None,
        file_rules=block.rules,
        file_network=block.network,
        chain_id=None,
        timestamp=None,
    )
    return None if rules is None else rules.name


def _request(settings: Settings, keys: str | None, diff: str | None) -> Request:
    from stateless.proving import read_diff, read_keys

    name = keys if keys is not None else diff
    if name is None:  # the caller has seen that one of them is given
        raise typer.BadParameter("say what to prove", param_hint="--keys")
    data = read_input(name, settings.max_bytes)
    return read_keys(data) if keys is not None else read_diff(data)


def _kinds(encoding: Encoding, strict: bool) -> KindProof:
    if not strict:
        return "assumed"
    return "openings" if encoding == "cbor" else "keys"


def _note_kinds(settings: Settings, made: Proven, strict: bool) -> None:
    """What a verifier must still assume, or what was added so that it need not."""
    from cli.words import count

    if made.unshown:
        absences = count(len(made.unshown), "absence rests", "absences rest")
        note(settings, f"{absences} on a node's kind that the witness does not show; --strict shows it")
    if made.added:
        names = [_hex(key) for key in made.added[:SHOWN_KEYS]]
        more = len(made.added) - len(names)
        listed = "\n".join([*(f"  {name}" for name in names), *([f"  and {more:,} more"] if more else [])])
        note(settings, f"{count(len(made.added), 'key')} added, to show kinds of nodes:\n{listed}")
    elif strict and made.witness.proof.kinds:
        note(settings, f"{count(len(made.witness.proof.kinds), 'opening')} added, to show kinds of nodes")


def _summary(made: Proven, size: int, times: _Times) -> str:
    from cli.words import count, milliseconds
    from cli.words import size as as_bytes

    diff, proof = made.witness.state_diff, made.witness.proof
    parts = (
        count(sum(len(stem.suffixes) for stem in diff), "key"),
        count(len(diff), "stem"),
        count(len(proof.commitments), "commitment"),
        count(made.openings, "opening"),
        as_bytes(size),
    )
    spent = f"tree {milliseconds(1000 * times.tree_s)}, {times.what} {milliseconds(1000 * times.prove_s)}"
    return f"{', '.join(parts)}; {spent}"


def _print_json(
    source: StateSource,
    made: Proven,
    built: Built | None,
    output: str,
    encoding: Encoding,
    size: int,
    times: _Times,
) -> None:
    from cli.exit_codes import ExitCode
    from cli.json_output import print_object
    from cli.state_report import source_members

    diff, proof = made.witness.state_diff, made.witness.proof
    leaves = [leaf for stem in diff for leaf in stem.suffixes]
    said = {
        **source_members(source),
        "pre_state_root": _hex(made.witness.parent_state_root),
        "block": None if built is None else _block_json(built),
        "output": output,
        "encoding": encoding,
        "bytes": size,
        "keys": len(leaves),
        "stems": len(diff),
        "new_values": sum(leaf.new is not None for leaf in leaves),
        "commitments": len(proof.commitments),
        "other_stems": len(proof.other_stems),
        "openings": made.openings,
        "kind_openings": len(proof.kinds),
        "added_keys": [_hex(key) for key in made.added],
        "assumptions": [
            {"code": "ABSENCE_NODE_KIND", "stem": _hex(unshown.stem), "path": _hex(unshown.path)}
            for unshown in made.unshown
        ],
        "tree_ms": round(1000 * times.tree_s, 3),
        "prove_ms": round(1000 * times.prove_s, 3),
    }
    print_object(SCHEMA, ExitCode.VALID, said)


def _block_json(built: Built) -> dict[str, object]:
    """The finished block in short. ``untold_writes``: leaves that it writes and its witness does not hold."""
    header = built.header
    return {
        "number": header.number,
        "hash": _hex(built.block.block_hash),
        "transactions": len(built.block.transactions or ()),
        "gas_used": header.gas_used,
        "state_root": _hex(header.state_root),
        "receipts_root": _hex(header.receipts_root),
        "untold_writes": len(built.untold),
    }


def _hex(data: bytes | None) -> str | None:
    return None if data is None else f"0x{data.hex()}"
