"""The mutation engine: every mutator runs, what it makes is judged, and the judge would catch a lie."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from stateless.verifier import verify_all
from tests.fuzz import atheris_decoders, node_kinds, runner, seeds, worst, worst_code
from tests.fuzz.corpus import Finding, load, save
from tests.fuzz.judge import Outcome, judge
from tests.fuzz.minimise import minimise
from tests.fuzz.registry import Mutator, case_of, make_case, mutators
from tests.fuzz.runner import Report, run, run_stretch
from tests.fuzz.seeds import Answer, Judge, Seed
from tests.vectors import PROJECT
from verkle.errors import InvalidError

CHEAP = 40
"""Cases of each mutator here; a tenth of them where a case takes tens of milliseconds."""
DEAR = ("verkle.", "block.", "node-kinds.verkle")
REGRESSIONS = Path(__file__).parent / "regressions"


@pytest.mark.parametrize("entry", mutators(), ids=lambda entry: entry.kind)
def test_no_mutant_is_accepted_for_another_thing(entry: Mutator) -> None:
    count = CHEAP // 10 if entry.kind.startswith(DEAR) else CHEAP
    results: Counter[str] = Counter()
    for number in range(count):
        case = case_of(entry, Random(f"test:{entry.kind}:{number}"))
        outcome = judge(seeds.seeds()[case.seed], case.data)
        assert outcome.result != "finding", (number, case.seed, outcome)
        results[outcome.result] += 1
    assert results.total() == count


def test_a_stretch_of_a_campaign() -> None:
    """As the campaign draws them, some thousand."""
    report = run_stretch(2, 0, 3000)
    assert report.findings == []
    assert report.cases == 3000
    assert len(report.codes) > 80
    assert report.by_result()["refused"] > 2000


@pytest.mark.parametrize("path", sorted(REGRESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_found_once_is_found_no_more(path: Path) -> None:
    finding = Finding(**json.loads(path.read_text(encoding="utf-8")))
    assert judge(seeds.seeds()[finding.seed], finding.case().data).result != "finding"


def test_cases_are_the_same_each_time() -> None:
    assert [make_case(9, n) for n in range(50)] == [make_case(9, n) for n in range(50)]
    assert [make_case(9, n).data for n in range(50)] != [make_case(10, n).data for n in range(50)]


def test_every_family_of_forgery_is_in_the_pool() -> None:
    """Forged, and honest ones beside them; each is true of the tree but for what it calls the nodes."""
    seed = seeds.seeds()["verkle/witness"]
    outcomes = Counter(
        judge(seed, seeds.dumped(node_kinds.pool(number))).result
        for number in range(len(node_kinds._FORGERS))
    )
    assert outcomes["refused"] >= 1
    assert outcomes["finding"] == 0
    assert outcomes["weaker"] + outcomes["same"] >= 1


# --- the judge would catch a lie ---------------------------------------------------------------------------


def lying(seed: Seed, judged: Judge) -> Seed:
    """The seed under another verifier; its meaning stays the true one."""
    seed.meanings()
    return replace(seed, judge=judged)


def found(seed: Seed, judged: Judge, data: bytes | None = None, seconds: float = 5) -> Outcome:
    return judge(lying(seed, judged), seed.data + b" " if data is None else data, seconds)


def accepts_everything(of: Seed) -> Judge:
    """A verifier that says of any input what the true one says of the sound block, but for one thing."""
    [true] = of.judge(of.data)

    def judged(data: bytes) -> list[Answer]:
        assert true.meaning is not None
        return [replace(true, meaning=replace(true.meaning, post_root=bytes(32)))]

    return judged


@pytest.mark.parametrize(
    "name", ["chain/transfer-new", "patricia/json", "rlp/block", "cbor/transfer-new", "chain/proof-only"]
)
def test_a_verifier_that_accepts_another_outcome(name: str) -> None:
    seed = seeds.seeds()[name]
    outcome = found(seed, accepts_everything(seed))
    assert (outcome.result, outcome.what) == (
        "finding",
        "accepted: the same block for something else: post_root",
    )


@pytest.mark.parametrize("change", ["gas", "receipts", "executed", "block", "pre_root"])
def test_whatever_differs_is_seen(change: str) -> None:
    seed = seeds.seeds()["patricia/json"]
    [true] = seed.judge(seed.data)
    assert true.meaning is not None
    other = {"gas": 1, "receipts": "[]", "executed": False, "block": bytes(32), "pre_root": bytes(32)}[change]
    meaning = replace(true.meaning, **{change: other})
    outcome = found(seed, lambda data: [replace(true, meaning=meaning)])
    assert outcome.result in {"finding", "another block"}
    if change == "block":  # another hash of the very same header: nothing else is wrong with it
        assert outcome.result == "another block"
        assert true.block is not None
        assert true.block.header is not None
        header = replace(true.block.header, gas_used=1)
        block = replace(true.block, header=header)
        outcome = found(seed, lambda data: [replace(true, meaning=meaning, block=block)])
    assert outcome.result == "finding"


@pytest.mark.parametrize("name", ["verkle/witness", "binary/json"])
def test_a_proof_that_says_what_is_not_so(name: str) -> None:
    seed = seeds.seeds()[name]
    [true] = seed.judge(seed.data)
    outcome = found(seed, lambda data: [replace(true, lies="the leaf 00")])
    assert outcome.what == "accepted, and false: the leaf 00"


@pytest.mark.parametrize("name", ["verkle/witness", "binary/json"])
def test_the_truth_is_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verifier of proofs that looks at nothing: a changed value is a lie."""
    seed = seeds.seeds()[name]
    value = json.loads(seed.data)["stateDiff"][0]["suffixDiffs"][0]["currentValue"]
    changed = seed.data.replace(value.encode(), b"0x" + b"13" * 32)
    assert changed != seed.data
    assert judge(seed, changed).result == "refused"
    seed.meanings()
    trees = {"verkle/witness": "verify_proof", "binary/json": "verify_binary_proof"}
    real = getattr(seeds, trees[name])
    sound = seeds.verkle_json(seed.data) if name == "verkle/witness" else seeds._binary_json(seed.data)

    def blind(root: bytes, diff: object, proof: object, *rest: object) -> object:
        return real(root, sound.state_diff, sound.proof, *rest)

    monkeypatch.setattr(seeds, trees[name], blind)
    outcome = judge(seed, changed)
    assert outcome.result == "finding"
    assert outcome.what.startswith("accepted, and false: the leaf")


