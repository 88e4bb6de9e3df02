"""The Lambdas of the double: the real handlers, each with in-memory doors and the double's time.

This is a composition root, as `infra` is for AWS: the one module of `client` that knows the Lambdas, and by their
handlers only.
"""

import os
import random
import uuid
from collections.abc import Mapping, Sequence
from copy import replace
from functools import cache
from typing import Any

from functions.authorize import handler as authorize
from functions.authorize.credential_in_request import KeyCandidates, credential_in_request
from functions.authorize.tokens import Issuer
from functions.client.double.tokens import ISSUER, KEYS_URL, TokenEndpoint
from functions.client.memory.archive import MemoryArchive
from functions.client.memory.bus import MemoryBus
from functions.client.memory.deliveries import MemoryDeliveryQueue
from functions.client.memory.queue import MemoryQueue
from functions.client.memory.table import MemoryTable
from functions.core.privacy.pseudonym import SECRET_BYTES
from functions.deliver import dependencies as deliver_dependencies
from functions.deliver import handler as deliver
from functions.http.answers import Answer
from functions.manage import dependencies as manage_dependencies
from functions.manage import handler as manage
from functions.manage.settings import ManageSettings
from functions.process import handler as process
from functions.query import dependencies as query_dependencies
from functions.query import handler as query
from functions.query.settings import QuerySettings
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store.bus import NamingBus
from functions.store.outbound.poster import HttpPoster
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.store.signers.signing_keys import KeySet
from functions.timeout import handler as timeout
from functions.validate import handler as validate

type Event = dict[str, Any]


class _NoHurry:
    """What Lambda tells a handler of its time."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 900_000


class Lambdas:
    """The doors that all Lambdas share, and each Lambda as a call."""

    def __init__(self, *, idle_minutes: float, heartbeat_minutes: float, tokens: TokenEndpoint) -> None:
        self.table = MemoryTable()
        self.queue = MemoryQueue()
        self.archive = MemoryArchive()
        self.bus = MemoryBus()
        self.deliveries = MemoryDeliveryQueue()
        self.dead_letters: list[str] = []
        names: dict[str, Any] = {"table_name": "memory", "registry_table_name": "memory"}
        idle: dict[str, Any] = {"idle_minutes": idle_minutes, "heartbeat_minutes": heartbeat_minutes}
        self._authorize = authorize.Dependencies(
            registry=self.registry,
            issuer=Issuer(url=ISSUER, keys_url=KEYS_URL),
            key_set=KeySet(KEYS_URL, tokens.key_set),
        )
        self._validate = validate.Dependencies(queue=self.queue, table=self.table, key_set_of=cache(KeySet))
        secret = os.urandom(SECRET_BYTES)
        naming = NamingBus(self.bus, lambda: secret)  # as subscribers of a deployed stack hear it
        processing = ProcessSettings(bucket_name="memory", **names, **idle)
        self._process = process.Dependencies(
            table=self.table,
            archive=self.archive,
            settings=processing,
            registrations=Registrations(self.table, processing.timeouts),
            bus=naming,
            deliveries=self.deliveries,
        )
        ending = TimeoutSettings(
            queue_url="memory",
            margin_seconds=0,  # this queue counts its messages exactly
            **names,
            **idle,
        )
        self._timeout = timeout.Dependencies(
            table=self.table,
            queue=self.queue,
            settings=ending,
            registrations=Registrations(self.table, ending.timeouts),
            bus=naming,
        )
        self._query = query_dependencies.Dependencies(
            table=self.table, registry_table=self.table, settings=QuerySettings(cors_origins="*", **names, **idle)
        )

        # The receivers of a test are on this machine.
        self._manage = manage_dependencies.Dependencies(
            table=self.table,
            registry_table=self.table,
            deliveries=self.deliveries,
            settings=ManageSettings(deliveries_url="memory", allow_loopback=True, **names),
            new_id=lambda: str(uuid.uuid4()),
        )
        self._deliver = deliver_dependencies.Dependencies(
            table=self.table,
            registry_table=self.table,
            archive=self.archive,
            deliveries=self.deliveries,
            given_up=self.deliveries,
            poster=HttpPoster(allow_loopback=True),
            random=random.SystemRandom().random,
            bus=naming,
        )

    @property
    def registry(self) -> Registry:
        return Registry(self.table)

    def authorize(self, event: Event, now_us: int) -> Mapping[str, str]:
        """The context that the authorizer hands on."""
        answer: Mapping[str, Any] = authorize.handler(event, None, dependencies=self._authorize, now_us=now_us)
        context: Mapping[str, str] = answer["context"]
        return context

    def validate(self, event: Event, now_us: int) -> Answer:
        return validate.handler(event, None, dependencies=self._validate, now_us=now_us)

    def query(self, event: Event, now_us: int) -> Answer:
        return query.handler(event, None, dependencies=self._query, now_us=now_us)

    def manage(self, event: Event, now_us: int) -> Answer:
        """A change, which is known at once: no worker remembers what was before it."""
        answer = manage.handler(event, None, dependencies=self._manage, now_us=now_us)
        registrations = Registrations(self.table, self._process.settings.timeouts)
        self._process = replace(self._process, registrations=registrations)
        return answer

    def deliver(self, now_us: int) -> bool:
        """Send what is due to webhooks; whether there was any."""
        bodies = self.deliveries.take(now_us)
        records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        if records:
            deliver.handler({"Records": records}, _NoHurry(), dependencies=self._deliver, now_us=now_us)
        return bool(records)

    def process(self, bodies: Sequence[str], now_us: int) -> None:
        """Store what is in these messages. What cannot be stored is a dead letter."""
        sent = {"SentTimestamp": str(now_us // 1000)}
        records = [{"messageId": str(number), "body": body, "attributes": sent} for number, body in enumerate(bodies)]
        answer = process.handler({"Records": records}, _NoHurry(), dependencies=self._process, now_us=now_us)
        failed = {int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]}
        self.dead_letters += [bodies[number] for number in sorted(failed)]

    def sweep(self, now_us: int) -> None:
        """End the sessions that are due, and ask the alarms of apps."""
        timeout.handler({"askAlarms": True}, _NoHurry(), dependencies=self._timeout, now_us=now_us)


def sensor_keys(event: Event) -> Sequence[str]:
    """What a request presents as a sensor key; nothing if it presents a token or nothing at all."""
    credential = credential_in_request(event)
    return credential.texts if isinstance(credential, KeyCandidates) else ()
