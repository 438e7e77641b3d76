"""What a block names by itself must be in its witness: accounts and codes that any execution of it reads.

For blocks that cannot be run here, so that a witness that lacks one of these is *incomplete* before the block
is *unsupported*. What only the code of the block asks for is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from stateless.patricia_view import PatriciaView
from stateless.transactions import Transaction
from verkle.constants import DELEGATION_BYTES, DELEGATION_MARK
from witness.header import Withdrawal

__all__ = ["resolve_named"]


def resolve_named(
    view: PatriciaView,
    transactions: Iterable[tuple[Transaction, bytes]],
    coinbase: bytes,
    withdrawals: Iterable[Withdrawal],
    system_contracts: Iterable[bytes],
) -> None:
    """Read senders, recipients and who is credited; the codes of what the block calls by itself, and of the
    first transaction's two accounts, through one delegation. Codes that later ones run may be made in the
    block. ``transactions``: with the sender of each, 20 bytes.

    Raises ``IncompleteError`` ``PATRICIA_NODE_MISSING``, ``PATRICIA_CODE_MISSING``; ``InvalidError`` as
    ``PatriciaView`` does.
    """
    for address in system_contracts:
        _code(view, address)
    for index, (tx, sender) in enumerate(transactions):
        view.account(sender)
        if tx.to is not None:
            view.account(tx.to)
        if index == 0:
            view.account(coinbase)
            _code(view, sender)
            # Authorizations may turn a delegation elsewhere before it is followed.
            if tx.to is not None and not tx.authorizations:
                code = _code(view, tx.to)
                if len(code) == DELEGATION_BYTES and code.startswith(DELEGATION_MARK):
                    _code(view, code[len(DELEGATION_MARK) :])
    for withdrawal in withdrawals:
        view.account(withdrawal.address)


def _code(view: PatriciaView, address: bytes) -> bytes:
    account = view.account(address)
    return b"" if account is None else view.code(address, account).data
