"""What can be seen in a witness beside its verdict: why a value is there, how two differ, what is poor.

``explain`` walks from the root to one value, ``difference`` sets two witnesses side by side, ``lint`` finds
what is legal and should not be. All three read what was decoded and write nothing. Each has a table by tree,
so that a further tree is one more entry.
"""
