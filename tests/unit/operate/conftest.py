"""A desk for every test."""

import pytest

from tests.unit.operate.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
