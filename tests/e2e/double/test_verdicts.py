"""The tests of `tests.e2e.test_verdicts`, against the double."""

from collections.abc import Mapping

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_verdicts import test_the_command_and_the_service_say_the_same_of_every_payload

__all__ = ["test_the_command_and_the_service_say_the_same_of_every_payload"]


@pytest.fixture(scope="module")
def headers_of(stack: Stack) -> Mapping[str, dict[str, str]]:
    """The credentials that the double serves."""
    return {"": stack.headers(lms=True), "timeback": stack.headers()}
