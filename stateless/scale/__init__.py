"""States of up to 2^40 keys of which only the touched paths exist: what size does to a witness.

Keys of all three trees are outputs of hashes, so a state of N keys is N uniform strings, and what a proof
needs of it can be drawn node by node from a seed (``occupancy``). ``verkle_state``, ``patricia_state`` and
``binary_state`` make trees of it that the ordinary provers prove and the ordinary verifiers accept. ``model``
says how many accounts, slots and stems a state of N leaves has, ``laws`` what depth and number of nodes to
expect, ``check`` whether samples, really built trees and laws agree.

::

    state = state_model(1 << 32)
    verkle = sample_verkle(seed, state.stems, leaves)              # leaves: key ▶ value, None for absent
    diff, proof = prove_keys(verkle.tree, leaves)
    binary = sample_binary(seed, state.stems, leaves)
    account = TouchedAccount(nonce, balance, code_hash, slots, other_slots=state.slots_of(address))
    patricia = sample_patricia(seed, state.accounts, {address: account})

Sizes, and the work of prover and verifier, depend on which slots of the nodes are taken, not on what is in
them: that the hashes and images beside the paths are drawn, and not of leaves that exist, changes no figure.
"""
