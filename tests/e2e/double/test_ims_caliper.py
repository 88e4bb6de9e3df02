"""The tests of `tests.e2e.test_ims_caliper`, against the double."""

from tests.e2e.test_ims_caliper import *  # noqa: F403  every test of it
