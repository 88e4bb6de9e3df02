"""Where a stack's lake is, and the lake opened for an operator's command."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.lake.iceberg.catalog import LakeCatalog
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.inbox import Inbox
from functions.lake.opened_lake import Lake, opened
from functions.operate.connection import Target, TargetError

OUTPUTS_FILE = Path(".local/outputs.json")  # what the CDK wrote when the local stack was deployed
OUTPUTS = {
    "bucket": "LakeBucketName",
    "queue_url": "LakeQueueUrl",
    "database": "LakeDatabase",
    "workgroup": "LakeWorkGroup",
    "function": "LakeFunctionName",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Names of the lake's parts in a stack."""

    target: Target
    bucket: str
    queue_url: str
    database: str
    workgroup: str
    function: str

    @contextmanager
    def opened(self) -> Iterator[Lake]:
        """The tables, and a DuckDB on this machine."""
        store = ObjectStore(self.target.client("s3"))
        catalog = LakeCatalog(
            self.target.client("glue"), store, database=self.database, warehouse=f"s3://{self.bucket}"
        )
        with opened(catalog, store) as lake:
            yield lake

    def inbox(self) -> Inbox:
        """The lake's queue."""
        return Inbox(self.target.client("sqs"), self.queue_url)


def place_of(target: Target, stack: str | None, outputs_file: Path = OUTPUTS_FILE) -> Place:
    """The lake of the stack. Raises TargetError if it has none."""
    outputs = _deployed(target, stack) if stack else _local(outputs_file)
    missing = [output for output in OUTPUTS.values() if output not in outputs]
    if missing:
        raise TargetError("The stack has no lake: deploy it with `lake=true` (the default).")
    return Place(target, **{name: outputs[output] for name, output in OUTPUTS.items()})


def _local(outputs_file: Path) -> dict[str, str]:
    try:
        (outputs,) = json.loads(outputs_file.read_text()).values()
    except FileNotFoundError as error:
        raise TargetError(f"No local stack: {outputs_file} is missing. Start one with `make up`.") from error
    # Not by a name that may mean ::1, where nothing listens.
    return {name: value.replace("//localhost:", "//127.0.0.1:") for name, value in outputs.items()}


def _deployed(target: Target, stack: str) -> dict[str, str]:
    found: Any = target.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
