"""The command line: one file a command, and what draws their results. Holds no rule of its own."""
