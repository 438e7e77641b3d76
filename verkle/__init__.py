"""The commitment scheme and the tree: Banderwagon, Pedersen, IPA, multiproof, openings. Knows no blocks."""
