"""Up, down and status of one local stack."""

import json
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any

import httpx

from functions.aws.registry import Registry
from functions.aws.table import DynamoTable
from functions.operate.registration import register
from infra.config import Config
from infra.local import emulator
from infra.local.deployment import deploy, synthesise
from infra.local.emulator import Emulator
from infra.local.report import Progress, Stopped
from infra.local.site import REGION, Endpoint, Site, client

DEMO_APP_ID = "urn:uuid:0f5a7c1e-52c8-4b7e-9a2f-6d1c3e8b4a90"
WARM_SECONDS = 30
FUNCTIONS: dict[str, dict[str, Any]] = {
    "Process": {"Records": []},
    "Timeout": {},
}
# those that no request reaches, each with an event that does nothing


def up(site: Site, config: Config, progress: Progress, *, port: int | None = None) -> Endpoint:
    """The stack of `config`, running and answering; a running one that is another is replaced.

    Raises Stopped, and leaves no process behind, where it cannot be had.
    """
    site.directory.mkdir(parents=True, exist_ok=True)
    with ending_on_signals():
        synthesise(site, config, progress)
        found = _still_good(site)
        if found is not None:
            progress.step(f"already up: {found.url}")
            return found
        if down(site):
            progress.step("ending the stack that ran: its settings or its code were others")
        try:
            progress.step("starting the AWS emulator")
            running = emulator.start(site, port=port)
            with emulator.needed(site):
                outputs = deploy(site, config, running.url, progress)
                url = f"{running.url}/_aws/execute-api/{outputs['ApiId']}"
                progress.step("registering the two demonstration apps, waking the functions")
                endpoint = _endpoint(outputs, url, running)
                _warm(endpoint)
            site.write_endpoint(endpoint)
            (site.directory / "up.stamp").write_text((site.directory / "cdk.out.stamp").read_text())
        except BaseException:
            down(site)
            raise
    progress.step(f"up: {endpoint.url}")
    return endpoint


def down(site: Site) -> bool:
    """End the stack and remove what it wrote, the caches of the next start excepted. Whether one was running."""
    was_running = emulator.stop(site)
    for path in (site.endpoint_file, site.outputs_file, site.directory / "up.stamp"):
        path.unlink(missing_ok=True)
    return was_running


def status(site: Site) -> dict[str, Any] | None:
    """What runs and how full the queues are; None where nothing does."""
    endpoint, running = site.endpoint(), emulator.running(site)
    if endpoint is None or running is None:
        return None
    sqs = client("sqs", endpoint.aws_endpoint_url)

    def waiting(url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    return {
        "url": endpoint.url,
        "answers": _request(f"{endpoint.url}/health")[0] == 200,
        "pid": running.pid,
        "queue": waiting(endpoint.queue_url),
        "dead letters": waiting(endpoint.dlq_url),
        "endpoint file": str(site.endpoint_file),
    }


def _still_good(site: Site) -> Endpoint | None:
    """The running endpoint, where it is of the very template at hand."""
    endpoint, running, stamp = site.endpoint(), emulator.running(site), site.directory / "up.stamp"
    if endpoint is None or running is None or not running.answers() or not stamp.exists():
        return None
    return endpoint if stamp.read_text() == (site.directory / "cdk.out.stamp").read_text() else None


def _endpoint(outputs: Mapping[str, str], url: str, running: Emulator) -> Endpoint:
    registry = Registry(DynamoTable(client("dynamodb", running.url), outputs["TableName"]))
    cognito = client("cognito-idp", running.url)
    pool = outputs["UserPoolId"]
    app = register(
        registry,
        cognito,
        user_pool_id=pool,
        name="Demonstration app",
        app_id=DEMO_APP_ID,
        edapps=[DEMO_APP_ID],
        house="timeback",
    )
    lms = register(registry, cognito, user_pool_id=pool, name="Demonstration LMS", edapps=["*"])
    return Endpoint(
        url=url,
        token_url=f"{url}/oauth2/token",
        client_id=app.client_id,
        client_secret=app.client_secret,
        app_id=app.app.app_id,
        lms_client_id=lms.client_id,
        lms_client_secret=lms.client_secret,
        sensor_key=lms.sensor_key,
        table=outputs["TableName"],
        bucket=outputs["BucketName"],
        # Not by a name that may mean ::1, where nothing listens.
        queue_url=outputs["QueueUrl"].replace("//localhost:", "//127.0.0.1:"),
        dlq_url=outputs["DeadLetterQueueUrl"].replace("//localhost:", "//127.0.0.1:"),
        aws_endpoint_url=running.url,
        region=REGION,
        user_pool_id=pool,
    )


def _warm(endpoint: Endpoint) -> None:
    """Call each function once, so that nobody's first request waits for a cold start."""
    lambdas = client("lambda", endpoint.aws_endpoint_url)
    names = [found["FunctionName"] for found in lambdas.list_functions()["Functions"]]

    def invoke(part: str) -> tuple[str, str]:
        (name,) = [name for name in names if f"-{part}Function" in name]
        answer = lambdas.invoke(FunctionName=name, Payload=json.dumps(FUNCTIONS[part]).encode())
        return part.lower(), answer["Payload"].read().decode() if "FunctionError" in answer else ""

    def validate() -> tuple[str, str]:
        status, body = _request(f"{endpoint.url}/caliper/event", key=endpoint.sensor_key, body=b"{}")
        return "authorize or validate", "" if 0 < status < 500 else body

    def query() -> tuple[str, str]:
        status, body = _request(f"{endpoint.url}/health")
        return "query", "" if status == 200 else f"{status} {body}"

    with ThreadPoolExecutor() as pool:
        calls = [
            pool.submit(validate),
            pool.submit(query),
            *(pool.submit(invoke, part) for part in FUNCTIONS),
        ]
        for call in calls:
            name, wrong = call.result()
            if wrong:
                raise Stopped(f"{name} does not run:\n{wrong[:2000]}", "mend the function; `make test` finds such")


def _request(url: str, *, key: str = "", body: bytes | None = None) -> tuple[int, str]:
    """Status and text of the answer; status 0 and the reason where there is none."""
    headers = {"Authorization": key, "Content-Type": "application/json"} if key else {}
    try:
        with httpx.Client(timeout=WARM_SECONDS, trust_env=False) as http:
            answer = http.request("GET" if body is None else "POST", url, content=body, headers=headers)
    except httpx.HTTPError as error:
        return 0, str(error)
    return answer.status_code, answer.text


class Interrupted(BaseException):
    """The program was told to end (SIGTERM, SIGHUP)."""


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind as Ctrl-C does, so that the emulator is ended on the way out."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(signal.Signals(number).name)

    try:
        before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    except ValueError:  # not in the main thread: somebody else's business
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def config_from(environment: Mapping[str, str], **defaults: Any) -> Config:
    """The local configuration: what `app.py` reads, from the environment of the command."""
    chosen = {name: environment[name.upper()] for name in Config.model_fields if environment.get(name.upper())}
    return Config.model_validate({**defaults, **chosen, "stage": "local"})


def port_from(environment: Mapping[str, str]) -> int | None:
    """`LOCAL_PORT`, where it is set."""
    text = environment.get("LOCAL_PORT", "")
    if not text:
        return None
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise Stopped(f"LOCAL_PORT={text} is no port", "use a number from 1024 to 65535, or leave it out")
    return int(text)
