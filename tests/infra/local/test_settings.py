"""What a command takes from its environment, and what it refuses of it."""

import pytest

from infra.local.report import Stopped
from infra.local.settings import config_from, port_from


def test_settings_of_the_environment_win_over_defaults_and_local_over_both() -> None:
    config = config_from({"IDLE_MINUTES": "1", "STAGE": "production"}, idle_minutes=7, retention_days=3)
    assert (config.idle_minutes, config.retention_days, config.stage) == (1, 3, "local")


@pytest.mark.parametrize("minutes", ["0", "-1", "soon"])
def test_an_idle_timeout_that_is_none_is_refused(minutes: str) -> None:
    with pytest.raises(Stopped, match=rf"idle_minutes: {minutes} must be (a number|more than 0)"):
        config_from({"IDLE_MINUTES": minutes})


@pytest.mark.parametrize("port", ["http", "80", "65536", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Stopped, match="not a port"):
        port_from({"LOCAL_PORT": port})


def test_without_a_wish_any_free_port_will_do() -> None:
    assert port_from({}) is None
