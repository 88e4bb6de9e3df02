"""The driver of `make mutants`: the same faults for the same seed, and the tests that look for them."""

import os
import select
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from tests.mutants import line_map, report
from tests.mutants.areas import AREAS, ROOT, files_with_tests, sources
from tests.mutants.equivalents import EQUIVALENT
from tests.mutants.line_map import LineMap
from tests.mutants.mutations import Mutation, candidates
from tests.mutants.sample import sample
from tests.mutants.trial import Trial

pytestmark = pytest.mark.slow

SOURCE = '''"""Two words of documentation."""

import os
from functions import core

__all__ = ["limit"]

LIMIT = 3


@cached(most=5)
class Row(Struct, frozen=True):
    """More words."""

    size: int = 4


def limit(rows: "list[int] | None", *, most: int = 7) -> int:
    """And more."""
    logger.info("counted", extra={"rows": len(rows)})
    print("counted", len(rows))
    assert most > 0, "it is above none"
    if len(rows) > most:
        raise ValueError("there are too many rows")
    note(rows)
    return sum(rows, start=LIMIT)
'''


def mutations_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str = SOURCE) -> list[Mutation]:
    monkeypatch.setattr("tests.mutants.mutations.ROOT", tmp_path)
    path = tmp_path / "functions" / "some.py"
    path.parent.mkdir()
    path.write_text(source)
    mutations = [candidate.mutation() for candidate in candidates([path])]
    return [mutation for mutation in mutations if mutation is not None]


def test_a_fault_is_one_change_of_what_runs_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutations = mutations_of(tmp_path, monkeypatch)
    changed = {(mutation.before, mutation.after) for mutation in mutations}
    assert ("if len(rows) > most:", "if len(rows) >= most:") in changed
    assert ("note(rows)", "None") in changed
    assert ("return sum(rows, start=LIMIT)", "return sum(rows, )") in changed
    assert ("LIMIT = 3", "LIMIT = 4") in changed
    assert ('logger.info("counted", extra={"rows": len(rows)})', "None") in changed, "an alarm may count it"
    assert ("size: int = 4", "size: int = 5") in changed
    untouched = ("words", "import", "__all__", "cached", "frozen", "print", "assert", "too many", "most: int")
    assert [before for before, _ in changed if any(text in before for text in untouched)] == []
    assert {mutation.line for mutation in mutations} <= {8, 15, 20, 23, 25, 26}
    assert {(mutation.path, mutation.module) for mutation in mutations} == {("functions/some.py", "functions.some")}


def test_the_same_seed_makes_the_same_faults_and_another_seed_others() -> None:
    first, again, other = (sample("backup", seed=seed, size=12) for seed in (1, 1, 2))
    assert [mutation.name for mutation in first] == [mutation.name for mutation in again]
    assert {mutation.name for mutation in first} != {mutation.name for mutation in other}
    assert len(first) == 12


def test_of_a_module_that_only_imports_run_the_tests_of_what_imports_it_are_tried() -> None:
    lines = LineMap()
    lines.seconds = {"tests/unit/core/caliper/test_schema.py::test_a": 0.2, "tests/x.py::test_b": 0.1, "y::c": 0.1}
    lines.by_path["functions/core/caliper/schema/compiled.py"] = {"tests/x.py::test_b"}
    assert lines.tests_of("functions/core/caliper/schema/entities.py", 21) == [
        "tests/unit/core/caliper/test_schema.py::test_a",
        "tests/x.py::test_b",
    ]


def test_a_change_of_other_code_leaves_the_sample_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.mutants.mutations.ROOT", tmp_path)
    monkeypatch.setattr("tests.mutants.sample.sources", lambda _area: [tmp_path / "module.py"])

    def sampled(text: str) -> set[tuple[str, str]]:
        (tmp_path / "module.py").write_text(text)
        return {(mutation.before, mutation.after) for mutation in sample("backup", seed=1, size=8)}

    before = "".join(f"def f{number}(a: int) -> int:\n    return a + {number}\n\n\n" for number in range(20))
    new = "def g(a: int) -> bool:\n    return a > 3\n\n\n"
    assert len(sampled(before)) == 8
    assert len(sampled(before) & sampled(new + before)) >= 6


