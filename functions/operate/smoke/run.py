"""One smoke run: every check in turn, each whatever became of the others, then all that was made removed."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence

from functions.operate.connection import StackConnection
from functions.operate.errors import OperateError
from functions.operate.smoke.app import SmokeApp
from functions.operate.smoke.checks import (
    account,
    alarms,
    bodies,
    doors,
    events,
    redrive,
    sensor_keys,
    sessions,
    storage,
    sweeps,
    tokens,
)
from functions.operate.smoke.deployment import deployment_of
from functions.operate.smoke.report import Finding, Report, compared
from functions.operate.smoke.trial import Check, Trial
from functions.operate.smoke.undo import Undo
from functions.operate.smoke.web import HttpWeb, Web
from functions.store.errors import TRANSIENT

CHECKS: tuple[tuple[str, Check], ...] = (
    ("account", account.check),
    ("open paths", doors.open_paths),
    ("preflight", doors.preflight),
    ("refusals", doors.refusals),
    ("tokens", tokens.check),
    ("sensor key", sensor_keys.ways),
    ("bodies", bodies.check),
    ("events", events.check),
    ("sessions", sessions.check),
    ("storage", storage.check),
    ("sweeps", sweeps.check),
    ("alarms", alarms.check),
    ("dead letters", redrive.check),
    ("revocation", sensor_keys.revocation),
)


def run(
    connection: StackConnection,
    *,
    stack: str | None,
    write: Callable[[str], None],
    wait_for_timed_out: bool = False,
    checks: Sequence[tuple[str, Check]] = CHECKS,
    web: Web | None = None,
) -> Report:
    """Check `connection`, a line each to `write`. What was made is removed however this ends."""
    report = Report(write)
    undo = Undo(report)
    deployment = deployment_of(connection.client("cloudformation"), table=connection.table, name=stack)
    app = SmokeApp(connection, report, undo)
    stored = 0
    try:
        trial = Trial(
            connection=connection,
            deployment=deployment,
            web=web or HttpWeb(),
            report=report,
            undo=undo,
            app=app.make(_now_us()),
            learner=uuid.uuid4().urn,
            now_us=_now_us,
            pause=time.sleep,
            wait_for_timed_out=wait_for_timed_out,
        )
        for name, check in checks:
            for finding in findings(name, check, trial):
                report.add(finding)
        stored = trial.stored
    finally:
        undo.now()
        for finding in _told("removal", lambda: iter([app.left(time.sleep)])):
            report.add(finding)
    counts = report.counts
    write(
        f"smoke: {counts['ok']} ok, {counts['FAIL']} failed, {counts['skipped']} skipped. "
        f"{stored} events of the run stay in archive and table, where they expire in {connection.retention_days} days."
    )
    return report


def findings(name: str, check: Check, trial: Trial) -> Iterator[Finding]:
    """What a check found; that it could not be done is a finding, too."""
    return _told(name, lambda: check(trial))


def _told(name: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except (*TRANSIENT, OperateError) as error:
        yield compared(name, "an answer", f"{type(error).__name__}: {error}", holds=False)


def _now_us() -> int:
    return time.time_ns() // 1000
