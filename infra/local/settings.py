"""The settings of the local stack in the environment of a command: its configuration, and its port."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from infra.config import Config, describe_errors
from infra.local.report import Stopped


def config_from(environment: Mapping[str, str], **defaults: Any) -> Config:
    """The local configuration: as `app.py` reads it, from the environment. Raises Stopped if a setting is wrong."""
    chosen = {name: environment[name.upper()] for name in Config.model_fields if environment.get(name.upper())}
    try:
        return Config.model_validate({**defaults, **chosen, "stage": "local"})
    except ValidationError as error:
        raise Stopped(
            f"a setting is wrong: {describe_errors(error)}", "correct that variable, or leave it out"
        ) from error


def port_from(environment: Mapping[str, str]) -> int | None:
    """`LOCAL_PORT`, where it is set."""
    text = environment.get("LOCAL_PORT", "")
    if not text:
        return None
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise Stopped(f"LOCAL_PORT={text} is not a port", "use a number from 1024 to 65535, or leave it out")
    return int(text)
