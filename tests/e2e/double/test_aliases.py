"""The tests of `tests.e2e.test_aliases`, against the double."""

from tests.e2e.test_aliases import *  # noqa: F403  every test of it
