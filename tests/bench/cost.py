"""The bill: a small model from a workload to dollars a month, term by term.

Every call count, byte, unit and CPU millisecond in it is a figure of the bench (`.local/bench.json`), every price is in
`prices`. What a laptop cannot measure, the time that AWS takes to answer, is in WAITS_MS; the output says what doubling
it would cost.
"""

import math
import re
from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass

from functions.metrics import METRICS
from functions.store.dynamodb.batches import WRITE_BATCH, WRITERS
from functions.timeout.ids.step import STEP_MINUTES
from tests.bench.loopback import ROOT
from tests.bench.prices import cost

DAYS = 30
GB = 1e9
FULL_CORE_GB = 1769 / 1024
SWEEP_GB = FULL_CORE_GB
AUTHORIZE_GB = 1.0
SWEEP_WORKERS = 8
DELIVER_GB, MOST_DELIVERED = 0.5, 1000  # events of the largest object whose delivery was measured
WAITS_MS = {
    "post": 200.0,
    "get_object": 30.0,
    "send": 8.0,
    "put_object": 30.0,
    "batch_write": 8.0,
    "batch_get": 6.0,
    "put": 5.0,
    "query": 4.0,
}
WALK_PAGE_UNITS = 128  # a megabyte of an index, not consistent
POLLERS = 2  # at low traffic: "as few as 2 concurrent invokes" (Lambda developer guide, scaling of SQS event sources)
PAYLOAD_BYTES = 6e6  # of one invocation: Lambda limit
SQS_CHUNK, GATEWAY_CHUNK = 65_536, 524_288
RETENTION_DAYS, COOL_DAYS = 400, 90
COOL_BYTES = 128_000  # S3 moves no smaller object to a colder class unless it is told to
KEY_USERS, KEY_KEPT_S = 12, 300.0  # functions; DynamoDB developer guide, encryption at rest: table keys in the cache
KEY_ASKING_S = 0.1  # of `validate`, which an instance of it takes for a request
ALARMS, FILTERS = 29, 2  # and the metrics of log lines that two of the alarms watch

type Measured = Mapping[str, float]


def deployed(module: str, name: str) -> float:
    """A number of `infra/<module>.py`, read off its source: importing it would start the CDK."""
    match = re.search(rf"^{name} = (\d+)", (ROOT / "infra" / f"{module}.py").read_text(), re.MULTILINE)
    assert match is not None, f"infra/{module}.py has no {name}"
    return float(match.group(1))


WINDOW_S = deployed("config", "BATCHING_WINDOW_SECONDS")
BATCH_MESSAGES = deployed("lambdas/process", "BATCH_MESSAGES")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is sent. The learners' side is an assumption like the rate: change it and see."""

    events_per_day: float
    events_per_request: int
    events_per_session: float = 40
    session_minutes: float = 30
    credentials: int = 10  # in use at any time; the gateway asks the authorizer once a minute for each
    waits: float = 1.0  # times WAITS_MS

    @property
    def events(self) -> float:
        """A month."""
        return self.events_per_day * DAYS

    @property
    def requests(self) -> float:
        return self.events / self.events_per_request

    @property
    def requests_per_s(self) -> float:
        return self.requests / DAYS / 86_400

    @property
    def sessions(self) -> float:
        return self.events / self.events_per_session

    def wait_ms(self, name: str) -> float:
        return WAITS_MS[name] * self.waits


@dataclass(frozen=True, slots=True)
class Batch:
    """What one invocation of `process` gets on average, and how long it takes."""

    messages: float
    events: float
    learners: float
    ms: float

    def workers(self, work: "Workload") -> float:
        """Invocations at once."""
        return max(1.0, work.events / DAYS / 86_400 / self.events * self.ms / 1000)


def nearest(measured: Measured, name: str, size: float) -> float:
    """The figure `name:<n>` whose n is nearest to `size` by ratio."""
    known = {float(key.rpartition(":")[2]): key for key in measured if key.startswith(f"{name}:")}
    return measured[known[min(known, key=lambda n: abs(math.log(n / max(size, 1))))]]