def test_an_untyped_error() -> None:
    def raises(data: bytes) -> list[Answer]:
        raise ValueError("not for the user")

    outcome = found(seeds.seeds()["patricia/json"], raises)
    assert (outcome.result, outcome.what) == ("finding", "untyped: ValueError: not for the user")


def test_a_code_of_no_table_and_one_of_another_family() -> None:
    def refuses(code: str, message: str = "words") -> Judge:
        def judged(data: bytes) -> list[Answer]:
            raise InvalidError(code, message)

        return judged

    seed = seeds.seeds()["patricia/json"]
    assert found(seed, refuses("MADE_UP")).what == "a code of no table: MADE_UP"
    assert found(seed, refuses("JSON_SYNTAX")).what == "JSON_SYNTAX as invalid"
    assert found(seed, refuses("STEM_ORDER", "a\x1b[2Jb")).result == "finding"
    assert found(seed, refuses("STEM_ORDER")).result == "refused"


def test_what_takes_too_long() -> None:
    def sleeps(data: bytes) -> list[Answer]:
        time.sleep(600)
        return []

    def spins(data: bytes) -> list[Answer]:
        try:
            while True:
                data = data[:10] + b"."
        except Exception:  # noqa: BLE001 (a handler that would swallow the signal)
            return []

    for slow in (sleeps, spins):
        outcome = found(seeds.seeds()["patricia/json"], slow, seconds=0.1)
        assert outcome.what == "over time: more than 0.1 s"
        assert outcome.seconds < 5
    assert signal.getitimer(signal.ITIMER_REAL) == signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_what_takes_too_much_memory() -> None:
    """In a process of its own, whose limit it is."""
    program = (
        "from dataclasses import replace\n"
        "from tests.fuzz.judge import judge\n"
        "from tests.fuzz.runner import limit_memory\n"
        "from tests.fuzz.seeds import seeds\n"
        "seed = seeds()['binary/json']; seed.meanings(); limit_memory()\n"
        "print(judge(replace(seed, judge=lambda data: [bytearray(4 << 30)]), b'{}').what)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "over memory\n"


def test_a_process_that_dies_is_a_finding_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    real = runner.run_case

    def dies(case: object) -> Outcome:
        if case == make_case(3, 7):
            signal.raise_signal(signal.SIGKILL)
        return real(case)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "run_case", dies)
    report = run(3, 20)
    assert report.findings == [(7, "the process died with -9")]
    # the counts of the part that died with it are lost, and the part behind it is run
    assert report.cases == 1 + 12


