"""File schemas, one module each: what a document looks like, and how it becomes blocks.

``witness.decode`` holds the table of them; a new schema is one module and one line there.
"""
