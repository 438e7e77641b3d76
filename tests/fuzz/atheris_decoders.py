"""Coverage-guided fuzzing of every decoder with atheris (libFuzzer), from the seeds of the mutation engine::

    python -m tests.fuzz.atheris_decoders [--target NAME] [--seconds S] [--corpus FOLDER] [-- LIBFUZZER FLAGS]

atheris is in the extra ``fuzz``: version 3.0 has wheels for Linux on x86-64 and CPython 3.11 to 3.13 alone.
Elsewhere this says so and exits with 2. A decoder may raise ``StatelessError`` and nothing else; what it
takes must be written as what was read, where the encoding promises one writing.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Target = Callable[[bytes], None]


def _decoders() -> dict[str, tuple[Target, Callable[[str], bool]]]:
    """By name: what to call, and which seeds it begins with."""
    from stateless.transaction_decode import decode_transaction
    from stateless.transactions import encode_transaction
    from witness import rlp, strict_json
    from witness.binary import encoding, witness_cbor, witness_json
    from witness.block_rlp import block_from_rlp
    from witness.cbor import block_from_cbor, block_to_cbor
    from witness.decode import decode_blocks
    from witness.header import header_from_rlp_item, header_to_rlp
    from witness.patricia.nodes import decode_node, encode_node
    from witness.ssz import witness_from_ssz, witness_to_ssz

    def same(got: object, expected: object) -> None:
        if got != expected:
            raise AssertionError("read, and written as something else")

    def any_format(data: bytes) -> None:
        decode_blocks(data, "input")

    def cbor(data: bytes) -> None:
        block = block_from_cbor(data, "input")
        same(block_to_cbor(block), data)

    def ssz(data: bytes) -> None:
        same(witness_to_ssz(witness_from_ssz(data)), data)

    def read_rlp(data: bytes) -> None:
        same(rlp.encode(rlp.decode(data)), data)

    def block(data: bytes) -> None:
        block_from_rlp(data)

    def header(data: bytes) -> None:
        same(header_to_rlp(header_from_rlp_item(rlp.decode(data), ())), data)

    def transaction(data: bytes) -> None:
        same(encode_transaction(decode_transaction(data, 0)), data)

    def node(data: bytes) -> None:
        same(encode_node(decode_node(data)), data)

    def binary_bytes(data: bytes) -> None:
        same(encoding.witness_to_bytes(encoding.witness_from_bytes(data)), data)

    def binary_cbor(data: bytes) -> None:
        same(witness_cbor.witness_to_cbor(witness_cbor.witness_from_cbor(data)), data)

    def binary_json(data: bytes) -> None:
        witness_json.witness_from_json(strict_json.parse(data))

    return {
        "any": (any_format, lambda name: not name.startswith(("binary/", "part/"))),
        "cbor": (cbor, lambda name: name.startswith("cbor/")),
        "ssz": (ssz, lambda name: name.startswith("ssz/")),
        "rlp": (read_rlp, lambda name: name.startswith("rlp/")),
        "block-rlp": (block, lambda name: name == "rlp/block"),
        "header-rlp": (header, lambda name: name == "part/header"),
        "transaction": (transaction, lambda name: name.startswith("part/transaction")),
        "node": (node, lambda name: name.startswith("part/node")),
        "binary-bytes": (binary_bytes, lambda name: name == "binary/bytes"),
        "binary-cbor": (binary_cbor, lambda name: name == "binary/cbor"),
        "binary-json": (binary_json, lambda name: name == "binary/json"),
    }


def inputs() -> dict[str, bytes]:
    """The seeds, and parts of them that have decoders of their own."""
    from tests.fuzz.seeds import seeds
    from witness.header import header_to_rlp

    found = {seed.name: seed.data for seed in seeds().values()}
    block = seeds()["patricia/json"].block
    if block is None or block.header is None or block.patricia is None:
        raise ValueError("the seed has a whole block")
    found["part/header"] = header_to_rlp(block.header)
    found |= {f"part/node-{i}": node for i, node in enumerate(block.patricia.nodes)}
    for name in ("patricia/json", "chain/tx-types"):
        of = seeds()[name].block
        raw = () if of is None or of.transactions is None else of.transactions
        found |= {f"part/transaction-{name.split('/')[1]}-{i}": tx for i, tx in enumerate(raw)}
    return found


def one_input(target: Target) -> Target:
    """What libFuzzer calls: typed refusals are the decoder's good right."""
    from verkle.errors import StatelessError

    def run(data: bytes) -> None:
        try:
            target(data)
        except StatelessError as error:
            if not error.code.isupper() or not error.message.isprintable():
                raise

    return run


def main() -> int:
    """Read the arguments, write the first corpus, and hand over to libFuzzer."""
    known = _decoders()
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.atheris_decoders")
    parser.add_argument("--target", choices=sorted(known), default="any")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, help="where new inputs are kept; by default nowhere")
    parser.add_argument("flags", nargs="*", help="flags of libFuzzer, behind --")
    wishes = parser.parse_args()
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        sys.stderr.write(
            "atheris is not here: pip install 'stateless[fuzz]', on Linux, x86-64, CPython 3.11 to 3.13\n"
        )
        return 2
    target, wanted = known[wishes.target]
    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as folder:
        corpus = wishes.corpus or Path(folder)
        corpus.mkdir(parents=True, exist_ok=True)
        for name, data in inputs().items():
            if wanted(name):
                (corpus / name.replace("/", "-")).write_bytes(data)
        flags = [f"-max_total_time={wishes.seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"]
        atheris.Setup([sys.argv[0], *flags, *wishes.flags, str(corpus)], one_input(target))
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