def batch_of(work: Workload, measured: Measured) -> Batch:
    """Batches grow with the rate: what comes within the window for each poller, up to the limits."""
    size = nearest(measured, "cost.message_bytes", work.events_per_request)
    most = min(BATCH_MESSAGES, PAYLOAD_BYTES / (size + 1000))
    messages = max(1.0, min(most, work.requests_per_s * WINDOW_S / POLLERS))
    events = messages * work.events_per_request
    active = max(1.0, work.sessions * work.session_minutes / (DAYS * 1440))
    learners = active * (1 - (1 - 1 / active) ** events)
    cpu = (
        measured["cost.process_cpu_ms:batch"]
        + measured["cost.process_cpu_ms:message"] * messages
        + measured["cost.process_cpu_ms:event"] * events
    )
    waves = math.ceil(math.ceil((events + 2) / WRITE_BATCH) / WRITERS)
    waits = work.wait_ms("put_object") + work.wait_ms("put") + waves * work.wait_ms("batch_write")
    return Batch(messages, events, learners, cpu + waits + math.ceil(learners / 100) * work.wait_ms("batch_get"))


def variable(work: Workload, measured: Measured) -> dict[str, float]:
    """Dollars a month for what is billed because events come; keeping them is `month_kept` and `kept`."""
    n = work.events_per_request
    batch = batch_of(work, measured)
    batches = work.events / batch.events
    request_bytes = nearest(measured, "cost.request_bytes", n)
    message_bytes = nearest(measured, "cost.message_bytes", n)
    validate_ms = nearest(measured, "cost.validate_cpu_ms", n) + work.wait_ms("send")
    close_ms = measured["cost.close_cpu_ms"] + measured["cost.session_calls"] * work.wait_ms("put")
    chunks = math.ceil(message_bytes / SQS_CHUNK)
    shared = 1 / min(10, batch.messages)  # receive and delete take ten messages at a time
    authorized = min(work.requests, work.credentials * 1440 * DAYS)
    log_bytes = (
        work.requests * (measured["cost.validate_log_bytes"] + measured["cost.access_log_bytes"])
        + batches * measured["cost.process_log_bytes"]
    )
    return {
        "API Gateway": cost("http_api_request", work.requests * math.ceil(request_bytes / GATEWAY_CHUNK)),
        "answers to the internet": cost("data_out", work.requests * nearest(measured, "cost.answer_bytes", n) / GB),
        "Lambda authorize": _lambda(authorized, 10 + work.wait_ms("batch_get"), AUTHORIZE_GB)
        + cost("rru", 2 * authorized),
        "Lambda validate": _lambda(work.requests, validate_ms, FULL_CORE_GB),
        "SQS": cost("sqs_request", work.requests * (chunks + max(shared, message_bytes / SQS_CHUNK) + shared))
        + cost("sqs_fair", work.requests * chunks),
        "Lambda process": _lambda(batches, batch.ms, FULL_CORE_GB),
        "DynamoDB: write events": cost("wru", work.events * measured["wru_per_event"]),
        "DynamoDB: index by id": cost("wru", work.events * measured["wru_per_event_index_by_id"]),
        "DynamoDB: sessions, index rows": cost(
            "wru", work.sessions * (measured["cost.session_wru"] + measured["cost.session_timed_out_wru"])
        )
        + cost("rru", work.sessions * measured["cost.session_close_rru"]),
        "DynamoDB: manifests, jobs, counts": cost("wru", batches * batch_wru(work, batch, measured)),
        # Each worker reads a session's index rows once, and a learner's timer with every batch.
        "DynamoDB: read session timers": cost(
            "rru",
            batches * batch.learners + work.sessions * measured["cost.session_index_rows"] * batch.workers(work),
        ),
        "Lambda timeout (closing)": work.sessions
        * max(measured["cost.close_cpu_ms"], close_ms / SWEEP_WORKERS)
        / 1000
        * SWEEP_GB
        * cost("lambda_gb_s", 1),
        "S3: put": cost("s3_put", batches),
        "logs": cost("log_gb", log_bytes / GB),
    }


def month_kept(work: Workload, measured: Measured) -> dict[str, float]:
    """Dollars for keeping a month's events one month."""
    stored = work.events * (1 + 1 / work.events_per_session)  # each session's TimedOut is an event, too
    table_gb = stored * measured["cost.row_bytes"] / GB
    archive_gb = work.events * nearest(measured, "cost.archive_bytes", batch_of(work, measured).events) / GB
    return {
        "keep a month: table and index": cost("table_gb", table_gb + stored * measured["cost.index_bytes"] / GB),
        "keep a month: table's backups": cost("backup_gb", table_gb),
        "keep a month: archive": cost("s3_gb", archive_gb),
    }


