"""Up and down of one local stack."""

from collections.abc import Callable, Mapping

from functions.core.apps import App
from functions.operate.connection import LAKE_OUTPUTS
from functions.operate.registry.registration import register
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from infra.config import Config
from infra.local.deployment import deploy, synthesise
from infra.local.emulation import emulator
from infra.local.emulation.emulator import Emulator
from infra.local.emulation.health import warm
from infra.local.lock import locked
from infra.local.report import Progress, Stopped
from infra.local.signals import ending_on_signals
from infra.local.workspace import REGION, Endpoint, Workspace, client

DEMO_APP_ID = "urn:uuid:0f5a7c1e-52c8-4b7e-9a2f-6d1c3e8b4a90"


def up(
    workspace: Workspace,
    config: Config,
    progress: Progress,
    *,
    port: int | None = None,
    may_replace: Callable[[str], bool] = lambda _question: True,
) -> Endpoint:
    """The stack of `config`, running and answering; a running one of other code or settings is replaced.

    `may_replace` is asked before the running one goes with its data. Waits for another command on this workspace.
    Raises Stopped, and leaves no process behind, if it cannot be had.
    """
    with ending_on_signals(), locked(workspace, progress):
        synthesise(workspace, config, progress)
        current = _current(workspace)
        if current is not None:
            progress.step(f"already up: {current.url}")
            return current
        if emulator.running(workspace) is not None:
            loss = "the stack that runs has other code or settings; if it is replaced, its data is lost"
            if not may_replace(f"{loss}. Replace it?"):
                raise Stopped(f"{loss}, so it was left as it is", "`make down` ends it; REPLACE=1 replaces it unasked")
            progress.step(f"ending the running stack: {loss}")
        _end(workspace)
        try:
            progress.step("starting the AWS emulator")
            running = emulator.start(workspace, port=port)
            with emulator.needed(workspace):
                outputs = deploy(workspace, config, running, progress)
                url = f"{running.url}/_aws/execute-api/{outputs['ApiId']}"
                progress.step("registering the two demonstration apps, waking the functions")
                endpoint = _endpoint(outputs, url, running)
                warm(endpoint)
            workspace.write_endpoint(endpoint)
            (workspace.directory / "up.stamp").write_text((workspace.directory / "cdk.out.stamp").read_text())
        except BaseException:
            _end(workspace)
            raise
    progress.step(f"up: {endpoint.url}")
    return endpoint


def down(workspace: Workspace, progress: Progress | None = None) -> bool:
    """End the stack and remove what it wrote, except the caches of the next start. Whether one was running."""
    with locked(workspace, progress or Progress(quiet=True)):
        return _end(workspace)


def _end(workspace: Workspace) -> bool:
    # The endpoint file goes first: without it `make local`, waiting beside, does not take the end for a crash.
    for path in (
        workspace.endpoint_file,
        workspace.shell_file,
        workspace.outputs_file,
        workspace.directory / "up.stamp",
    ):
        path.unlink(missing_ok=True)
    return emulator.stop(workspace)


def _current(workspace: Workspace) -> Endpoint | None:
    """The running endpoint, if it is of the very template at hand."""
    endpoint, running, stamp = workspace.endpoint(), emulator.running(workspace), workspace.directory / "up.stamp"
    if endpoint is None or running is None or not running.answers() or not stamp.exists():
        return None
    return endpoint if stamp.read_text() == (workspace.directory / "cdk.out.stamp").read_text() else None


def _reachable(output: str) -> str:
    """A URL not by a name that may mean ::1, where nothing listens."""
    return output.replace("//localhost:", "//127.0.0.1:")


def _endpoint(outputs: Mapping[str, str], url: str, running: Emulator) -> Endpoint:
    registry = Registry(DynamoTable(client("dynamodb", running.url, running.key), outputs["RegistryTableName"]))
    cognito = client("cognito-idp", running.url, running.key)
    pool = outputs["UserPoolId"]
    app = register(
        registry,
        cognito,
        App(app_id=DEMO_APP_ID, tenant="", name="Demonstration app", house="timeback"),
        user_pool_id=pool,
    )
    demonstration_lms = App(app_id="", tenant="", name="Demonstration LMS", edapps=("*",))
    lms = register(registry, cognito, demonstration_lms, user_pool_id=pool)
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
        registry_table=outputs["RegistryTableName"],
        bucket=outputs["BucketName"],
        bus=outputs["BusName"],
        queue_url=_reachable(outputs["QueueUrl"]),
        dlq_url=_reachable(outputs["DeadLetterQueueUrl"]),
        deliveries_url=_reachable(outputs["DeliverQueueUrl"]),
        given_up_url=_reachable(outputs["DeliverDeadLetterQueueUrl"]),
        aws_endpoint_url=running.url,
        aws_key=running.key,
        region=REGION,
        user_pool_id=pool,
        console_client_id=outputs["ConsoleClientId"],
        audit_group=outputs["AuditLogGroup"],
        retention_days=outputs["RetentionDays"],
        idle_minutes=outputs["IdleMinutes"],
        heartbeat_minutes=outputs["HeartbeatMinutes"],
        insights=outputs["InsightThresholds"],
        **{name: _reachable(outputs.get(output, "")) for name, output in LAKE_OUTPUTS.items()},
    )
