"""What came of an area's sample: printed, and kept for the next run to try again what survived."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence

from tests.mutants.equivalents import EQUIVALENT
from tests.mutants.line_map import FOLDER
from tests.mutants.mutations import Mutation
from tests.mutants.trial import Trial


class Report:
    """One area. `waiting`: the faults of its sample that are to be tried."""

    def __init__(self, area: str, sampled: Sequence[Mutation], options: argparse.Namespace) -> None:
        self._area, self._seed = area, options.seed
        self._file = FOLDER / f"{area}-{options.seed}-{options.sample}.json"
        self._equivalent = sum(mutation.name in EQUIVALENT for mutation in sampled)
        self.waiting = [mutation for mutation in sampled if mutation.name not in EQUIVALENT]
        self.trials: list[Trial] = []
        if options.again and self._file.exists():
            survived = {tuple(name) for name in json.loads(self._file.read_text())}
            self.waiting = [mutation for mutation in self.waiting if mutation.name in survived]

    def add(self, trial: Trial) -> None:
        """One more; what survived is printed."""
        self.trials.append(trial)
        if trial.is_survivor:
            mutation = trial.mutation
            print(f"  {mutation.path}:{mutation.line} {trial.outcome}, {trial.tests} tests\n    - {mutation.before}")
            print(f"    + {mutation.after}", flush=True)

    def write(self) -> None:
        """Print the score, and keep what survived. If nothing was tried there is no score, and nothing to keep."""
        if not self.trials:
            why = "in the time that MINUTES gives" if self.waiting else "because nothing is left to try"
            print(f"{self._area}: nothing was tried {why}, seed {self._seed}", flush=True)
            return
        survivors = [trial.mutation.name for trial in self.trials if trial.is_survivor]
        self._file.write_text(json.dumps(survivors))
        share = (len(self.trials) - len(survivors)) / len(self.trials)
        outcomes = Counter(trial.outcome for trial in self.trials)
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        equal = f"; {self._equivalent} equivalent left out" if self._equivalent else ""
        print(
            f"{self._area}: {share:.0%} of {len(self.trials)} noticed ({counts}{equal}), seed {self._seed}", flush=True
        )