def optional(work: Workload, measured: Measured) -> dict[str, float]:
    """Dollars a month for what may be left out: three notices a session for subscribers, and a webhook for all events.

    Of a webhook: what `tests.bench.delivering` counted of a message of its queue, and a receive and a delete. Its
    bodies are as large as the requests that brought the events. A share of a core does the work of its CPU.
    """
    batch = batch_of(work, measured)
    batches = work.events / batch.events
    posts = _delivered(batch, measured, "cost.deliver_posts")
    gets, queries = (nearest(measured, f"cost.deliver_{name}", batch.events) for name in ("gets", "queries"))
    cpu_ms = _delivered(batch, measured, "cost.deliver_cpu_ms") * max(1.0, FULL_CORE_GB / DELIVER_GB)
    waits_ms = (
        posts * (work.wait_ms("post") + work.wait_ms("put"))
        + gets * work.wait_ms("get_object")
        + queries * work.wait_ms("query")
    )
    sent_gb = work.requests * nearest(measured, "cost.request_bytes", work.events_per_request) / GB
    webhook = (
        cost("sqs_request", (measured["cost.deliver_sends"] + 2) * batches)
        + cost("sqs_fair", batches)
        + cost("s3_get", gets * batches)
        + cost("rru", queries * measured["cost.deliver_rru"] * batches)
        + cost("wru", posts * measured["cost.deliver_attempt_wru"] * batches)
        + _lambda(batches, cpu_ms + waits_ms, DELIVER_GB)
        + cost("log_gb", batches * measured["cost.deliver_log_bytes"] / GB)
        + cost("data_out", sent_gb)
    )
    return {"EventBridge (optional)": cost("bus_event", 3 * work.sessions), "one webhook (optional)": webhook}


def _delivered(batch: Batch, measured: Measured, name: str) -> float:
    """A figure of one message of the queue of deliveries, by the events of its batch."""
    return nearest(measured, name, batch.events) * max(1.0, batch.events / MOST_DELIVERED)


def batch_wru(work: Workload, batch: Batch, measured: Measured) -> float:
    """Manifest, its count, and a row for each message too large for its job id to name every event."""
    whole = nearest(measured, "cost.batch_wru", batch.events)
    if batch.events > 1000:
        whole *= batch.events / 1000
    return whole + (batch.messages - 1) * (work.events_per_request > 10)


def _lambda(invocations: float, ms: float, memory_gb: float) -> float:
    return cost("lambda_request", invocations) + cost("lambda_gb_s", invocations * math.ceil(ms) / 1000 * memory_gb)


def fixed(measured: Measured) -> dict[str, float]:
    """Dollars a month for what runs whether events come or not."""
    minutes = DAYS * 1440
    sweep_ms = measured["cost.sweep_cpu_ms"] + 16 / SWEEP_WORKERS * WAITS_MS["query"]
    return {
        "sweep each minute": _lambda(minutes, sweep_ms, SWEEP_GB)
        + cost("rru", minutes * 9)
        + cost("wru", minutes)
        + cost("sqs_request", minutes),
        # A page each step, and where it stands; a table of over 24 million events has more pages a step.
        "walk of the ids": cost("rru", minutes / STEP_MINUTES * (WALK_PAGE_UNITS + 1))
        + cost("wru", minutes / STEP_MINUTES),
        "queue polling": cost("sqs_request", POLLERS * 3 * minutes),
        "alarms and dashboard": cost("alarm", ALARMS) + cost("metric", FILTERS + len(METRICS)) + cost("dashboard", 1),
    }


