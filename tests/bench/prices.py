"""List prices that the cost model uses, in one table: us-east-1, US dollars, no free tiers, no discounts.

Looked up on 2026-11-21 in stored copies of the sources named, dated as stated; AWS's own pages were out of reach, so a
bill that matters wants one more look there. UNCONFIRMED: the list price as commonly known, found in no dated copy.
A price with tiers names for each how many units a month it holds for.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

MILLION = 1_000_000
ALL = math.inf
LOOKED_UP = "2026-11-21"
UNCONFIRMED = "AWS list price, unconfirmed"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for `per` units, by tier: (units a month up to which it holds, dollars)."""

    unit: str
    per: float
    tiers: tuple[tuple[float, float], ...]
    source: str

    def cost(self, units: float) -> float:
        """Dollars for so many units in one month."""
        total, below = 0.0, 0.0
        for up_to, usd in self.tiers:
            total += max(0.0, min(units, up_to) - below) * usd / self.per
            below = up_to
        return total


def _flat(unit: str, per: float, usd: float, source: str) -> Price:
    return Price(unit, per, ((ALL, usd),), source)


PRICES: Mapping[str, Price] = {
    "http_api_request": Price(
        "request of up to 512 KB", MILLION, ((300e6, 1.00), (ALL, 0.90)), "API Gateway pricing, 2025-05; amnic.com 2026"
    ),
    "data_out": _flat("GB to the internet", 1, 0.09, "API Gateway pricing, 2025-05"),
    "lambda_request": _flat("invocation", MILLION, 0.20, "Lambda pricing; cloudchipr.com 2024, go-cloud.io 2026"),
    "lambda_gb_s": Price(
        "GB-second, arm64",
        1,
        ((7.5e9, 0.0000133334), (18.75e9, 0.0000120001), (ALL, 0.0000106667)),
        "Lambda pricing; cloudchipr.com 2024, go-cloud.io 2026",
    ),
    "sqs_request": _flat("request of 64 KB, standard queue", MILLION, 0.40, "SQS pricing; cloudburn.io 2026-03"),
    "sqs_fair": _flat("request with a message group, on top", MILLION, 0.10, "SQS pricing; cloudburn.io 2026-03"),
    "wru": _flat(
        "write request unit, on demand", MILLION, 0.625, "DynamoDB pricing since 2024-11; airbyte.com 2025-07"
    ),
    "rru": _flat("read request unit, on demand", MILLION, 0.125, "DynamoDB pricing since 2024-11; airbyte.com 2025-07"),
    "table_gb": _flat("GB-month, standard class", 1, 0.25, "DynamoDB pricing page, undated copy"),
    "wru_infrequent": _flat(
        "write request unit, on demand, Standard-IA", MILLION, 0.78, "a quarter more, as DynamoDB's page for China says"
    ),
    "rru_infrequent": _flat(
        "read request unit, on demand, Standard-IA", MILLION, 0.155, "a quarter more, as DynamoDB's page for China says"
    ),
    "table_infrequent_gb": _flat("GB-month, Standard-IA class", 1, 0.10, UNCONFIRMED),
    "backup_gb": _flat("GB-month, point-in-time recovery", 1, 0.20, UNCONFIRMED),
    "s3_put": _flat("PUT", 1000, 0.005, UNCONFIRMED),
    "s3_get": _flat("GET", 1000, 0.0004, "athena.guide 2020-10"),
    "glue_request": _flat("request of the catalogue", MILLION, 1.00, "athena.guide 2020-10"),
    "athena_tb": _flat("TB read, 10 MB a question at least", 1, 5.00, "athena.guide 2020-10; techoral.com 2026"),
    "s3_gb": _flat("GB-month, Standard", 1, 0.023, "S3 pricing; go-cloud.io 2025"),
    "s3_cold_gb": _flat("GB-month, Glacier Instant Retrieval", 1, 0.004, UNCONFIRMED),
    "s3_transition": _flat("object moved to Glacier Instant Retrieval", 1000, 0.02, UNCONFIRMED),
    "log_gb": _flat("GB of log ingested", 1, 0.50, "CloudWatch pricing; hykell.com 2025"),
    "bus_event": _flat("custom event", MILLION, 1.00, "EventBridge pricing; cloudburn.io 2026-03"),
    "alarm": _flat("alarm-month", 1, 0.10, UNCONFIRMED),
    "metric": _flat("custom metric, month", 1, 0.30, UNCONFIRMED),
    "dashboard": _flat("dashboard-month", 1, 3.00, UNCONFIRMED),
    "kms_key": _flat("customer's key, month", 1, 1.00, "KMS pricing; cloudburn.io 2026-03"),
    "kms_request": _flat("request of KMS", 10_000, 0.03, "KMS pricing; wring.co 2026-03"),
    "oauth_client": _flat(
        "client-month, machine to machine", 1, 6.00, "Cognito pricing since 2024-05; rhythmictech.com"
    ),
}


def cost(name: str, units: float) -> float:
    """Dollars for so many units of the named price in one month."""
    return PRICES[name].cost(units)
