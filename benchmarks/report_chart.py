"""The main chart of a comparison as a file of its own, for documents; it follows the reader's light or dark.

    stateless compare BLOCK --keys own,2^10,2^20,2^32 --json | python -m benchmarks.report_chart -o CHART.svg

It is drawn by the code that draws the report page: bytes of proof against the size of the state, for the
block that touches most.
"""

from __future__ import annotations

import argparse
import json
import sys

from cli.output import write_whole
from cli.page import main_chart_svg


def main() -> int:
    """Read a document of ``stateless/compare/1`` from standard input, write the drawing; 1 if none."""
    parser = argparse.ArgumentParser(description="The main chart of a comparison, as SVG.")
    parser.add_argument("-o", "--output", default="-", help="the SVG file; - is standard output")
    arguments = parser.parse_args()
    chart = main_chart_svg(json.load(sys.stdin))
    if chart is None:
        print("no rows to draw", file=sys.stderr)
        return 1
    write_whole(arguments.output, chart.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
