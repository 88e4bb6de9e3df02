"""What the cost model is fed with: bytes, units and CPU of the real code, measured here and nowhere assumed."""

import ast
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

from functions.core.messages import pack
from functions.http.gate import CLIENT_SCOPES, Principal, principal_context
from functions.process import handler as process_module
from functions.store.archive import packed
from functions.store.dynamodb.table import DynamoTable
from functions.store.queue import SqsQueue
from functions.store.registrations import Registrations
from functions.store.signers.signing_keys import KeySet
from functions.storing.write_set import build_write_set
from functions.timeout.context import Context, SweepResult
from functions.timeout.sweep import sweep
from functions.validate import handler as validate_module
from tests.bench import reference
from tests.bench.items import STORED_OVERHEAD
from tests.bench.loopback import ROOT, client
from tests.bench.measure import Figure, cpu_s, interleaved, median
from tests.bench.processing import Batches
from tests.bench.samples import LMS, NOW_US, School, bodies
from tests.bench.sweeping import SETTINGS as TIMEOUT
from tests.units import index_row, item_bytes, write_units
from tests.world import STUDENT, World

SIZES = (1, 10, 100)
EVENTS_PER_SESSION, SESSION_MINUTES = 40, 30
LOG_OVERHEAD = 26  # bytes that CloudWatch counts for each log event
ROUNDS = 7


class Log(io.StringIO):
    """Where a handler's log goes instead of the terminal; the bytes of its last line."""

    last = 0

    def write(self, text: str) -> int:
        if text.strip():
            self.last = len(text.encode()) + LOG_OVERHEAD
        return len(text)


def redirected(logger: Any) -> Log:
    log = Log()
    for handler in logger.handlers:
        handler.setStream(log)
    return log


def access_log() -> dict[str, str]:
    """The access log's fields, read off the stack's source: importing it would start the CDK."""
    for node in ast.walk(ast.parse((ROOT / "infra" / "api.py").read_text())):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ACCESS_LOG":
            fields: dict[str, str] = ast.literal_eval(node.value)
            return fields
    raise LookupError("infra/api.py has no ACCESS_LOG")