def test_every_module_of_what_is_deployed_is_in_an_area() -> None:
    sampled = {path for area in AREAS for path in sources(area)}
    modules = {path for folder in ("functions", "infra") for path in (ROOT / folder).rglob("*.py")}
    left_out = {path.relative_to(ROOT) for path in modules - sampled if path.read_text()}
    of_the_laptop = {Path("infra/local"), Path("functions/sign_in_link")}
    assert {path for path in left_out if not of_the_laptop & set(path.parents)} == {
        Path("functions/__init__.py"),
        Path("functions/metrics.py"),
        Path("functions/settings.py"),
    }


def record(file: str, tests: dict[str, float], lines: dict[str, dict[str, list[int]]]) -> dict[str, Any]:
    digests = {path: line_map.digest(ROOT / path) for path in lines}
    return {
        "file": file,
        "tests": list(tests),
        "seconds": list(tests.values()),
        "lines": lines,
        "digests": digests,
    }


@pytest.mark.slow
def test_the_tests_of_a_line_are_those_that_run_it_its_own_and_the_quickest_first() -> None:
    lines, path = LineMap(), "functions/metrics.py"
    lines.add(record("a.py", {"a.py::slow": 2.0, "a.py::quick": 0.1}, {path: {"5": [0, 1], "6": [0], "7": [-1]}}))
    lines.add(record("b.py", {"b.py::other": 1.0}, {path: {"5": [0]}}))
    assert lines.tests_of(path, 5) == ["a.py::quick", "b.py::other", "a.py::slow"]
    assert lines.tests_of(path, 6) == ["a.py::slow"]
    assert lines.tests_of(path, 7) == lines.tests_of(path, 5), "what runs at import is everybody's"
    assert lines.tests_of("functions/settings.py", 5) == []
    path, own = "functions/store/keys.py", "tests/unit/store/c.py::own"
    lines.add(record("tests/unit/store/c.py", {own: 9.0}, {path: {"5": [0]}}))
    lines.add(record("d.py", {"d.py::quick": 0.1}, {path: {"5": [0]}}))
    assert lines.tests_of(path, 5) == [own, "d.py::quick"]


def test_of_a_module_that_changed_since_lines_say_nothing() -> None:
    lines, path = LineMap(), "functions/metrics.py"
    changed = record("a.py", {"a.py::one": 0.1, "a.py::two": 0.2}, {path: {"5": [0], "6": [1]}})
    changed["digests"][path] = "before"
    lines.add(changed)
    assert lines.tests_of(path, 5) == ["a.py::one", "a.py::two"]


def test_what_a_fixture_runs_is_noticed_by_any_test_of_its_file() -> None:
    lines, path = LineMap(), "infra/bucket.py"
    lines.add(record("t.py", {"t.py::first": 9.0, "t.py::second": 0.1}, {path: {"5": [0]}}))
    assert lines.tests_of(path, 5) == ["t.py::second", "t.py::first"]


def test_what_was_not_run_is_no_fault_that_was_noticed() -> None:
    mutation = Mutation(path="p", line=1, operator="o", before="a", after="b", source="")
    survivors = [
        outcome
        for outcome in ("noticed", "too slow", "survived", "not run", "broken")
        if Trial(mutation=mutation, outcome=outcome, tests=0).is_survivor
    ]
    assert survivors == ["survived", "not run", "broken"]


def test_each_fault_that_is_none_is_in_the_code_and_has_its_reason() -> None:
    for (path, before, _), reason in EQUIVALENT.items():
        text = " ".join((ROOT / path).read_text().split())
        assert before in text, f"{path}: {before}"
        assert reason


