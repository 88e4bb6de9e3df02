"""The tests of `tests.e2e.test_timeback_sdk`, against the double."""

from tests.e2e.test_timeback_sdk import *  # noqa: F403  every test of it
