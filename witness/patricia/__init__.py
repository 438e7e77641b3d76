"""Merkle-Patricia tries: what travels with a block, and (later) proves its state, under the tree of today.

Source: Ethereum yellow paper, appendix D.
"""
