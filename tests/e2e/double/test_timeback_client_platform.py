"""The tests of `tests.e2e.test_timeback_client_platform`, against the double."""

from tests.e2e.test_timeback_client_platform import *  # noqa: F403  every test of it
