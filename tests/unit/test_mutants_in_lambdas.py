"""Faults in functions that others make: which tests run them, and that those made before do not hide the fault."""

import subprocess
import sys

import pytest

from tests.mutants.areas import ROOT

PROGRAM = """
from functions.core.caliper.house_rules.predicates import PREDICATES
from tests.mutants.areas import sources
from tests.mutants.in_place import is_in_inner
from tests.mutants.mutations import candidates
from tests.mutants.recording import Recorder

recorder = Recorder()
recorder.start()
for name in ("first", "second"):
    with recorder.recording(name):
        PREDICATES["named"].fault({}, "")
(numbers,) = recorder.lines["functions/core/caliper/house_rules/predicates.py"].values()
paths = [path for path in sources("core") if path.name == "predicates.py"]
faults = [fault for fault in (each.mutation() for each in candidates(paths)) if fault is not None]
inner = {fault.after for fault in faults if is_in_inner(fault)}
print(sorted(numbers), "return lambda _value, _argument: None" in inner, "return set(None)" in inner)
"""


@pytest.mark.slow
def test_a_lambda_of_one_line_has_its_tests_and_is_known_for_what_may_be_made_already() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[0, 1] True False", done.stderr
