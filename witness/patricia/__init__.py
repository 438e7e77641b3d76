"""Merkle-Patricia tries: what travels with a block, and proves its state, under the tree of today.

``nodes`` encodes and decodes one node, ``bag`` finds nodes by hash, ``trie`` reads and changes a trie of
which only some nodes are there. ``account`` is what the leaves of the state hold, ``container`` a whole
witness as an input gives it, ``ordered`` the tries over the lists in a block.

Source: Ethereum yellow paper, appendix D.
"""
