"""Where results of ``verify`` go: one JSON object, JSON lines, plain lines, or a drawing on a terminal."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from cli.settings import Settings
from cli.terminal import console, folded, screen, warn

if TYPE_CHECKING:
    from cli.judging import Result
    from stateless.verdict import Outcome

SCHEMA: Final = "stateless/verdict/1"


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known when all inputs are judged: the exit code, and how long it took."""

    exit_code: int
    seconds: float


class Report(ABC):
    """Takes results one by one and keeps what the exit code needs.

    ``streams``: each result is printed as it comes.
    """

    streams: ClassVar[bool] = False

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()

    def add(self, result: Result) -> None:
        """Take the next result."""
        self.outcomes[result.json["verdict"]] += 1
        self._show(result)

    @abstractmethod
    def _show(self, result: Result) -> None: ...

    @abstractmethod
    def finish(self, ending: Ending) -> None:
        """Print what belongs at the end."""


class Json(Report):
    """One object. Results are kept as text and stand one in a line, since a run may have thousands."""

    def __init__(self) -> None:
        super().__init__()
        self._results: list[str] = []

    def _show(self, result: Result) -> None:
        self._results.append(json.dumps(result.json))

    def finish(self, ending: Ending) -> None:
        """Print the object of DESIGN 10."""
        from cli.version import version

        head = {"schema": SCHEMA, "version": version(), "exit_code": int(ending.exit_code)}
        print(f'{json.dumps(head)[:-1]}, "results": [')
        print(",\n".join(self._results))
        print("]}")


class JsonLines(Report):
    """One line a result, as soon as it is there."""

    streams = True

    def _show(self, result: Result) -> None:
        print(json.dumps(result.json), flush=True)

    def finish(self, ending: Ending) -> None:
        """Nothing: every line has been printed."""


class Lines(Report):
    """Plain lines as they come, the sum at the end; what to do next goes to standard error."""

    streams = True

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._symbols = screen(settings).symbols
        self._errors: list[Mapping[str, Any]] = []

    def _show(self, result: Result) -> None:
        from cli.verdict_lines import check_lines, line

        if result.json["error"] is not None:
            self._errors.append(result.json["error"])
        elif self._settings.quiet:
            return
        print(folded(line(result), hanging=4), flush=True)
        if self._settings.verbose:
            print("\n".join(check_lines(result, self._symbols)))

    def finish(self, ending: Ending) -> None:
        """Print the sum and, for each code that came up, the next step."""
        from cli.verdict_lines import next_steps, summary

        if self._settings.quiet:
            return
        if self.outcomes.total() > 1:
            print(summary(self.outcomes, ending.seconds), flush=True)
        for step in next_steps(self._errors):
            warn(step)


class Drawn(Report):
    """On a terminal: a card for one block, a table for several, with ``-v`` a card for each."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._results: list[Result] = []

    def _show(self, result: Result) -> None:
        if not self._settings.quiet or result.json["error"] is not None:
            self._results.append(result)

    def finish(self, ending: Ending) -> None:
        """Draw everything."""
        from cli.verdict_drawn import card, table
        from cli.verdict_lines import summary

        drawing = console(self._settings)
        several = self.outcomes.total() > 1
        total = summary(self.outcomes, ending.seconds) if several and not self._settings.quiet else ""
        if several and not self._settings.verbose:
            if self._results:
                table(drawing, self._results, total)
            return
        for result in self._results:
            card(drawing, result, every=self._settings.verbose)
        if total:
            drawing.print(total)


def report_for(settings: Settings, *, as_json: bool, as_jsonl: bool) -> Report:
    """The report that the options and standard output ask for."""
    if as_json:
        return Json()
    if as_jsonl:
        return JsonLines()
    return Drawn(settings) if screen(settings).drawn else Lines(settings)
