"""States of up to 2^40 keys of which only the touched paths exist: what size does to a witness.

Keys of all three trees are outputs of hashes, so a state of N keys is N uniform strings, and what a proof
needs of it can be drawn node by node from a seed (``occupancy``). ``verkle_state``, ``patricia_state`` and
``binary_state`` make trees of it that the ordinary provers prove and the ordinary verifiers accept. ``model``
says how many accounts, slots and stems a state of N leaves has, ``laws`` what depth and number of nodes to
expect, ``check`` whether samples, really built trees and laws agree.
"""
