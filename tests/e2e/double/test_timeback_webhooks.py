"""The tests of `tests.e2e.test_timeback_webhooks`, against the double."""

from tests.e2e.test_timeback_webhooks import *  # noqa: F403  every test of it
