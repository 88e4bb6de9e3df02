"""What a deployment may choose. `app.py` fills it from CDK context and environment; every construct reads it."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from functions.settings import InsightSettings


class Config(BaseModel):
    """One deployment's choices, with the defaults of production."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack_name: str = Field("Caliper", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")
    stage: Literal["production", "local"] = "production"
    idle_minutes: float = Field(30, gt=0)
    heartbeat_minutes: float = Field(5, gt=0)
    retention_days: int = Field(400, ge=1)  # of an event in the table, from its arrival; the archive keeps all
    idling_gap_minutes: float = Field(10, gt=0)
    idling_inactive_seconds: int = Field(300, ge=1)
    shopping_lessons: int = Field(3, ge=2)
    shopping_minutes: float = Field(10, gt=0)
    cors_origins: str = ""  # comma-separated; empty: no browser of another origin may call
    requests_per_second: int = Field(1000, ge=1)  # above it the gateway answers 429
    alarm_email: str = ""  # alarms are sent to it; empty: nobody is subscribed

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        origins = [origin.strip() for origin in value.split(",") if origin.strip()]
        wrong = [origin for origin in origins if not re.fullmatch(r"\*|[a-z][a-z0-9+.-]*://[^/\s]+", origin)]
        if wrong:
            raise ValueError(
                f"{wrong[0]} is no origin as browsers send it: scheme and host, as https://app.example.org"
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

    def insight_thresholds(self) -> dict[str, Any]:
        """The settings of `functions.settings.InsightSettings`."""
        return {name: getattr(self, name) for name in InsightSettings.model_fields}

    @property
    def local(self) -> bool:
        return self.stage == "local"
