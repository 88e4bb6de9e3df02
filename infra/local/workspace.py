"""One local stack's place on disk, its environment, and its endpoint file.

Everything that a local stack writes is below one directory of the checkout, so two checkouts, and a developer's stack
beside the one of the tests, do not meet. `endpoint.json` is the contract with every tool that talks to the stack;
`endpoint.env` holds the same as shell variables.
"""

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import boto3

from infra.packaging.package import ROOT

REGION = "us-east-1"
ACCOUNT = "000000000000"
# The CDK CLI remembers the account of a key; a key that looks real might be that of an account.
ACCESS_KEY = "LOCALCALIPER"
SECRET = "local"  # noqa: S105  # MiniStack checks none


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the running stack is, how to talk to it and what it was deployed with. All text: shells read it, too."""

    url: str
    token_url: str
    client_id: str
    client_secret: str
    app_id: str
    lms_client_id: str
    lms_client_secret: str
    sensor_key: str
    table: str
    registry_table: str
    bucket: str
    bus: str
    queue_url: str
    dlq_url: str
    aws_endpoint_url: str
    aws_key: str
    region: str
    user_pool_id: str
    console_client_id: str
    audit_group: str
    retention_days: str
    idle_minutes: str
    heartbeat_minutes: str
    insights: str  # JSON
    deliveries_url: str = ""
    given_up_url: str = ""
    lake_bucket: str = ""  # this and the next: empty if the stack has no lake
    lake_queue_url: str = ""
    lake_database: str = ""
    lake_workgroup: str = ""
    lake_function: str = ""


class Workspace:
    """The directory of one local stack: `.local` for `make up`, another for tests."""

    def __init__(self, directory: Path = ROOT / ".local") -> None:
        self.directory = directory
        self.endpoint_file = directory / "endpoint.json"
        self.shell_file = directory / "endpoint.env"
        self.emulator_file = directory / "emulator.json"
        self.lock_file = directory / "lock"
        self.log = directory / "emulator.log"
        self.scratch = directory / "emulator"
        self.assembly = directory / "cdk.out"
        self.outputs_file = directory / "outputs.json"

    def endpoint(self) -> Endpoint | None:
        """What is running, or None."""
        try:
            endpoint = json.loads(self.endpoint_file.read_text())
            return Endpoint(**{field.name: endpoint[field.name] for field in fields(Endpoint)})
        except (FileNotFoundError, ValueError, LookupError, TypeError):  # none, or none of ours
            return None

    def write_endpoint(self, endpoint: Endpoint) -> None:
        """Both files hold secrets of the local apps, so only their owner may read them."""
        values = asdict(endpoint)
        write_private(self.shell_file, "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()))
        write_private(self.endpoint_file, json.dumps(values, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.rename(path)


def clean_environment(base: Mapping[str, str], *, aws_endpoint_url: str = "", aws_key: str = "") -> dict[str, str]:
    """`base` without anything that could reach a real AWS account, plus the address and key of the emulator.

    Made-up keys, no profiles, no shared files: a call that misses its endpoint fails instead of going to AWS.
    """
    kept = {name: value for name, value in base.items() if not name.startswith(("AWS_", "CDK_"))}
    local = "127.0.0.1,localhost"
    return kept | {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        **({"AWS_SESSION_TOKEN": aws_key} if aws_key else {}),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": aws_endpoint_url or "http://127.0.0.1:9",  # the discard port: nothing answers
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "CDK_HOME": str(ROOT / ".local" / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "NO_PROXY": ",".join(filter(None, [base.get("NO_PROXY"), local])),
        "no_proxy": ",".join(filter(None, [base.get("no_proxy"), local])),
    }


def client(service: str, aws_endpoint_url: str, aws_key: str) -> Any:
    """A boto3 client of the emulator that was started with that key, whatever the environment says."""
    session = boto3.Session(
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET, aws_session_token=aws_key, region_name=REGION
    )
    return session.client(service, endpoint_url=aws_endpoint_url)  # type: ignore[call-overload]  # not a literal
