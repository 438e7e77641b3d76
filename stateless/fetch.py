"""A block and its witness from a node, by JSON-RPC: whatever node, since the verifier trusts none.

The block is asked for as its RLP (``debug_getRawBlock``), from nodes without that as an object
(``eth_getBlockByNumber``, ``eth_getBlockByHash``); the witness with ``debug_executionWitness``, in geth's
dialect (headers as objects) or reth's (headers as RLP). Both are decoded before they are handed on, and the
block must be the one asked for. That they belong together is for the verifier to decide.

An ``auth`` value and the path of the URL, which may be a key, are in no message. Redirections are not
followed: they would carry ``auth`` to another host.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from stateless.headers import header_facts
from verkle.errors import MachineError, MalformedError, StatelessError, UnsupportedError
from witness.errors import UsageError
from witness.fields import as_integer
from witness.formats.block_and_witness import read, read_block
from witness.source import DEFAULT_MAX_BYTES
from witness.strict_json import parse

__all__ = ["DEFAULT_TIMEOUT_S", "Fetched", "Node", "fetch_block"]

DEFAULT_TIMEOUT_S: Final = 60.0
_METHOD_MISSING: Final = frozenset({-32601, -32004})
"""Error codes of a method that is not there (JSON-RPC 2.0), or not supported (EIP-1474)."""
_HASH_DIGITS: Final = 66
_CHUNK: Final = 1 << 16
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Fetched:
    """``document``: a JSON text that ``witness.decode`` reads, the block with its witness. ``raw``: whether
    the block came as RLP. ``hash``: 32 bytes, ``None`` where the node's object lacks fields."""

    document: bytes
    number: int
    hash: bytes | None
    raw: bool


