"""What a deployment may choose, and what is refused before AWS sees it: with a sentence, and without a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import app
from infra.config import Config, region_of
from tests.infra.conftest import ROOT, Synthesised, synthesise


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1"])
def test_a_region_of_another_partition_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match=f"{region}, which is in another partition than `aws`"):
        region_of(region)


@pytest.mark.parametrize("region", [None, "us-east-1", "eu-central-2", "ap-southeast-7", "il-central-1"])
def test_a_commercial_region_is_taken(region: str | None) -> None:
    assert region_of(region) == region


@pytest.mark.parametrize(
    "wrong",
    [
        *("capacitor://localhost", "file://x", "app.example.org", "https://app.example.org/", "https://*.example.org"),
        *("https://app.example.org,https://b.example.org/page", "HTTPS://app.example.org", "https:*", "null"),
    ],
)
def test_an_origin_that_http_apis_do_not_take_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not an origin as browsers send it"):
        Config(cors_origins=wrong)


def test_origins_are_taken_as_browsers_send_them() -> None:
    origins = " https://app.example.org , http://localhost:3000,"
    assert Config(cors_origins=origins).cors_origins == "https://app.example.org,http://localhost:3000"
    for all_of in ("*", "https://*", "http://*"):
        assert Config(cors_origins=all_of).cors_origins == all_of


@pytest.mark.parametrize("name", ["idle_minutes", "heartbeat_minutes", "idling_gap_minutes", "shopping_minutes"])
@pytest.mark.parametrize("minutes", ["inf", "nan", "0", "-1"])
def test_minutes_are_a_number_above_none(name: str, minutes: str) -> None:
    with pytest.raises(ValueError, match=name):
        Config.model_validate({name: minutes})


@pytest.mark.parametrize("name", ["idle_minutes", "heartbeat_minutes"])
def test_a_session_ends_before_its_events_are_forgotten(name: str) -> None:
    Config.model_validate({name: "1439", "retention_days": "1"})
    with pytest.raises(ValueError, match="would be forgotten before it ends"):
        Config.model_validate({name: "1440", "retention_days": "1"})


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("CDK_DEFAULT_REGION", "cn-north-1", "CDK_DEFAULT_REGION is cn-north-1, which is in another partition"),
        ("CORS_ORIGINS", "capacitor://localhost", "cors_origins: capacitor://localhost is not an origin"),
        ("ALARM_EMAIL", "nobody", "alarm_email: nobody is not an email address"),
        ("RETENTION_DAYS", "0", "retention_days: 0 must be 1 or more. Type RETENTION_DAYS="),
        ("IDLE_MINUTES", "soon", "idle_minutes: soon must be a number. Type IDLE_MINUTES="),
        ("REGISTRY_MOVED", "perhaps", "registry_moved: perhaps must be true or false. Type REGISTRY_MOVED="),
    ],
)
def test_what_cannot_work_is_refused_at_synth_with_a_sentence(
    variable: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert str(ended.value).startswith(sentence)


def test_a_refusal_at_synth_is_a_failure_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"IDLE_MINUTES": "soon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("idle_minutes: soon must be a number. Type IDLE_MINUTES=")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_deployment_asks_before_it_widens_permissions() -> None:
    """The local one does not: `tests.infra.local.test_deployment`."""
    assert json.loads((ROOT / "cdk.json").read_text())["requireApproval"] == "broadening"


def protected(synthesised: Synthesised) -> bool:
    manifest = json.loads((synthesised.directory / "manifest.json").read_text())
    (stack,) = (
        artifact for artifact in manifest["artifacts"].values() if artifact["type"] == "aws:cloudformation:stack"
    )
    return bool(stack["properties"].get("terminationProtection", False))


def test_a_stack_with_data_that_is_kept_is_protected_from_deletion(production: Synthesised, local: Synthesised) -> None:
    assert protected(production)
    assert not protected(local)


def test_what_the_console_lists_by_name_carries_the_stacks_name(tmp_path: Path) -> None:
    template = synthesise(tmp_path, stage="local", stack_name="Second")
    assert template.only("AWS::ApiGatewayV2::Api")["Name"] == "Second"
    authorizers = template.resources("AWS::ApiGatewayV2::Authorizer").values()
    assert sorted(authorizer["Properties"]["Name"] for authorizer in authorizers) == [
        "Second-cached",
        "Second-uncached",
    ]


CONCURRENCY = [f"{name}_reserved_concurrency" for name in ("process", "timeout", "query")]


def limits(template: Synthesised) -> tuple[list[int | None], int | None]:
    """What is set aside for `process`, `timeout` and `query`, and how many workers the queue calls at most."""
    reserved = [
        template.functions()[name].get("ReservedConcurrentExecutions") for name in ("process", "timeout", "query")
    ]
    (mapping,) = [
        mapping["Properties"]
        for mapping in template.resources("AWS::Lambda::EventSourceMapping").values()
        if "Process" in str(mapping["Properties"]["FunctionName"])
    ]
    return reserved, mapping.get("ScalingConfig", {}).get("MaximumConcurrency")


def test_nothing_is_set_aside_unless_it_is_asked_for(production: Synthesised) -> None:
    assert limits(production) == ([None, None, None], None)


def test_workers_are_set_aside_and_the_queue_calls_no_more_of_them(tmp_path: Path) -> None:
    chosen: dict[str, Any] = dict(zip(CONCURRENCY, ("40", "5", "30"), strict=True))
    assert limits(synthesise(tmp_path / "1", **chosen)) == ([40, 5, 30], 40)
    chosen["queue_maximum_concurrency"] = "20"
    assert limits(synthesise(tmp_path / "2", **chosen)) == ([40, 5, 30], 20)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"queue_maximum_concurrency": 1}, "2 and more"),
        ({"process_reserved_concurrency": 1}, "2 and more"),
        ({"process_reserved_concurrency": 10, "queue_maximum_concurrency": 11}, "must not be over"),
    ],
)
def test_a_limit_that_cannot_work_is_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Config(**wrong)  # type: ignore[arg-type]  # the values are what is tested


@pytest.mark.parametrize(("rate", "burst"), [(1, 2), (1000, 2000), (2500, 5000), (2501, 5000), (10_000, 5000)])
def test_a_burst_is_twice_the_rate_and_never_more_than_an_accounts(tmp_path: Path, rate: int, burst: int) -> None:
    template = synthesise(tmp_path, stage="local", requests_per_second=str(rate))
    throttle = template.only("AWS::ApiGatewayV2::Stage")["DefaultRouteSettings"]
    assert throttle == {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
