"""The Lambdas of the double: the real handlers, each with in-memory doors and the double's time.

This is a composition root, as `infra` is for AWS: the one module of `client` that knows the Lambdas, and by their
handlers only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.authorize.credential_in_request import KeyCandidates, credential_in_request
from functions.authorize.handler import Dependencies as AuthorizeDependencies
from functions.authorize.handler import handler as authorize_handler
from functions.authorize.tokens import Issuer
from functions.client.double.tokens import ISSUER, KEYS_URL, TokenEndpoint
from functions.client.memory.archive import MemoryArchive
from functions.client.memory.bus import MemoryBus
from functions.client.memory.queue import MemoryQueue
from functions.client.memory.table import MemoryTable
from functions.http.answers import Answer
from functions.process.handler import Dependencies as ProcessDependencies
from functions.process.handler import handler as process_handler
from functions.query.dependencies import Dependencies as QueryDependencies
from functions.query.handler import handler as query_handler
from functions.settings import ProcessSettings, QuerySettings, TimeoutSettings
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.store.signing_keys import KeySet
from functions.timeout.handler import Dependencies as TimeoutDependencies
from functions.timeout.handler import handler as timeout_handler
from functions.validate.handler import Dependencies as ValidateDependencies
from functions.validate.handler import handler as validate_handler

type Event = dict[str, Any]


class _NoHurry:
    """What Lambda tells a handler of its time."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 900_000


@dataclass(slots=True, kw_only=True)
class Lambdas:
    """The doors that all Lambdas share, and each Lambda as a call."""

    idle_minutes: float
    heartbeat_minutes: float
    tokens: TokenEndpoint
    table: MemoryTable = field(default_factory=MemoryTable)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    bus: MemoryBus = field(default_factory=MemoryBus)
    dead_letters: list[str] = field(default_factory=list)
    _authorizer: AuthorizeDependencies = field(init=False)

    def __post_init__(self) -> None:
        self._authorizer = AuthorizeDependencies(
            registry=self.registry,
            issuer=Issuer(url=ISSUER, keys_url=KEYS_URL),
            key_set=KeySet(KEYS_URL, self.tokens.key_set),
        )

    @property
    def registry(self) -> Registry:
        return Registry(self.table)

    def authorize(self, event: Event, now_us: int) -> Mapping[str, str]:
        """The context that the authorizer hands on."""
        answer: Mapping[str, Any] = authorize_handler(event, None, dependencies=self._authorizer, now_us=now_us)
        context: Mapping[str, str] = answer["context"]
        return context

    def validate(self, event: Event, now_us: int) -> Answer:
        dependencies = ValidateDependencies(queue=self.queue, table=self.table, key_set_of=KeySet)
        return validate_handler(event, None, dependencies=dependencies, now_us=now_us)

    def query(self, event: Event, now_us: int) -> Answer:
        settings = QuerySettings(table_name="memory", cors_origins="*", **self._idle())
        dependencies = QueryDependencies(table=self.table, registry_table=self.table, settings=settings)
        return query_handler(event, None, dependencies=dependencies, now_us=now_us)

    def process(self, bodies: Sequence[str], now_us: int) -> None:
        """Store what is in these messages. What cannot be stored is a dead letter."""
        sent = {"SentTimestamp": str(now_us // 1000)}
        records = [{"messageId": str(number), "body": body, "attributes": sent} for number, body in enumerate(bodies)]
        settings = ProcessSettings(table_name="memory", bucket_name="memory", bus_name="memory", **self._idle())
        dependencies = ProcessDependencies(
            table=self.table,
            archive=self.archive,
            settings=settings,
            registrations=Registrations(self.table, settings.timeouts),
            bus=self.bus,
        )
        answer = process_handler({"Records": records}, None, dependencies=dependencies, now_us=now_us)
        failed = {int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]}
        self.dead_letters += [bodies[number] for number in sorted(failed)]

    def sweep(self, now_us: int) -> None:
        """End the sessions that are due."""
        settings = TimeoutSettings(
            table_name="memory",
            queue_url="memory",
            bus_name="memory",
            margin_seconds=0,  # this queue counts its messages exactly
            **self._idle(),
        )
        dependencies = TimeoutDependencies(
            table=self.table,
            queue=self.queue,
            settings=settings,
            registrations=Registrations(self.table, settings.timeouts),
            bus=self.bus,
        )
        timeout_handler({}, _NoHurry(), dependencies=dependencies, now_us=now_us)

    def _idle(self) -> dict[str, Any]:
        return {"idle_minutes": self.idle_minutes, "heartbeat_minutes": self.heartbeat_minutes}


def sensor_keys(event: Event) -> Sequence[str]:
    """What a request presents as a sensor key; nothing if it presents a token or nothing at all."""
    credential = credential_in_request(event)
    return credential.texts if isinstance(credential, KeyCandidates) else ()
