"""An endpoint that is gone, or fails for days: what is given up of a delivery, and what its webhook then says."""

import pytest

from functions.core.times import MINUTE_US
from functions.core.webhooks.schedule import DISABLED_US
from functions.deliver.endpoint import Breaker
from functions.store.outbound.poster import Posted
from functions.store.webhooks.webhooks import read_webhooks
from tests.unit.deliver.test_boundaries import delivered, stored
from tests.unit.deliver.test_delivering import Endpoints, Town
from tests.world import NINE_US

URL = "https://mine.example.org/"


class TakesSome(Endpoints):
    """Answers 200 so many times, then that it is gone."""

    def __init__(self, taken: int) -> None:
        super().__init__()
        self._taken = taken

    def post(self, url: str, headers: object, body: bytes) -> Posted:
        del headers
        self.posts.append((url, {}, body))
        return Posted(status=200 if len(self.posts) <= self._taken else 410)


@pytest.mark.parametrize(("taken", "first"), [(0, 0), (1, 100), (2, 200)])
def test_what_is_given_up_begins_with_the_part_that_was_refused(taken: int, first: int) -> None:
    town = Town()
    delivery = stored(town, 250)
    town.endpoints = TakesSome(taken)
    delivered(town, delivery, now_us=NINE_US)
    (kept,) = town.deliveries.given_up
    assert (kept.key, kept.first, kept.last) == (delivery.key, first, 0)
    assert town.deliveries.take(2**62) == []


@pytest.mark.parametrize("reason", ["gone", "failing"])
def test_a_webhook_that_is_disabled_says_why_and_since_when(reason: str) -> None:
    town = Town()
    webhook = town.webhook("mine")
    later_us = NINE_US + MINUTE_US
    if reason == "gone":
        town.store(town.message())
        town.endpoints.answers[URL] = Posted(status=410)
        town.now_us = later_us
        town.deliver()
    else:
        for now_us in (later_us - DISABLED_US, later_us):
            endpoint = read_webhooks(town.table, webhook.tenant).endpoint(webhook)
            Breaker(town.table, endpoint, town.bus, now_us).failed(webhook)
    disabled = town.registered(webhook)
    assert (disabled.active, disabled.disabled, disabled.updated_us) == (False, reason, later_us)
    assert disabled.created_us == webhook.created_us
