"""`make mutants`: a seeded sample of faults in each area, how many the tests notice, and those that they do not."""

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice, zip_longest
from pathlib import Path

from tests.mutants import line_map
from tests.mutants.areas import AREAS, files_with_tests, sources
from tests.mutants.children import import_libraries
from tests.mutants.equivalents import EQUIVALENT
from tests.mutants.mutations import Candidate, Mutation, candidates
from tests.mutants.trial import Trial, attempt


def sample(area: str, *, seed: int, size: int) -> list[Mutation]:
    """The same faults each time, as long as the area's code is the same.

    Each operator has as many as any other, if there are: of all places three in five are an argument that becomes None,
    which most tests notice.
    """
    by_operator: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates(sources(area)):
        by_operator[candidate.operator].append(candidate)
    chance = random.Random(f"{area} {seed}")
    for of_operator in by_operator.values():
        chance.shuffle(of_operator)
    in_turn = (mutation for row in zip_longest(*by_operator.values()) for mutation in row if mutation is not None)
    mutations = (candidate.mutation() for candidate in in_turn)
    return list(islice((mutation for mutation in mutations if mutation is not None), size))


def record_lines(files: Sequence[Path], *, until: float) -> bool:
    """Record which lines the test files run, those that were not recorded; whether all are recorded now."""
    waiting = [file for file in files if not line_map.is_recorded(file)]
    for number, file in enumerate(waiting, 1):
        if time.monotonic() > until:
            return False
        print(f"lines: {number} of {len(waiting)}, {file.name}", file=sys.stderr, flush=True)
        if not line_map.record(file):
            print(f"lines: {file.name} was not recorded: see {line_map.FOLDER}/record.log", file=sys.stderr)
    return True


def try_area(area: str, lines: line_map.LineMap, options: argparse.Namespace, *, until: float) -> list[Trial]:
    """Try the sample of an area, or what of it survived the last time."""
    results = line_map.FOLDER / f"{area}-{options.seed}-{options.sample}.json"
    sampled = sample(area, seed=options.seed, size=options.sample)
    survived: set[tuple[str, ...]] | None = None
    if options.again and results.exists():
        survived = {tuple(name) for name in json.loads(results.read_text())["survivors"]}
    trials: list[Trial] = []
    for mutation in sampled:
        if time.monotonic() > until:
            break
        if mutation.name in EQUIVALENT or (survived is not None and mutation.name not in survived):
            continue
        trials.append(attempt(mutation, lines))
        if trials[-1].is_survivor:
            print_survivor(trials[-1])
    survivors = [trial.mutation.name for trial in trials if trial.is_survivor]
    known = sum(mutation.name in EQUIVALENT for mutation in sampled)
    results.write_text(json.dumps({"survivors": survivors, "trials": [asdict(trial) for trial in trials]}))
    outcomes = Counter(trial.outcome for trial in trials)
    share = (len(trials) - len(survivors)) / len(trials) if trials else 1.0
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    equal = f"; {known} equivalent left out" if known else ""
    print(f"{area}: {share:.0%} of {len(trials)} noticed ({counts}{equal}), seed {options.seed}", flush=True)
    return trials


def print_survivor(trial: Trial) -> None:
    mutation = trial.mutation
    print(f"  {mutation.path}:{mutation.line} {trial.outcome}, {trial.tests} tests\n    - {mutation.before}")
    print(f"    + {mutation.after}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("areas", nargs="*", help=f"of {', '.join(AREAS)}; all if none is named")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--again", action="store_true", help="only what survived the last time with this seed and size")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="after which it stops")
    options = parser.parse_args()
    unknown = set(options.areas) - set(AREAS)
    if unknown:
        parser.error(f"no such area: {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}")
    until = time.monotonic() + options.minutes * 60
    import_libraries()
    files = list(files_with_tests())
    if not record_lines(files, until=until):
        print("the lines are not all recorded yet: the same command goes on with it", file=sys.stderr)
        return 1
    lines = line_map.read(files)
    trials = [trial for area in options.areas or AREAS for trial in try_area(area, lines, options, until=until)]
    return 0 if trials else 1


if __name__ == "__main__":
    sys.exit(main())
