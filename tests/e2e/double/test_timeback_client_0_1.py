"""The tests of `tests.e2e.test_timeback_client_0_1`, against the double."""

from tests.e2e.test_timeback_client_0_1 import *  # noqa: F403  every test of it