def customer_key(work: Workload, measured: Measured) -> dict[str, float]:
    """Dollars a month for a key of one's own (`customer_key`), which may be left out.

    DynamoDB keeps a table's key for five minutes for each caller, and S3 does about the same with a bucket key. So each
    function that is at work asks once for either, and each further instance that is at work all the time once more.
    """
    instances = KEY_USERS + batch_of(work, measured).workers(work) + work.requests_per_s * KEY_ASKING_S
    return {
        "customer's key (optional)": cost("kms_key", 1),
        "customer's key: requests": cost("kms_request", 2 * instances * DAYS * 86_400 / KEY_KEPT_S),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class TableClass:
    """A table class of DynamoDB: the names of its prices."""

    name: str
    write: str
    read: str
    stored_gb: str


STANDARD = TableClass(name="STANDARD", write="wru", read="rru", stored_gb="table_gb")
INFREQUENT_ACCESS = TableClass(
    name="STANDARD_INFREQUENT_ACCESS", write="wru_infrequent", read="rru_infrequent", stored_gb="table_infrequent_gb"
)


def request_units(work: Workload, measured: Measured) -> tuple[float, float]:
    """Write units and read units of DynamoDB of a month's events, of all the terms of `variable`."""
    batch = batch_of(work, measured)
    batches = work.events / batch.events
    written = (
        work.events * (measured["wru_per_event"] + measured["wru_per_event_index_by_id"])
        + work.sessions * (measured["cost.session_wru"] + measured["cost.session_timed_out_wru"])
        + batches * batch_wru(work, batch, measured)
    )
    read = (
        work.sessions * measured["cost.session_close_rru"]
        + batches * batch.learners
        + work.sessions * measured["cost.session_index_rows"] * batch.workers(work)
    )
    return written, read


def table_cost(work: Workload, measured: Measured, of: TableClass, *, days: float) -> float:
    """Dollars for a month's events in a table of that class: written, read by the sweep, and kept for so many days."""
    written, read = request_units(work, measured)
    table_gb = work.events * measured["cost.row_bytes"] / GB
    stored_gb = table_gb + work.events * measured["cost.index_bytes"] / GB
    a_month = cost(of.stored_gb, stored_gb) + cost("backup_gb", table_gb)
    return cost(of.write, written) + cost(of.read, read) + a_month * days / DAYS


def cheaper_from_days(work: Workload, measured: Measured) -> float:
    """From how many days of retention on the class for infrequent access is cheaper."""
    more = table_cost(work, measured, INFREQUENT_ACCESS, days=0) - table_cost(work, measured, STANDARD, days=0)
    standard, infrequent = (table_cost(work, measured, of, days=1) for of in (STANDARD, INFREQUENT_ACCESS))
    return more / (standard - infrequent + more)


def kept(work: Workload, measured: Measured) -> float:
    """Dollars for keeping a month's events until the table forgets them, and a year in the archive."""
    table_gb = work.events * measured["cost.row_bytes"] / GB
    index_gb = work.events * measured["cost.index_bytes"] / GB
    months = RETENTION_DAYS / DAYS
    archive_gb = work.events * nearest(measured, "cost.archive_bytes", batch_of(work, measured).events) / GB
    objects = work.events / batch_of(work, measured).events
    table = (cost("table_gb", table_gb + index_gb) + cost("backup_gb", table_gb)) * months
    if archive_gb / objects * GB < COOL_BYTES:  # then S3 leaves it where it is
        return table + cost("s3_gb", archive_gb) * 365 / DAYS
    warm, cold = cost("s3_gb", archive_gb) * COOL_DAYS, cost("s3_cold_gb", archive_gb) * (365 - COOL_DAYS)
    return table + (warm + cold) / DAYS + cost("s3_transition", objects)


def reference(work: Workload, measured: Measured) -> dict[str, float]:
    """The same of the pattern with one of everything an event. It keeps neither sessions nor manifests."""
    n = work.events_per_request
    validate_ms = n * (measured["cost.reference_validate_cpu_ms"] + work.wait_ms("send"))
    each_ms = measured["cost.reference_process_cpu_ms"] + work.wait_ms("put") + work.wait_ms("put_object")
    return {
        "API Gateway": cost("http_api_request", work.requests),
        "Lambda validate": _lambda(work.requests, validate_ms, FULL_CORE_GB),
        "SQS": cost("sqs_request", 1.2 * work.events),
        "Lambda process": _lambda(work.events / 10, 10 * each_ms, FULL_CORE_GB),
        "DynamoDB": cost("wru", work.events * (measured["cost.reference_wru"] + 1)),
        "S3: put": cost("s3_put", work.events),
        "logs": cost("log_gb", work.events * 2 * measured["cost.validate_log_bytes"] / GB),
    }


def floor(work: Workload) -> dict[str, float]:
    """What no design on these services gets below: no CPU, no index, no sessions, no logs, one write an event."""
    return {
        "API Gateway": cost("http_api_request", work.requests),
        "Lambda": cost("lambda_request", work.requests),
        "SQS": cost("sqs_request", 1.2 * work.requests),
        "DynamoDB": cost("wru", work.events),
    }


def per_million(terms: Mapping[str, float], work: Workload) -> dict[str, float]:
    return {name: usd / work.events * 1e6 for name, usd in terms.items()}


def slower(work: Workload) -> Workload:
    """The same with AWS taking twice as long to answer."""
    return replace(work, waits=2 * work.waits)
