"""What a cold start costs: CPU of importing a handler in a fresh interpreter, from a package as it is deployed.

It is the very zip that `infra` deploys (for this machine's processor): our source and the locked wheels, boto3 among
them, compiled for good. `privacy` runs from the lake's package, and is compared with the boto3 of that; it loads none
of the lake's libraries at import.
"""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from infra.packaging.asset_contents import LAKE, SHARED, Contents
from infra.packaging.package import AT_HAND, build
from tests.bench.measure import Figure, median

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".local" / "bench"
RUNS = 10
# All but the lake, which no one waits for, and the one that only the local stack has.
HANDLERS = {
    SHARED: (
        *("validate", "process", "timeout", "authorize", "query", "backup"),
        *("manage", "deliver", "importer", "intake", "canary"),
    ),
    LAKE: ("privacy",),
}

STEPS = """
import json, sys, time
sys.path.insert(0, {task!r})
def cpu(what):
    start = time.process_time()
    exec(what, {{}})
    return (time.process_time() - start) * 1000
print(json.dumps([cpu(step) for step in {steps!r}]))
"""
FIRST_REQUEST = """
from functions.core.apps import App
from functions.validate.ingest import ingest
class DiscardingQueue:
    def send(self, bodies, *, group): return []
body = {body!r}
app = App(app_id="a", tenant="t" * 22, edapps=("*",))
assert ingest(body, app=app, queue=DiscardingQueue(), now_us=1, nonce=b"12345678")["statusCode"] == 200
"""
CLIENT = """
import boto3
boto3.client({service!r}, region_name="us-east-1", aws_access_key_id="b", aws_secret_access_key="b")
"""


def deployed(contents: Contents = SHARED) -> str:
    """The folder to import from: a package, unpacked."""
    package = build(AT_HAND, contents)
    task = PLACE / f"{contents.name}-{package.digest}"
    if not task.exists():
        for old in PLACE.glob(f"{contents.name}-*"):
            shutil.rmtree(old)
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(task)
    return str(task)


def cpu_ms(task: str, *steps: str) -> list[float]:
    """CPU milliseconds of each step, one after the other in one interpreter; the median of RUNS fresh ones."""
    return [median(samples) for samples in zip(*(_run(task, *steps) for _ in range(RUNS)), strict=True)]


def _run(task: str, *steps: str) -> list[float]:
    command = [sys.executable, "-I", "-S", "-B", "-c", STEPS.format(task=task, steps=steps)]
    milliseconds: list[float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return milliseconds


def _once(task: str, step: str) -> float:
    (milliseconds,) = _run(task, step)
    return milliseconds


def _imports(task: str, names: Iterable[str]) -> Iterator[Figure]:
    for name in names:
        # One right after the other, because the machine's speed changes while others work on it.
        rounds = [(_once(task, f"import functions.{name}.handler"), _once(task, "import boto3")) for _ in range(RUNS)]
        yield Figure(f"import_{name}_ms", median([ours for ours, _ in rounds]), "ms CPU")
        ratio = median([ours / boto3 for ours, boto3 in rounds])
        yield Figure(f"import_vs_boto3:{name}", ratio, "× CPU of `import boto3` in the same round")


def figures(body: bytes) -> Iterator[Figure]:
    """Imports of the handlers, each beside a bare boto3, then where `validate`'s cold start goes."""
    for contents, names in HANDLERS.items():
        yield from _imports(deployed(contents), names)
    task = deployed()
    steps = {
        "powertools": "import aws_lambda_powertools",
        "boto3": "import boto3, botocore.config",
        "pydantic": "import pydantic",
        "parsers": "import orjson, msgspec, zstandard",
        "ours": "import functions.validate.handler",
        "client": CLIENT.format(service="sqs"),
        "first_request": FIRST_REQUEST.format(body=body),
    }
    for name, value in zip(steps, cpu_ms(task, *steps.values()), strict=True):
        yield Figure(f"cold_validate_ms:{name}", value, "ms CPU")
