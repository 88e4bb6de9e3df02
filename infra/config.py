"""What a deployment may choose. `app.py` fills it from CDK context and environment; every construct reads it."""

import re
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from functions.core import defaults
from functions.settings import InsightSettings
from infra.data_protection.settings import DataProtectionSettings
from infra.front_door.settings import FrontDoorSettings

# What HTTP APIs take: no other scheme, and a star alone or as the whole host.
ORIGIN = re.compile(r"\*|https?://(\*|[^/*\s]+)")
OTHER_PARTITIONS = re.compile(r"(cn|us-gov|us-iso[a-z]*|eu-iso[a-z]*|eusc)-")


def region_of(name: str | None) -> str | None:
    """The region, if the stack can work there. Raises ValueError with a sentence for one of another partition."""
    if name and OTHER_PARTITIONS.match(name):
        raise ValueError(
            f"CDK_DEFAULT_REGION is {name}, which is in another partition than `aws`. There the user pool's addresses "
            "are others or there are no user pools, so no app would get a token: deploy to a commercial region, such "
            "as us-east-1"
        )
    return name


BATCHING_WINDOW_SECONDS = 2


class Config(FrontDoorSettings, DataProtectionSettings):
    """One deployment's choices, with the defaults of production."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    stack_name: str = Field("Caliper", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")
    stage: Literal["production", "local"] = "production"
    idle_minutes: float = Field(defaults.IDLE_MINUTES, gt=0)
    heartbeat_minutes: float = Field(defaults.HEARTBEAT_MINUTES, gt=0)
    table_class: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] = "STANDARD_INFREQUENT_ACCESS"  # of the events table
    retention_days: int = Field(defaults.RETENTION_DAYS, ge=1)
    idling_gap_minutes: float = Field(defaults.IDLING_GAP_MINUTES, gt=0)
    idling_inactive_seconds: int = Field(defaults.IDLING_INACTIVE_SECONDS, ge=1)
    shopping_lessons: int = Field(defaults.SHOPPING_LESSONS, ge=2)
    shopping_minutes: float = Field(defaults.SHOPPING_MINUTES, gt=0)
    batching_window_seconds: int = Field(
        BATCHING_WINDOW_SECONDS, ge=0, le=300
    )  # SQS's limits; as long an event may wait
    sweep_invocations: int = Field(
        defaults.SWEEP_INVOCATIONS, ge=1, le=16
    )  # that share a sweep if very much is due; 16: a shard each
    cors_origins: str = ""  # comma-separated; empty: no browser of another origin may call
    requests_per_second: int = Field(1000, ge=1)  # above it the gateway answers 429
    # Workers at once; 0: no limit of its own. A new account has too few to set any aside (Lambda quotas).
    process_reserved_concurrency: int = Field(0, ge=0)
    timeout_reserved_concurrency: int = Field(0, ge=0)
    query_reserved_concurrency: int = Field(0, ge=0)  # set aside for it, and the most that it gets
    queue_maximum_concurrency: int = Field(0, ge=0, le=1000)  # of `process`, that the queue calls (SQS: 2 to 1000)
    lake: bool = True  # tables for analysts (docs/lake.md)
    lake_minutes: int = Field(60, ge=5, le=1440)  # between two loads of the tables
    lake_query_gigabytes: int = Field(100, ge=1)  # that one query of Athena may read ($5 a terabyte)
    registry_moved: bool = True  # False: while the registry is still in the events table (docs/upgrading.md)
    console_mfa: Literal["off", "optional", "required"] = "optional"  # a second factor of who signs in to the console
    canvas_app: str = (
        ""  # the id of the app whose events Canvas puts into the intake queue; empty: there is no such queue
    )
    canary: bool = False  # a synthetic event every five minutes, and an alarm if it cannot be read back
    alarm_email: str = ""  # alarms are sent to it; empty: no address is subscribed

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        origins = [origin.strip() for origin in value.split(",") if origin.strip()]
        wrong = [origin for origin in origins if not ORIGIN.fullmatch(origin)]
        if wrong:
            raise ValueError(
                f"{wrong[0]} is not an origin as browsers send it: http(s) and a host, as https://app.example.org. "
                "For all origins `*`, `https://*` or `http://*`"
            )
        return ",".join(origins)

    @field_validator("alarm_email")
    @classmethod
    def _email(cls, value: str) -> str:
        value = value.strip()
        if value and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+", value):
            raise ValueError(
                f"{value} is not an email address such as alarms@example.org: give a single address without a name "
                "(a distribution list reaches several people)"
            )
        return value

    @field_validator("canvas_app")
    @classmethod
    def _app_id(cls, value: str) -> str:
        value = value.strip()
        if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+", value):
            raise ValueError(
                f"{value} is not an app's id: give the IRI that `make apps` shows, such as https://canvas.example.edu"
            )
        return value

    @model_validator(mode="after")
    def _workers_for_the_queue(self) -> Self:
        most, reserved = self.queue_maximum_concurrency, self.process_reserved_concurrency
        if 1 in (most, reserved):
            raise ValueError(
                "queue_maximum_concurrency and process_reserved_concurrency must be 0 (no limit) or 2 and more: a "
                "queue calls no fewer workers (SQS)"
            )
        if reserved and most > reserved:
            raise ValueError(
                f"queue_maximum_concurrency ({most}) must not be over process_reserved_concurrency ({reserved}): the "
                "queue's calls above it would be refused, and their messages delivered late"
            )
        return self

    @model_validator(mode="after")
    def _kept_long_enough(self) -> Self:
        longest = max(self.idle_minutes, self.heartbeat_minutes)
        if longest >= self.retention_days * 1440:
            raise ValueError(
                f"idle_minutes and heartbeat_minutes must be shorter than retention_days ({self.retention_days}): in "
                f"{longest:g} minutes the events of a session would be forgotten before it ends"
            )
        return self

    def insight_thresholds(self) -> dict[str, Any]:
        """The settings of `functions.settings.InsightSettings`."""
        return {name: getattr(self, name) for name in InsightSettings.model_fields}

    @property
    def local(self) -> bool:
        return self.stage == "local"


def describe_errors(error: ValidationError) -> str:
    """The settings that are wrong, a sentence each: the variable, its value, and what it may be."""
    return "\n".join(_describe(detail) for detail in error.errors())


def _describe(detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return f"{detail['msg'].removeprefix('Value error, ')}."
    name, value, limits = str(detail["loc"][0]), detail["input"], detail.get("ctx", {})
    expected = {
        "int_parsing": "must be a whole number",
        "int_from_float": "must be a whole number",
        "float_parsing": "must be a number",
        "finite_number": "must be a finite number",
        "bool_parsing": "must be true or false",
        "greater_than": f"must be more than {limits.get('gt')}",
        "greater_than_equal": f"must be {limits.get('ge')} or more",
        "less_than_equal": f"must be {limits.get('le')} or less",
        "literal_error": f"must be {limits.get('expected')}",
        "string_pattern_mismatch": "must begin with a letter, and hold letters, digits and hyphens only",
        "extra_forbidden": "is for no setting",
    }.get(detail["type"], "is not such a value")
    if detail["type"] == "value_error":
        return f"{name}: {detail['msg'].removeprefix('Value error, ')}."
    return f"{name}: {value} {expected}. Type {name.upper()}=… or -c {name}=… (docs/deploying.md lists the settings)."
