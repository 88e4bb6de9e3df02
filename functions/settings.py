"""What Lambdas need from their environment: what all models of it share, and those that other rooms fill in too.

A Lambda's own model is in `settings.py` beside its handler, which reads it on the first call: to make all of them would
take 4 ms of each cold start. `infra` builds the environment of each function from the same models, so a name is written
once.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict

from functions.core import defaults
from functions.core.times import MINUTE_US

if TYPE_CHECKING:
    from functions.core.insights.insight import Thresholds
    from functions.core.sessions.timeouts import Timeouts

# What a page of an allowed origin may do from a browser: said by the gateway, and by `query` to preflights.
CORS_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
CORS_HEADERS = ("authorization", "content-type", "x-request-id")  # the last: TimeBack's client
CORS_MAX_AGE_S = 3600
ORIGIN_HEADER = "x-origin-secret"  # what CloudFront adds if it stands before the API (infra.front_door.edge)
UNREADABLE_RECEIVES = 3  # after these, a message that cannot be read is a dead letter: a new version may read it


class Settings(BaseModel):
    """Field `table_name` is the variable `TABLE_NAME`. A missing or malformed one raises at the first call."""

    # Built when it is first read.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls.model_validate({k.lower(): v for k, v in environ.items() if k.lower() in cls.model_fields})

    def environment(self) -> dict[str, str]:
        """The variables that `read` turns back into this object."""
        return {name.upper(): str(value) for name, value in self.model_dump().items()}


class IdleSettings(Settings):
    """How long a learner may be inactive before a session is timed out: by itself, and if it asked for heartbeats."""

    idle_minutes: float = defaults.IDLE_MINUTES
    heartbeat_minutes: float = defaults.HEARTBEAT_MINUTES

    @property
    def timeouts(self) -> "Timeouts":
        """The timeouts of an app whose registration sets none."""
        from functions.core.sessions.timeouts import Timeouts  # the functions that only judge do without

        return Timeouts.constant(idle_minutes=self.idle_minutes, heartbeat_minutes=self.heartbeat_minutes)


class ProcessSettings(IdleSettings):
    table_name: str
    registry_table_name: str = ""  # empty: the registry is in the same table
    bucket_name: str
    bus_name: str = ""
    plain_notices: bool = False  # they name learners by their ids, too
    queue_url: str = ""  # to give back what there is no time for
    dead_letters_url: str = ""
    deliveries_url: str = ""  # the queue of what goes to webhooks; empty: nothing does
    retention_days: int = defaults.RETENTION_DAYS


class InsightSettings(Settings):
    """When something about a session is worth telling (`functions.core.insights.insight.Thresholds`)."""

    idling_gap_minutes: float = defaults.IDLING_GAP_MINUTES
    idling_inactive_seconds: int = defaults.IDLING_INACTIVE_SECONDS
    shopping_lessons: int = defaults.SHOPPING_LESSONS
    shopping_minutes: float = defaults.SHOPPING_MINUTES

    @property
    def thresholds(self) -> "Thresholds":
        from functions.core.insights.insight import Thresholds  # the folds behind it are nothing to the other functions

        return Thresholds(
            idle_gap_us=round(self.idling_gap_minutes * MINUTE_US),
            inactive_seconds=self.idling_inactive_seconds,
            shopping_lessons=self.shopping_lessons,
            shopping_us=round(self.shopping_minutes * MINUTE_US),
        )


class TimeoutSettings(IdleSettings, InsightSettings):
    """`margin_seconds`: how long SQS may take to count a message. No session ends sooner after its deadline.

    `sweep_invocations`: among how many invocations at most a sweep is shared if very much is due.
    """

    table_name: str
    registry_table_name: str = ""  # empty: the registry is in the same table
    queue_url: str
    bus_name: str = ""
    plain_notices: bool = False
    retention_days: int = defaults.RETENTION_DAYS
    margin_seconds: float = 60
    sweep_invocations: int = defaults.SWEEP_INVOCATIONS

    @property
    def margin_us(self) -> int:
        return round(self.margin_seconds * 1_000_000)
