"""`make mutants`: a seeded sample of faults in each area, how many the tests notice, and those that they do not."""

import argparse
import contextlib
import math
import os
import pickle
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutants import line_map
from tests.mutants.areas import AREAS, files_with_tests, folders_of
from tests.mutants.children import import_libraries, in_child
from tests.mutants.collected import Collected, with_collected
from tests.mutants.mutations import Mutation
from tests.mutants.report import Report
from tests.mutants.sample import sample
from tests.mutants.trial import Trial, attempt

TRIALS = line_map.FOLDER / f"trials-{os.getpid()}.pickle"  # several runs may go on at once


def record_lines(collected: Collected, files: Sequence[Path], areas: Sequence[str], *, until: float) -> None:
    """Record which lines the test files run, those that were not recorded, beginning with the areas' own tests."""
    waiting = [file for file in files if not line_map.is_recorded(file)]
    waiting.sort(key=lambda file: not set(areas) & set(folders_of(file)))
    for number, file in enumerate(waiting, 1):
        if time.monotonic() > until:
            say("half of MINUTES are over: tests whose lines are not recorded are not tried on what survives")
            return
        say(f"lines: {number} of {len(waiting)}, {file.name}")
        if not collected.record(file):
            say(f"lines: {file.name} was not recorded: see {line_map.FOLDER}/record.log")


def say(text: str) -> None:
    """To standard error, which pytest has taken over where tests are collected."""
    os.write(_STANDARD_ERROR, f"{text}\n".encode())


def in_place(mutations: Sequence[Mutation], options: argparse.Namespace, *, began: float) -> list[Trial | None]:
    """Try what is in functions, in a process of its own that holds all tests; None for each of the others."""
    files = [file for file in files_with_tests() if "infra" not in folders_of(file) or "infra" in options.areas]
    limit_s = options.minutes * 60

    def act(collected: Collected) -> None:
        record_lines(collected, files, options.areas, until=began + limit_s / 2)
        lines = line_map.read(files)
        trials: list[Trial | None] = []
        for mutation in mutations:
            if time.monotonic() > began + limit_s:
                break
            is_elsewhere = mutation.path.startswith("infra/")
            trials.append(None if is_elsewhere else collected.attempt(mutation, lines))
            TRIALS.write_bytes(pickle.dumps(trials))

    TRIALS.parent.mkdir(parents=True, exist_ok=True)
    TRIALS.unlink(missing_ok=True)
    if in_child(lambda: with_collected(files, act), limit_s=None, output=line_map.FOLDER / "collected.log") is None:
        raise RuntimeError("the tests could not be collected")
    trials: list[Trial | None] = pickle.loads(TRIALS.read_bytes()) if TRIALS.exists() else []
    TRIALS.unlink(missing_ok=True)
    return trials


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("areas", nargs="*", help=f"of {', '.join(AREAS)}; all if none is named")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", type=_sample, default=200)
    parser.add_argument("--again", action="store_true", help="only what survived the last time with this seed and size")
    parser.add_argument("--minutes", type=_minutes, default=math.inf, help="after which it stops")
    options = parser.parse_args()
    unknown = set(options.areas) - set(AREAS)
    if unknown:
        parser.error(f"no such area: {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}")
    options.areas = options.areas or list(AREAS)
    began = time.monotonic()
    import_libraries()
    reports = [Report(area, sample(area, seed=options.seed, size=options.sample), options) for area in options.areas]
    waiting = [(report, mutation) for report in reports for mutation in report.waiting]
    trials = in_place([mutation for _, mutation in waiting], options, began=began)
    lines = line_map.read(files_with_tests())
    for (report, mutation), trial in zip(waiting, trials, strict=False):
        if trial is not None:
            report.add(trial)
        elif time.monotonic() <= began + options.minutes * 60:
            report.add(attempt(mutation, lines))
    for report in reports:
        report.write()
    return 0 if any(report.trials or not report.waiting for report in reports) else 1


def _sample(text: str) -> int:
    with contextlib.suppress(ValueError):
        if int(text) > 0:
            return int(text)
    raise argparse.ArgumentTypeError(f"SAMPLE is a whole number of faults from 1 on, not {text!r}")


def _minutes(text: str) -> float:
    with contextlib.suppress(ValueError):
        if float(text) > 0:
            return float(text)
    raise argparse.ArgumentTypeError(f"MINUTES is a number above 0, not {text!r}")


_STANDARD_ERROR = os.dup(2)

if __name__ == "__main__":
    sys.exit(main())