PROGRAM = """
from pathlib import Path
from tests.mutants.areas import sources
from tests.mutants.children import in_child
from tests.mutants.in_place import apply
from tests.mutants.mutations import candidates
from tests.mutants.place import put

path = next(one for one in sources("core") if one.name == "schedule.py")
before = path.read_text()
mutations = [one.mutation() for one in candidates([path])]
(fault,) = [one for one in mutations if "failures < 1 else" in one.after]

def waits():
    from functions.core.webhooks.schedule import probe_us
    return probe_us(1, now_us=0) // 1_000_000

def fresh():
    put(fault)
    return waits()

def in_place():
    was = waits()
    assert was == 5 and apply(fault)
    return waits()

print(in_child(fresh, limit_s=60, output=None), in_child(in_place, limit_s=60, output=None))
print(in_child(lambda: 1 / 0, limit_s=60, output=Path(OUT)), path.read_text() == before, waits())
"""


@pytest.mark.slow
def test_a_fault_is_only_in_the_child_that_tries_it(tmp_path: Path) -> None:
    program = PROGRAM.replace("OUT", repr(str(tmp_path / "log")))
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["60", "60", "3", "True", "5"], done.stderr


def test_the_tests_that_look_for_faults_are_all_that_need_no_stack() -> None:
    files = [str(path.relative_to(ROOT / "tests")) for path in files_with_tests()]
    assert {"unit/storing/test_pipeline.py", "infra/test_alarms.py"} <= set(files)
    assert list(dict.fromkeys(name.partition("/")[0] for name in files)) == ["unit", "integration", "infra"]


def test_a_run_that_tried_nothing_has_no_score_and_forgets_no_survivor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    kept = tmp_path / "store-1-60.json"
    kept.write_text('["a survivor"]')
    options = Namespace(seed=1, sample=60, again=False)
    report.Report("store", sample("store", seed=1, size=1), options).write()
    assert capsys.readouterr().out == "store: nothing was tried in the time that MINUTES gives, seed 1\n"
    report.Report("store", (), options).write()
    assert capsys.readouterr().out == "store: nothing was tried because nothing is left to try, seed 1\n"
    assert kept.read_text() == '["a survivor"]'


FAMILY = """
import os, signal, sys
from tests.mutants.children import in_child


def wait():
    os.write(TOLD, b"%d " % os.getpid())
    signal.pause()
    return 0


TOLD = int(sys.argv[1])
in_child(lambda: in_child(wait, limit_s=None, output=None), limit_s=None, output=None)
"""


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_a_run_ends_all_that_it_began(ended_by: signal.Signals) -> None:
    reads, writes = os.pipe()
    run = subprocess.Popen(
        [sys.executable, "-c", FAMILY, str(writes)], cwd=ROOT, pass_fds=[writes], stderr=subprocess.DEVNULL
    )
    os.close(writes)
    assert os.read(reads, 100), "the child of a child is there"
    run.send_signal(ended_by)
    run.wait(timeout=30)
    is_over, _, _ = select.select([reads], [], [], 30)
    assert is_over
    assert os.read(reads, 100) == b"", "nobody holds the pipe any more"
    os.close(reads)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["--sample", "0"], "SAMPLE is a whole number of faults from 1 on, not '0'"),
        (["--sample", "-3"], "SAMPLE is a whole number of faults from 1 on, not '-3'"),
        (["--sample", "ten"], "SAMPLE is a whole number of faults from 1 on, not 'ten'"),
        (["--minutes", "0"], "MINUTES is a number above 0, not '0'"),
        (["--minutes", "nan"], "MINUTES is a number above 0, not 'nan'"),
        (["--minutes", "abc"], "MINUTES is a number above 0, not 'abc'"),
        (["nosuch"], "no such area: nosuch; there are "),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_runs(arguments: list[str], refusal: str) -> None:
    command = [sys.executable, "-m", "tests.mutants", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert refusal in done.stderr
