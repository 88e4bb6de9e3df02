"""The tests of `tests.e2e.test_verdicts`, against the double."""

from collections.abc import Mapping

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_verdicts import *  # noqa: F403  every test of it


@pytest.fixture(scope="module")
def headers_of(stack: Stack) -> Mapping[str, dict[str, str]]:
    """The credentials that the double serves."""
    return {"": stack.headers(lms=True), "timeback": stack.headers()}
