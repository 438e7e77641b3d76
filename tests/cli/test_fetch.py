"""``fetch`` against a server on this machine that gives a node's saved replies, or bad ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cli.exit_codes import ExitCode
from tests.cli.calling import FIXTURES, Said, call

DEVNET = "patricia-blocks/devnet-1"
CHAIN_ID = 3151908
# A block of this project, which is not number 77.
OWN = json.loads((FIXTURES / "patricia" / "three-transactions.json").read_text())["block"]
SECRET = "Bearer very-secret"  # noqa: S105 (of this test)
MISSING = {"error": {"code": -32601, "message": "the method does not exist/is not available"}}


@dataclass
class Replies:
    """What the server answers, by method: a result, an object with ``error``, raw bytes, or a function."""

    by_method: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, list[Any], str | None]] = field(default_factory=list)
    url: str = ""


class Server(ThreadingHTTPServer):
    replies: Replies


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        replies = self.server.replies
        replies.asked.append((question["method"], question["params"], self.headers["Authorization"]))
        answer = replies.by_method.get(question["method"], MISSING)
        if callable(answer):
            answer = answer()
        if isinstance(answer, bytes):
            body = answer
        else:
            reply = answer if isinstance(answer, dict) and "error" in answer else {"result": answer}
            body = json.dumps({"jsonrpc": "2.0", "id": question["id"], **reply}).encode()
        try:
            self.send_response(replies.status)
            for name, value in replies.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # the client did not want the rest

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def bare() -> Iterator[Replies]:
    """A node that offers no method."""
    replies = Replies()
    server = Server(("127.0.0.1", 0), Handler)
    server.replies = replies
    replies.url = f"http://127.0.0.1:{server.server_port}/key-in-path"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield replies
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def node(vectors: Path, bare: Replies) -> Replies:
    """A node that has one block, that of the devnet, and answers as the saved replies do."""
    block = json.loads((vectors / f"{DEVNET}.block.json").read_text())["result"]
    witness = json.loads((vectors / f"{DEVNET}.witness.json").read_text())["result"]
    bare.by_method.update(
        eth_chainId=hex(CHAIN_ID),
        eth_blockNumber=number_of(block),
        debug_getRawBlock=block,
        debug_executionWitness=witness,
    )
    return bare


def number_of(block: str) -> str:
    from witness.block_rlp import block_from_rlp

    number = block_from_rlp(bytes.fromhex(block[2:])).header.number
    assert number is not None
    return hex(number)


def block_object(raw: str) -> dict[str, Any]:
    """The block as ``eth_getBlockByNumber`` gives it, with its transactions as objects."""
    from stateless.transaction_decode import decode_transaction
    from tests.witness_patricia.documents import header_json
    from witness.block_rlp import block_from_rlp

    body = block_from_rlp(bytes.fromhex(raw[2:]))
    transactions = []
    for encoded in body.transactions:
        tx = decode_transaction(encoded)
        assert not tx.access_list
        fees = {"gasPrice": hex(tx.max_fee)}
        if tx.type:
            fees = {"maxFeePerGas": hex(tx.max_fee), "maxPriorityFeePerGas": hex(tx.max_priority_fee)}
        transactions.append(
            {
                "type": hex(tx.type),
                "chainId": hex(tx.chain_id or 0),
                "nonce": hex(tx.nonce),
                "gas": hex(tx.gas_limit),
                "to": None if tx.to is None else "0x" + tx.to.hex(),
                "value": hex(tx.value),
                "input": "0x" + tx.data.hex(),
                "accessList": [],
                **{name: hex(getattr(tx, name)) for name in "vrs"},
                **fees,
            }
        )
    assert body.withdrawals == ()
    return {**header_json(body.header), "transactions": transactions, "uncles": [], "withdrawals": []}


def fetch(node: Replies, output: Path | str, *more: str, block: str = "latest", auth: str = "") -> Said:
    arguments = ("fetch", "--rpc", node.url, "--block", block, "-o", str(output), *more)
    return call(*arguments, env={"STATELESS_RPC_AUTH": auth, "no_proxy": "127.0.0.1"})


def test_fetch_then_verify(node: Replies, tmp_path: Path) -> None:
    output = tmp_path / "block.json"
    said = fetch(node, output, auth=SECRET)
    assert said.code == ExitCode.VALID, said.err
    assert said.out == ""
    assert str(output) in said.err
    assert SECRET not in said.err
    assert {auth for _, _, auth in node.asked} == {SECRET}
    number = node.by_method["eth_blockNumber"]
    assert [(method, parameters) for method, parameters, _ in node.asked] == [
        ("eth_blockNumber", []),
        ("eth_chainId", []),
        ("debug_getRawBlock", [number]),
        ("debug_executionWitness", [number]),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["block.json"]
    verdict = call("verify", output, "--rules", "prague", "--json")
    assert verdict.code == ExitCode.VALID
    (result,) = verdict.json()["results"]
    assert result["verdict"] == "valid"
    assert result["executed"] is True
    assert result["pre_state_root_from"] == "parent_header"
    assert result["gas_used"] == 2_100_000
    # nothing names the rules of a private network
    assert call("verify", output).code == ExitCode.UNSUPPORTED
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"config": None, "chainId": CHAIN_ID, "pragueTime": 0}))
    assert call("verify", output, "--chain-config", config).code == ExitCode.VALID


def test_without_a_key_none_is_sent_and_standard_output_takes_it(node: Replies) -> None:
    said = fetch(node, "-", block=str(int(node.by_method["eth_blockNumber"], 16)))
    assert said.code == ExitCode.VALID
    assert {auth for _, _, auth in node.asked} == {None}
    assert set(said.json()) == {"chainId", "block", "witness"}
    assert call("verify", "--rules", "prague", "-", stdin=said.out.encode()).code == ExitCode.VALID


def test_by_hash(node: Replies, tmp_path: Path) -> None:
    from witness.block_rlp import block_from_rlp
    from witness.header import header_to_rlp
    from witness.keccak import keccak256

    header = block_from_rlp(bytes.fromhex(node.by_method["debug_getRawBlock"][2:])).header
    block_hash = "0x" + keccak256(header_to_rlp(header)).hex()
    assert fetch(node, tmp_path / "b.json", block=block_hash).code == ExitCode.VALID
    assert node.asked[1][:2] == ("debug_getRawBlock", [block_hash])
    other = fetch(node, tmp_path / "c.json", block="0x" + "11" * 32)
    assert other.code == ExitCode.MALFORMED
    assert "RPC_OTHER_BLOCK" in other.err
    assert not (tmp_path / "c.json").exists()
    assert "RPC_OTHER_BLOCK" in fetch(node, tmp_path / "c.json", block="77").err


def test_geths_dialect_and_the_block_as_an_object(node: Replies, tmp_path: Path) -> None:
    """Headers as objects; and no debug_getRawBlock."""
    from tests.witness_patricia.documents import header_json
    from witness import rlp
    from witness.header import header_from_rlp_item

    witness = node.by_method["debug_executionWitness"]
    headers = [header_from_rlp_item(rlp.decode(bytes.fromhex(text[2:]))) for text in witness["headers"]]
    node.by_method["debug_executionWitness"] = witness | {
        "headers": [header_json(header) for header in headers]
    }
    node.by_method["eth_getBlockByNumber"] = block_object(node.by_method.pop("debug_getRawBlock"))
    said = fetch(node, tmp_path / "block.json")
    assert said.code == ExitCode.VALID, said.err
    assert "no debug_getRawBlock" in said.err
    number = node.by_method["eth_blockNumber"]
    assert ("eth_getBlockByNumber", [number, True], None) in node.asked
    verdict = call("verify", tmp_path / "block.json", "--rules", "prague")
    assert verdict.code == ExitCode.VALID, verdict.out


def slowly() -> bytes:
    time.sleep(1.5)
    return b"{}"


Change = Callable[[Replies], object]
BAD: tuple[tuple[str, Change, ExitCode, str, str], ...] = (
    ("no witness method", lambda n: n.by_method.pop("debug_executionWitness"), ExitCode.UNSUPPORTED,
     "RPC_METHOD_MISSING", "debug_executionWitness; public endpoints mostly lack the debug_ methods"),
    ("no block method", lambda n: n.by_method.pop("debug_getRawBlock"), ExitCode.UNSUPPORTED,
     "RPC_METHOD_MISSING", "node does not offer eth_getBlockByNumber"),
    ("an error", lambda n: n.by_method.update(debug_executionWitness={
        "error": {"code": -32000, "message": "missing trie node \x1b[31m"}}), ExitCode.MALFORMED,
     "RPC_REPLY", "missing trie node \\x1b[31m"),
    ("an error that is text", lambda n: n.by_method.update(eth_chainId={"error": "no"}),
     ExitCode.MALFORMED, "RPC_REPLY", "with an error: no"),
    ("null", lambda n: n.by_method.update(debug_getRawBlock=None), ExitCode.MALFORMED,
     "RPC_REPLY", "null to debug_getRawBlock"),
    ("a web page", lambda n: n.by_method.update(eth_chainId=b"<html>"), ExitCode.MALFORMED,
     "RPC_NOT_JSON", "no reply of JSON-RPC"),
    ("a number", lambda n: n.by_method.update(eth_chainId=b"1"), ExitCode.MALFORMED, "RPC_NOT_JSON", ""),
    ("a name twice", lambda n: n.by_method.update(eth_chainId=b'{"result":1,"result":1}'),
     ExitCode.MALFORMED, "RPC_NOT_JSON", ""),
    ("a status", lambda n: (setattr(n, "status", 503), n.by_method.update(eth_blockNumber=b"busy")),
     ExitCode.MALFORMED, "RPC_HTTP_STATUS", "status 503"),
    ("a status with a reply", lambda n: setattr(n, "status", 401), ExitCode.MALFORMED,
     "RPC_HTTP_STATUS", "status 401"),
    ("a method that is missing, with a status", lambda n: (
        setattr(n, "status", 404), n.by_method.update(eth_blockNumber=MISSING)), ExitCode.UNSUPPORTED,
     "RPC_METHOD_MISSING", "eth_blockNumber"),
    ("a redirection", lambda n: (setattr(n, "status", 302), n.headers.update(Location=n.url + "2")),
     ExitCode.MALFORMED, "RPC_HTTP_STATUS", "status 302"),
    ("a witness that is none", lambda n: n.by_method.update(debug_executionWitness={"state": 1}),
     ExitCode.MALFORMED, "", ""),
    ("a node that is not hex", lambda n: n.by_method["debug_executionWitness"].update(state=["0xzz"]),
     ExitCode.MALFORMED, "HEX_SYNTAX", ""),
    ("a block that is none", lambda n: n.by_method.update(debug_getRawBlock="0xc0"), ExitCode.MALFORMED,
     "BLOCK_FIELDS", ""),
    ("a chain id that is none", lambda n: n.by_method.update(eth_chainId="x"), ExitCode.MALFORMED,
     "HEX_SYNTAX", ""),
    ("too slow", lambda n: n.by_method.update(eth_chainId=slowly), ExitCode.INTERNAL,
     "RPC_UNREACHABLE", "timed out"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "exit_code", "code", "text"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_bad_answers(
    node: Replies, tmp_path: Path, change: Change, exit_code: ExitCode, code: str, text: str
) -> None:
    change(node)
    output = tmp_path / "block.json"
    output.write_text("before")
    said = fetch(node, output, "--timeout", "1", auth=SECRET)
    assert said.code == exit_code, said.err
    assert code in said.err
    assert text in " ".join(said.err.split())
    assert "Traceback" not in said.err
    assert "very-secret" not in said.err
    assert "key-in-path" not in said.err
    assert output.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("status", "answers", "code"),
    [
        (200, {}, "RPC_METHOD_MISSING"),
        (503, {"eth_blockNumber": b"busy"}, "RPC_HTTP_STATUS"),
        (200, {"eth_blockNumber": b"<html>"}, "RPC_NOT_JSON"),
        (200, {"eth_blockNumber": "0x4d", "eth_chainId": "0x1", "debug_getRawBlock": OWN}, "RPC_OTHER_BLOCK"),
    ],
)
def test_a_node_without_the_block(
    bare: Replies, tmp_path: Path, status: int, answers: dict[str, Any], code: str
) -> None:
    bare.status = status
    bare.by_method.update(answers)
    assert code in fetch(bare, tmp_path / "block.json").err
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_too_large(node: Replies, tmp_path: Path) -> None:
    said = fetch(node, tmp_path / "block.json", "--max-bytes", "5000")
    assert said.code == ExitCode.MALFORMED
    assert "INPUT_TOO_LARGE" in said.err


def test_nobody_there(tmp_path: Path) -> None:
    said = fetch(Replies(url="http://127.0.0.1:1/"), tmp_path / "block.json")
    assert said.code == ExitCode.INTERNAL
    assert "RPC_UNREACHABLE" in said.err


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a/",
        "127.0.0.1:8545",
        "",
        "http://",
        "http://u:p@a/",
        "http://a:b/",
        "http://ä/",
    ],
)
def test_urls_that_are_none(node: Replies, tmp_path: Path, url: str) -> None:
    node.url = url
    said = fetch(node, tmp_path / "block.json")
    assert said.code == ExitCode.USAGE
    assert "Traceback" not in said.err


@pytest.mark.parametrize("block", ["", "-1", "0x", "1_0", "pending", "0x" + "g" * 64, "1" * 30, "²"])
def test_blocks_that_are_none(node: Replies, tmp_path: Path, block: str) -> None:
    said = fetch(node, tmp_path / "block.json", block=block)
    assert said.code == ExitCode.USAGE
    assert not node.asked


def test_a_key_that_no_header_can_hold(node: Replies, tmp_path: Path) -> None:
    said = fetch(node, tmp_path / "block.json", auth="a\nb")
    assert said.code == ExitCode.USAGE
    assert not node.asked
