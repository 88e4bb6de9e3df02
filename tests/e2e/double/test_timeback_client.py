"""The tests of `tests.e2e.test_timeback_client`, against the double."""

from tests.e2e.test_timeback_client import *  # noqa: F403  every test of it