def request(body: bytes) -> dict[str, Any]:
    """What the gateway invokes `validate` with."""
    principal = Principal(app=LMS, scopes=CLIENT_SCOPES, kind="client")
    return {
        "rawPath": "/caliper/event",
        "headers": {"content-type": "application/json", "content-length": str(len(body))},
        "requestContext": {"authorizer": {"lambda": principal_context(principal)}},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def of_validate(url: str) -> Iterator[Figure]:
    """The whole handler with a real client, by events in a request."""
    log = redirected(validate_module.logger)
    queue = SqsQueue(client("sqs", url, user_agent="bench"), f"{url}/1/queue")
    table = DynamoTable(client("dynamodb", url), "events")
    dependencies = validate_module.Dependencies(queue=queue, table=table, key_set_of=KeySet)
    for size in SIZES:
        count = max(2, 100 // size)
        prepared = [request(body) for body in itertools.islice(bodies(50 + size, size), count * (ROUNDS + 1))]

        def work(number: int, prepared: list[dict[str, Any]] = prepared, count: int = count) -> None:
            for event in prepared[number * count : (number + 1) * count]:
                assert validate_module.handler(event, None, dependencies=dependencies)["statusCode"] == 200

        (seconds,) = interleaved(ROUNDS, work)
        yield Figure(f"cost.validate_cpu_ms:{size}", median(seconds) / count * 1000, "ms a request")
        answer = validate_module.handler(prepared[0], None, dependencies=dependencies)
        yield Figure(f"cost.answer_bytes:{size}", len(answer["body"]) + 250, "bytes with headers")
    yield Figure("cost.validate_log_bytes", log.last, "bytes a request")
    access = {name: value.replace("$context.", "") + "0123456789" for name, value in access_log().items()}
    yield Figure("cost.access_log_bytes", len(json.dumps(access)) + LOG_OVERHEAD, "bytes a request")


def of_process(url: str) -> Iterator[Figure]:
    """Three points, so that a batch, a message and an event can be told apart."""
    log = redirected(process_module.logger)
    batches = Batches(url, seed=60)
    single_event, many, large = (
        batches.work(ROUNDS, messages, size) for messages, size in ((1, 1), (100, 1), (10, 100))
    )
    seconds = [median(timings) * 1000 for timings in interleaved(ROUNDS, single_event, many, large)]
    event = (seconds[2] - seconds[0]) / 999
    single = (seconds[1] - seconds[0]) / 99
    yield Figure("cost.process_cpu_ms:batch", max(0.0, seconds[0] - single), "ms a batch")
    yield Figure("cost.process_cpu_ms:message", max(0.0, single - event), "ms a message")
    yield Figure("cost.process_cpu_ms:event", event, "ms an event")
    yield Figure("cost.process_log_bytes", log.last, "bytes a batch")


def of_bytes() -> Iterator[Figure]:
    """Messages by their size, archive objects and bookkeeping rows by the size of the batch, rows at rest."""
    school = School(61, 100)
    for size in SIZES:
        yield Figure(f"cost.message_bytes:{size}", len(pack(school.message(size))), "bytes in the queue")
        body = next(bodies(62, size))
        yield Figure(f"cost.request_bytes:{size}", len(body), "bytes")
    for size in (1, 10, 100, 1000):
        sent = school.message(size)
        yield Figure(f"cost.archive_bytes:{size}", len(packed([sent])) / size, "bytes an event, by events in a batch")
        write_set = build_write_set([sent], retention_days=lambda _: 400, timeouts=lambda _: TIMEOUT.timeouts)
        extra = [row for row in write_set.rows if not str(row["sk"]).startswith("E#")]
        yield Figure(
            f"cost.batch_wru:{size}",
            sum(map(write_units, extra)) + sum(2 + 2 * len(days) for _, days in write_set.sent),
            "WRU a batch",
        )
    messages = [school.message(500)]
    write_set = build_write_set(messages, retention_days=lambda _: 400, timeouts=lambda _: TIMEOUT.timeouts)
    rows = [row for row in write_set.rows if str(row["sk"]).startswith("E#")]
    yield Figure("cost.row_bytes", sum(map(item_bytes, rows)) / len(rows) + STORED_OVERHEAD, "bytes at rest an event")
    by_id = item_bytes(index_row(rows[0], "ref"))
    yield Figure("cost.index_bytes", by_id + STORED_OVERHEAD, "bytes at rest an event")


def of_sessions() -> Iterator[Figure]:
    """One session of forty events from birth to its TimedOut, swept each minute: all but the events themselves."""
    world = World()
    table = world.table
    school = School(63, 1)
    school.students = [(STUDENT, *school.students[0][1:])]
    close_units = 0.0
    swept_s = 0.0
    (opening,) = school.logged_in()
    for minute in range(2 * SESSION_MINUTES + 10):
        world.set_clock(minute)
        if minute < SESSION_MINUTES:
            event_counts = [n * EVENTS_PER_SESSION // SESSION_MINUTES for n in (minute, minute + 1)]
            events = [school.event() if number else opening for number in range(*event_counts)]
            for event in events:
                event["eventTime"] = world.event(minute)["eventTime"]
            world.send(*events)
        world.set_clock(minute + 0.5)  # events come at any second of a minute, not when the sweep does
        before = table.read_units
        sweep_s, evaluated = _swept(world)
        swept_s += sweep_s if evaluated else 0  # a sweep with nothing due is paid once for all sessions
        close_units += table.read_units - before - 8  # half a unit a shard: what a sweep costs anyhow
        world.drain()
    assert len(world.timed_out()) == 1
    written = table.written_units
    # World sends a batch a minute; its bookkeeping is told by the size of the batch elsewhere.
    yield Figure(
        "cost.session_wru",
        written["session"] + written["timer"] + written["index row"],
        "WRU a session, indexes included",
    )
    yield Figure("cost.session_close_rru", close_units, "RRU")
    yield Figure("cost.session_index_rows", sum(sk.startswith("M#") for _, sk in table.items), "rows a session")
    yield Figure("cost.session_timed_out_wru", 2, "WRU of the TimedOut event")
    yield Figure("cost.close_cpu_ms", swept_s * 1000, "ms a session, in memory")
    yield Figure("cost.session_calls", _calls_of_a_close(), "calls to close a session")


def _swept(world: World) -> tuple[float, int]:
    """CPU seconds of one sweep, and how many timers it evaluated."""
    results: list[SweepResult] = []
    return cpu_s(lambda _: results.append(world.sweep()), 0), results[0].evaluated


def _calls_of_a_close() -> int:
    """BatchGet, mark, timeline queries, decide, publish, session row, leave: as the sweep's tests count them."""
    world = World()
    world.send(world.event(0, session="https://sessions.example.org/1"))
    world.set_clock(61)
    before = world.calls.total
    world.sweep()
    return world.calls.total - before - 16


def of_sweeps(url: str) -> Iterator[Figure]:
    """A minute's sweep over real clients with nothing due."""
    table = DynamoTable(client("dynamodb", url, user_agent="bench"), "events")
    queue = SqsQueue(client("sqs", url, user_agent="bench"), f"{url}/1/queue")

    def work(_: int) -> None:
        run = Context(
            table=table,
            queue=queue,
            settings=TIMEOUT,
            registrations=Registrations(table, TIMEOUT.timeouts),
            now_us=NOW_US,
            lag_us=0,
            system_id="urn:uuid:s",
        )
        sweep(run, time_left=lambda: True)

    (seconds,) = interleaved(ROUNDS, work)
    yield Figure("cost.sweep_cpu_ms", median(seconds) * 1000, "ms a minute")


def of_reference(url: str) -> Iterator[Figure]:
    """The same of the reference pattern."""
    sqs, s3, table = client("sqs", url), client("s3", url), reference.table(url)
    requests = list(itertools.islice(bodies(70, 100), ROUNDS + 1))
    school = School(71, 100)
    batches = [['{"event":' + item.raw.decode() + "}" for item in school.message(50).items] for _ in range(ROUNDS + 1)]

    def validate(number: int) -> None:
        reference.validate(requests[number], sqs=sqs)

    def process(number: int) -> None:
        reference.process(batches[number], table=table, s3=s3)

    validated, processed = interleaved(ROUNDS, validate, process)
    yield Figure("cost.reference_validate_cpu_ms", median(validated) * 10, "ms an event")
    yield Figure("cost.reference_process_cpu_ms", median(processed) * 20, "ms an event")
    rows = [reference.row(text) for text in batches[0]]
    units = [write_units(dict(row)) for row in rows]
    yield Figure("cost.reference_wru", sum(units) / len(units), "WRU an event")
    sizes = [item_bytes(dict(row)) + STORED_OVERHEAD for row in rows]
    yield Figure("cost.reference_row_bytes", sum(sizes) / len(sizes), "bytes at rest an event")
    yield Figure("cost.reference_body_bytes", sum(len(row["event"]) for row in rows) / len(rows), "bytes an event")


def figures(url: str) -> Iterator[Figure]:
    yield from of_bytes()
    yield from of_sessions()
    yield from of_validate(url)
    yield from of_process(url)
    yield from of_sweeps(url)
    yield from of_reference(url)
