"""``python -m cli``: the same as the installed command ``stateless``."""

import sys

from cli.main import run

if __name__ == "__main__":  # a worker process imports this module again, under another name
    sys.exit(run())
