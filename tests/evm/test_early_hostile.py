"""What somebody who makes a block of Kaustinen-2, 3, 4 or 6 could hope to have overlooked: code of which the
witness shows a part, gas that has wrapped around and is burnt again, and looks that cost next to nothing."""

from __future__ import annotations

import pytest

from tests.evm.early_cases import NETWORKS
from tests.evm.early_cases import D as PUSH_D
from tests.evm.early_machine import A, D, Network, Owned, sent, usual
from verkle.errors import IncompleteError

early = pytest.mark.parametrize("name", NETWORKS)

# a loop of two rounds, then on into the next chunk, which stores 7 in slot 0
COUNTED = bytes.fromhex("60025b6001900380600257" + "3050" * 10) + bytes.fromhex("600760005500")


@early
def test_a_chunk_that_another_account_paid_for_is_not_known(name: str) -> None:
    """Chunks are paid for by the account whose storage is used. That chunk 1 of A is paid says nothing of
    chunk 1 of D, which D's loop runs into: the witness shows the chunks before and behind it."""
    copied = "".join(f"600160{at:02x}6000{PUSH_D}3c" for at in (0, 62))
    code = bytes.fromhex(copied + "6000" * 4 + PUSH_D + "61fffff400")
    network = Network(name, {**usual(code), D: Owned(1, 5, COUNTED.ljust(93, b"\0"))})
    run = network.run(sent(A))
    assert run.writes[A, 0, 64][-1] == 7
    witness = network.witness(run)
    shown = [network.keys.key((D, 0, 128 + chunk)) in witness for chunk in range(3)]
    assert shown == [True, False, True]
    for leaf in (0, 1, 2, 3, 4):  # whatever of the header the network does not touch
        key = network.keys.key((D, 0, leaf))
        witness[key] = network.leaves[key]
    with pytest.raises(IncompleteError) as caught:
        network.run(sent(A), shown=witness)
    assert caught.value.code == "CODE_CHUNK_MISSING"
    assert caught.value.where["chunk"] == 1
