"""Execute once, prove three times: a block's work, taken from one run, proven under each of three trees.

::

    source = read_source(block)                 # verified and run once (``reading``)
    source.accesses                             # what it touched, of no tree (``access_set``)
    rows = compare_block(source, sizes, trees)  # embedded, proven, verified, measured (``engine``)

``embedding`` says, once and for all trees, what of the accesses becomes which leaves. ``verkle_rows``,
``binary_rows`` and ``patricia_rows`` prove, verify and measure; ``leaf_view`` runs the block on verified
leaves. ``rows`` is what comes out.
"""
