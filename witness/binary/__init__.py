"""The binary tree of EIP-7864: what travels with a block, and proves its state, under that tree.

``rules`` and ``keys`` say how a state becomes keys and values, ``tree`` keeps a whole tree in memory, and
``subtree`` the 256 values of one stem. ``prover`` makes a proof, ``shape`` says what a proof must hold,
``proof`` checks it, ``kinds`` is the part of both that tells stem nodes from internal ones, ``post`` gives
the root after a block. ``container`` is the proof as a value, with its sizes; ``encoding``, ``witness_json``
and ``witness_cbor`` write and read it; ``grouped`` measures what coarser nodes would take.

The EIP has changed under its number: this is the text of 2026-03-09 (ethereum/EIPs ca51874f1), or, with the
other order of bytes in the tree index, the one before. There is no standard proof; the one here is this
project's own.

Source: EIP-7864; SPEC 8.
"""
