"""What a deployment may choose. `app.py` fills it from CDK context and environment; every construct reads it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Config(BaseModel):
    """One deployment's choices, with the defaults of production."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack_name: str = Field("Caliper", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")
    stage: Literal["production", "local"] = "production"
    idle_minutes: float = Field(30, gt=0)
    heartbeat_minutes: float = Field(5, gt=0)
    retention_days: int = Field(400, ge=1)  # of an event in the table, from its arrival; the archive keeps all
    cors_origins: str = ""  # comma-separated; empty: no browser of another origin may call
    requests_per_second: int = Field(1000, ge=1)  # above it the gateway answers 429

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        return ",".join(origin.strip() for origin in value.split(",") if origin.strip())

    @property
    def local(self) -> bool:
        return self.stage == "local"
