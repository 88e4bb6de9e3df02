"""What the environment of a command says of the local stack: its configuration, and the port it is wished on."""

from collections.abc import Mapping
from typing import Any

from infra.config import Config
from infra.local.report import Stopped


def config_from(environment: Mapping[str, str], **defaults: Any) -> Config:
    """The local configuration: what `app.py` reads, from the environment of the command."""
    chosen = {name: environment[name.upper()] for name in Config.model_fields if environment.get(name.upper())}
    return Config.model_validate({**defaults, **chosen, "stage": "local"})


def port_from(environment: Mapping[str, str]) -> int | None:
    """`LOCAL_PORT`, where it is set."""
    text = environment.get("LOCAL_PORT", "")
    if not text:
        return None
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise Stopped(f"LOCAL_PORT={text} is no port", "use a number from 1024 to 65535, or leave it out")
    return int(text)
