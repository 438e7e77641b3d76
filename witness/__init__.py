"""What travels with a block to prove its state: containers, codecs, sizes, and the trees beside Verkle.

Nothing here judges a block: decoders turn bytes into frozen values or refuse them with a typed error, and
the verifier above decides. No EVM, no curve arithmetic.

::

    source (paths, stdin, gzip) ── bytes ──▶ decode_blocks ──▶ BlockInput(header, transactions, witness, …)
                                               │ formats/*       one module a file schema
                                               │ witness_json    the execution witness, every JSON dialect
                                               │ header_json     the header, every JSON dialect
                                               └ block_rlp       header and body as the network encodes them
"""