class Node:
    """A node's JSON-RPC over HTTP. ``auth``: value of the Authorization header. ``timeout_s``: for each
    answer, from the question to its last byte. ``max_bytes``: largest answer."""

    def __init__(
        self,
        url: str,
        *,
        auth: str | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> None:
        """Raises ``UsageError``: ``RPC_URL``, ``RPC_AUTH``."""
        self._url = url
        self.name = _host(url)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if auth is not None:
            if not auth.isascii() or not auth.isprintable():
                raise UsageError("RPC_AUTH", "the authorization has characters that no HTTP header can hold")
            self._headers["Authorization"] = auth
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._opener = urllib.request.build_opener(_NoRedirect)

    def call(self, method: str, *parameters: object) -> Any:
        """What the node answers, never ``None``.

        Raises:
            MachineError: ``RPC_UNREACHABLE``.
            UnsupportedError: ``RPC_METHOD_MISSING``.
            MalformedError: ``RPC_HTTP_STATUS``, ``RPC_NOT_JSON``, ``RPC_REPLY`` (an error, or null),
                ``INPUT_TOO_LARGE``.
        """
        place = {"node": self.name, "method": method}
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        status, body = self._post(json.dumps(question).encode(), place)
        try:
            reply = _reply(body)
        except MalformedError as error:
            if status != 200:
                raise _bad_status(status, place) from None
            raise MalformedError(
                "RPC_NOT_JSON", f"the answer is no reply of JSON-RPC: {error.message}", where=place
            ) from None
        failure = reply.get("error")
        if failure is not None:
            raise _refusal(failure, method, place)
        if status != 200:
            raise _bad_status(status, place)
        if reply.get("result") is None:
            raise MalformedError(
                "RPC_REPLY", f"the node answers null to {method}: it does not have that block", where=place
            )
        return reply["result"]

    def _post(self, question: bytes, place: Mapping[str, object]) -> tuple[int, bytes]:
        request = urllib.request.Request(self._url, question, self._headers)  # noqa: S310 (http, https alone)
        deadline = time.monotonic() + self._timeout_s
        try:
            try:
                with self._opener.open(request, timeout=self._timeout_s) as response:
                    return 200, self._read(response, deadline, place)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, self._read(error, deadline, place)
        except (OSError, HTTPException) as error:  # URLError and timeouts are among the first
            reason = getattr(error, "reason", None) or error
            raise MachineError(
                "RPC_UNREACHABLE",
                f"no answer from {self.name}: {_text(reason) or type(error).__name__}",
                where=place,
            ) from None

    def _read(
        self,
        response: HTTPResponse | urllib.error.HTTPError,
        deadline: float,
        place: Mapping[str, object],
    ) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := response.read(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > self._max_bytes:
                raise MalformedError(
                    "INPUT_TOO_LARGE",
                    "the node's answer is larger than the limit",
                    where=place,
                    expected=f"at most {self._max_bytes} bytes",
                )
            if time.monotonic() > deadline:
                raise TimeoutError("timed out")
        return b"".join(parts)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirection as the error that it then is."""

    def redirect_request(self, *_: Any) -> None:
        """Return nothing: do not go there."""


def fetch_block(node: Node, wanted: str) -> Fetched:
    """Ask for a block and its witness. ``wanted``: a number in decimal or 0x-hex, a hash, or ``latest``.

    Raises:
        UsageError: ``RPC_BLOCK``: ``wanted`` is none of these.
        MalformedError: ``RPC_OTHER_BLOCK``; what ``witness.decode`` raises, if the answers do not decode.
        StatelessError: as :meth:`Node.call`.
    """
    asked_hash = _hash(wanted)
    number = _number(node, wanted) if asked_hash is None else None
    chain_id = as_integer(node.call("eth_chainId"), ("eth_chainId",), 64)
    block, raw = _block(node, wanted if number is None else hex(number), by_hash=number is None)
    decoded = read_block(block, "block", ())
    found_hash = None
    if decoded.header is not None:
        found_hash = header_facts(decoded, decoded.header, {}, None).block_hash
    found = None if decoded.header is None else decoded.header.number
    if found is None or number not in (None, found):
        raise _other_block(node, number, found)
    if asked_hash not in (None, found_hash):
        raise _other_block(node, asked_hash, found_hash)
    witness = node.call("debug_executionWitness", hex(found))
    document = {"chainId": chain_id, "block": block, "witness": witness}
    try:
        read(document, "answer")
    except StatelessError as error:
        error.where.setdefault("node", node.name)
        raise
    return Fetched(json.dumps(document).encode(), found, found_hash, raw)


def _hash(wanted: str) -> bytes | None:
    if not wanted.startswith("0x") or len(wanted) != _HASH_DIGITS:
        return None
    try:
        return bytes.fromhex(wanted[2:])
    except ValueError:
        return None


def _number(node: Node, wanted: str) -> int:
    """The number of the block; of the latest one it is asked for once, so that block and witness agree."""
    if wanted == "latest":
        return as_integer(node.call("eth_blockNumber"), ("eth_blockNumber",), 64)
    try:
        number = int(wanted, 16 if wanted.startswith("0x") else 10)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 64 or not wanted.isascii() or not wanted.isalnum():
        raise UsageError(
            "RPC_BLOCK", f"{wanted[:80]!a} is no block: a number, 0x and 64 hex digits, or latest"
        )
    return number


def _block(node: Node, wanted: str, *, by_hash: bool) -> tuple[object, bool]:
    """The block, and whether it is RLP. A node that lacks both methods lacks the first one's name."""
    try:
        return node.call("debug_getRawBlock", wanted), True
    except UnsupportedError:
        pass
    method = "eth_getBlockByHash" if by_hash else "eth_getBlockByNumber"
    return node.call(method, wanted, True), False  # with its transactions


def _host(url: str) -> str:
    """``scheme://host:port``, for messages."""
    try:
        parts: SplitResult | None = urlsplit(url)
        port = parts.port if parts is not None else None
    except ValueError:
        parts, port = None, None
    if (
        parts is None
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or not url.isascii()
        or " " in url
    ):
        raise UsageError("RPC_URL", "the node's address must be an http:// or https:// URL")
    if parts.username is not None or parts.password is not None:
        raise UsageError("RPC_URL", "no user name in the node's address; set STATELESS_RPC_AUTH instead")
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port is not None else "")


def _reply(body: bytes) -> dict[str, Any]:
    reply = parse(body)
    if not isinstance(reply, dict) or ("result" not in reply and "error" not in reply):
        raise MalformedError("RPC_NOT_JSON", "it has neither result nor error")
    return reply


def _refusal(failure: object, method: str, place: Mapping[str, object]) -> StatelessError:
    code = failure.get("code") if isinstance(failure, dict) else None
    said = _text(failure.get("message", "")) if isinstance(failure, dict) else _text(failure)
    if code in _METHOD_MISSING:
        hint = "; public endpoints mostly lack the debug_ methods" if method.startswith("debug_") else ""
        return UnsupportedError(
            "RPC_METHOD_MISSING", f"the node does not offer {method}{hint}", where={**place, "said": said}
        )
    return MalformedError(
        "RPC_REPLY", f"the node answers {method} with an error: {said}", where=place, got=code
    )


def _bad_status(status: int, place: Mapping[str, object]) -> MalformedError:
    return MalformedError(
        "RPC_HTTP_STATUS", f"the node's web server answers with status {status}", where=place, got=status
    )


def _other_block(node: Node, wanted: object, got: object) -> MalformedError:
    return MalformedError(
        "RPC_OTHER_BLOCK",
        "the node answers with another block than the one asked for",
        where={"node": node.name},
        expected=wanted,
        got=got,
    )


def _text(value: object) -> str:
    """What a stranger said, short and without control characters."""
    return ascii(str(value)[:_SHOWN])[1:-1]