def test_two_processes_run_what_one_does() -> None:
    def counts(report: Report) -> Counter[tuple[str, str]]:
        return report.results

    assert counts(run(4, 60, jobs=2)) == counts(run(4, 60)) == counts(run_stretch(4, 0, 60))


def test_time_ends_a_campaign() -> None:
    report = run(5, 10**9, seconds=0.5)
    assert 0 < report.cases < 10**6


# --- minimising, keeping -----------------------------------------------------------------------------------


def has(word: bytes) -> Callable[[bytes], bool]:
    return lambda data: word in data


def test_json_is_made_small_by_members() -> None:
    data = seeds.dumped({"a": [1, 2, {"b": "needle", "c": 4}], "d": {"e": 1}})
    small = minimise(data, lambda smaller: b"needle" in smaller and smaller.startswith(b"{"))
    assert len(small) < 20
    assert minimise(bytes(300) + b"needle" + bytes(300), has(b"needle")) == b"needle"


def test_what_fails_no_more_is_left_as_it_is() -> None:
    assert minimise(b'{"a":1}', lambda _: False) == b'{"a":1}'
    assert len(minimise(b"x" * 4000, has(b"x"), tries=3)) >= 500


def test_findings_are_kept_and_replayed(tmp_path: Path) -> None:
    finding = Finding("json.hex", "patricia/json", 1, 2, "accepted", b"{}".hex())
    path = save(finding, tmp_path / "corpus")
    assert load(tmp_path / "corpus") == [finding]
    assert finding.case().data == b"{}"
    said = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--replay", str(path)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout.split(": ")[1]) == (0, "refused UNKNOWN_FORMAT\n")


def test_the_command(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--cases", "300", "--seed", "8", "--corpus", str(tmp_path)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    assert "300 cases, seed 8; 0 findings" in said.stdout
    assert list(tmp_path.iterdir()) == []


def test_seeds_are_what_they_say() -> None:
    """Each sound seed is accepted under the front that the user has; the others are refused."""
    for seed in seeds.seeds().values():
        assert bool(seed.meanings()) == seed.sound
    data, _ = seeds.first_block("transfer-new")
    assert [verdict.valid for verdict in verify_all(data, "x")] == [True]


# --- atheris -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(atheris_decoders._decoders()))
def test_each_decoder_takes_its_first_inputs_and_refuses_damage(name: str) -> None:
    """What libFuzzer calls, called without it: sound inputs are written as they were read."""
    target, wanted = atheris_decoders._decoders()[name]
    inputs = [data for each, data in atheris_decoders.inputs().items() if wanted(each)]
    assert inputs
    run_one = atheris_decoders.one_input(target)
    for data in inputs:
        target(data)
        for number in range(0, len(data), max(len(data) // 40, 1)):
            run_one(data[:number])
            run_one(data[:number] + bytes([data[number] ^ 0x80]) + data[number + 1 :])


def test_an_untyped_error_stops_libfuzzer() -> None:
    def wrong(data: bytes) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        atheris_decoders.one_input(wrong)(b"")


def test_without_atheris_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    monkeypatch.setattr(sys, "argv", ["atheris_decoders"])
    assert atheris_decoders.main() == 2
    assert "stateless[fuzz]" in capsys.readouterr().err


# --- worst inputs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("deep-claims", "COMMITMENT_MISSING"),
        ("json-nesting", "1 × JSON_TOO_DEEP"),
        ("gzip-bomb", "INPUT_TOO_LARGE"),
    ],
)
def test_worst_inputs_are_answered_in_little_memory(name: str, answer: str) -> None:
    found = worst.cost(name)
    assert found.answer == answer
    assert found.seconds < 10
    assert found.memory < 256 << 20


@pytest.mark.parametrize("name", ["JUMPDEST", "ecmul", "point evaluation"])
def test_slow_code_spends_its_gas(name: str) -> None:
    for rules in worst_code.forks(name):
        pace = worst_code.pace(name, rules)
        assert pace.gas == worst_code.GAS
        assert pace.nanoseconds < 5000
