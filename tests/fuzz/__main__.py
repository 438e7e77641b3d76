"""Run the mutation engine::

    python -m tests.fuzz [--cases N] [--seconds S] [--seed X] [--jobs N] [--kinds K,…] [--corpus FOLDER]
                         [--tally FILE]
    python -m tests.fuzz --replay FILE…

Exit code 1 if there is a finding. Findings are minimised and kept in the corpus. With --tally a campaign may
be run in parts: the counts are kept in FILE, and the next part begins where the last one ended.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from stateless.code_table import CODES
from tests.fuzz.corpus import Finding, default_folder, save
from tests.fuzz.judge import judge, run_case
from tests.fuzz.minimise import minimise
from tests.fuzz.registry import make_case
from tests.fuzz.runner import Report, limits, run
from tests.fuzz.seeds import seeds

TOLD_EVERY = 20_000


def say(text: str = "") -> None:
    """A line of the report."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def report_lines(report: Report) -> list[str]:
    """The report as a text: counts by kind and result, codes, what was slow."""
    results = sorted(report.by_result())
    kinds = sorted({kind for kind, _ in report.results})
    lines = [f"{'kind':36}" + "".join(f"{name[:24]:>26}" for name in results)]
    lines += [
        f"{kind:36}" + "".join(f"{report.results[kind, name]:26,}" for name in results) for kind in kinds
    ]
    total = report.by_result()
    lines.append(f"{'all':36}" + "".join(f"{total[name]:26,}" for name in results))
    lines.append("")
    lines.append(f"refused by {len(report.codes)} codes:")
    lines += [f"  {code:36}{count:12,}" for code, count in report.codes.most_common()]
    lines.append("")
    slow = ", ".join(f"{seconds:.3f} s (case {number})" for seconds, number in report.slowest[:3])
    lines.append(
        f"slowest: {slow}; peak memory of a worker {report.peak_memory >> 20} MiB; limits: {limits()}"
    )
    return lines


def keep(campaign: int, kinds: tuple[str, ...], findings: list[tuple[int, str]], folder: Path) -> None:
    """Minimise each finding and write it down; one of each kind and reason is made small, the others kept."""
    seen: Counter[tuple[str, str]] = Counter()
    for number, what in findings:
        case = make_case(campaign, number, kinds)
        smaller = None
        seen[case.kind, what] += 1
        if seen[case.kind, what] == 1 and not what.startswith(("the process", "over")):
            seed = seeds()[case.seed]
            smaller = minimise(case.data, lambda data, seed=seed, what=what: judge(seed, data).what == what)  # type: ignore[misc]
        finding = Finding(
            case.kind, case.seed, campaign, number, what, case.data.hex(), smaller.hex() if smaller else None
        )
        say(f"finding: case {number} {case.kind} of {case.seed}: {what}\n  {save(finding, folder)}")


def replay(paths: list[str]) -> int:
    """Judge kept findings again; the number of those that still are ones."""
    still = 0
    for path in paths:
        finding = Finding(**json.loads(Path(path).read_text(encoding="utf-8")))
        outcome = run_case(finding.case())
        still += outcome.result == "finding"
        say(f"{path}: {outcome.result} {outcome.what}")
    return still


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Mutate and judge.")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, help="stop after this time, whatever was done")
    parser.add_argument("--seed", type=int, default=1, help="of the campaign: the same seed, the same cases")
    parser.add_argument("--tally", type=Path, help="where the counts of a campaign in parts are kept")
    parser.add_argument("--kinds", default="", help="of mutators, by their first letters: ssz,cbor,rlp")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=default_folder(), help="where findings are kept")
    parser.add_argument("--replay", nargs="+", metavar="FILE", help="judge kept findings again")
    wishes = parser.parse_args()
    if wishes.replay:
        return min(replay(wishes.replay), 1)

    before = Report()
    if wishes.tally and wishes.tally.exists():
        kept = json.loads(wishes.tally.read_text(encoding="utf-8"))
        if kept["campaign"] != wishes.seed or kept.get("kinds", "") != wishes.kinds:
            parser.error(f"{wishes.tally} is of campaign {kept['campaign']} {kept.get('kinds', '')}")
        before = Report.from_json(kept["report"])
    told = [before.cases]

    def tell(report: Report) -> None:
        if report.cases + before.cases >= told[0] + TOLD_EVERY:
            told[0] = report.cases + before.cases
            say(f"  {told[0]:,} cases, {len(report.findings)} findings in this part")

    kinds = tuple([kind for kind in wishes.kinds.split(",") if kind])
    report = run(
        wishes.seed,
        wishes.cases,
        seconds=wishes.seconds,
        jobs=wishes.jobs,
        first=before.cases,
        kinds=kinds,
        tell=tell,
    )
    found = list(report.findings)
    report.add(before)
    if wishes.tally:
        text = json.dumps(
            {"campaign": wishes.seed, "kinds": wishes.kinds, "report": report.to_json()}, indent=1
        )
        wishes.tally.write_text(text + "\n", encoding="utf-8")
    for line in report_lines(report):
        say(line)
    keep(wishes.seed, kinds, found, wishes.corpus)
    missing = len(CODES) - len(report.codes)
    done = f"{report.cases:,} cases, seed {wishes.seed}"
    say(f"{done}; {len(report.findings)} findings; {missing} codes not met")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
