"""The front door's template: which route goes where, and who may knock."""

import json
import re
from pathlib import Path

from functions.query.routes import ROUTES
from functions.query.settings import QuerySettings
from functions.settings import CORS_HEADERS, CORS_METHODS
from infra.api import ACCESS_LOG
from tests.infra.conftest import Synthesised, synthesise

WITHOUT_CREDENTIAL = {
    "$default",
    *(
        f"{verb} {path}"
        for verb in ("GET", "HEAD")
        for path in ("/health", "/openapi.json", "/docs", "/.well-known/security.txt")
    ),
    *(f"{verb} /console{rest}" for verb in ("GET", "HEAD") for rest in ("", "/{file+}")),  # the page; no data is in it
    *(f"POST {path}{rest}" for path in ("/oauth2/token", "/auth/1.0/token") for rest in ("", "/{proxy+}")),
}


def routes(synthesised: Synthesised) -> dict[str, dict[str, str]]:
    return {
        resource["Properties"]["RouteKey"]: resource["Properties"]
        for resource in synthesised.resources("AWS::ApiGatewayV2::Route").values()
    }


def test_only_what_a_stranger_must_reach_has_no_authorizer(production: Synthesised) -> None:
    unguarded = {key for key, route in routes(production).items() if route.get("AuthorizationType", "NONE") == "NONE"}
    assert unguarded == WITHOUT_CREDENTIAL


def test_every_ingest_path_of_the_contract_has_a_route(production: Synthesised) -> None:
    paths = {"/", "/caliper/event", "/caliper/v1p2", "/caliper/event/validate", "/events/1.0"}
    paths |= {"/events/1.0/heartbeat", "/k/{key}"}
    assert {f"POST {path}" for path in paths} <= routes(production).keys()


def plain(path: str) -> str:
    """A path template without the names of its variables; what is below a greedy one is that one's."""
    for prefix in ("/insights/1.0/", "/webhooks/", "/webhook-filters/", "/edubridge/"):
        if prefix in path:
            path = path[: path.index(prefix)] + prefix + "{}"
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_what_query_answers_is_routed_to_it_with_a_credential_if_it_wants_one(production: Synthesised) -> None:
    authorised = {
        plain(key): route.get("AuthorizationType", "NONE") == "CUSTOM" for key, route in routes(production).items()
    }
    for route in ROUTES:
        for verb in ("GET", "HEAD"):
            assert authorised[f"{verb} {plain(route.path.template)}"] == (route.scope is not None), route.path


def test_a_token_comes_with_a_slash_at_the_end_of_its_path_or_none(production: Synthesised) -> None:
    targets = {json.dumps(route["Target"]) for key, route in routes(production).items() if "token" in key}
    (integration,) = (
        (name, resource["Properties"])
        for name, resource in production.resources("AWS::ApiGatewayV2::Integration").items()
        if resource["Properties"]["IntegrationType"] == "HTTP_PROXY"
    )
    assert integration[0] in "".join(targets)
    assert len(targets) == 1
    assert "{" not in "".join(part for part in integration[1]["IntegrationUri"]["Fn::Join"][1] if isinstance(part, str))


def test_no_route_ends_in_a_slash_which_http_apis_refuse(production: Synthesised) -> None:
    assert [key for key in routes(production) if key.endswith("/") and not key.endswith(" /")] == []


def test_verdicts_are_cached_by_credential_and_not_at_all_if_the_path_is_the_credential(
    production: Synthesised,
) -> None:
    authorizers = {
        name: resource["Properties"] for name, resource in production.resources("AWS::ApiGatewayV2::Authorizer").items()
    }
    of_route = {
        key: authorizers[str(route["AuthorizerId"]["Ref"])]  # type: ignore[index]
        for key, route in routes(production).items()
        if "AuthorizerId" in route
    }
    for key in [f"{verb} /k/{{key}}{rest}" for verb in ("POST", "GET", "HEAD") for rest in ("", "/{proxy+}")]:
        in_path = of_route.pop(key)
        assert in_path.get("IdentitySource", []) == []
        assert in_path["AuthorizerResultTtlInSeconds"] == 0
    for authorizer in of_route.values():
        assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
        assert authorizer["AuthorizerResultTtlInSeconds"] == 60
    assert {resource["EnableSimpleResponses"] for resource in authorizers.values()} == {True}


def test_the_access_log_holds_no_path_query_header_or_address(production: Synthesised) -> None:
    log_format = production.only("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"]
    assert json.loads(log_format) == ACCESS_LOG
    for secret in ("$context.path", "$context.http", "identity", "header", "querystring"):
        assert secret not in log_format.replace("$context.httpMethod", "")


def test_requests_are_throttled(production: Synthesised) -> None:
    throttle = production.only("AWS::ApiGatewayV2::Stage")["DefaultRouteSettings"]
    assert throttle == {"ThrottlingRateLimit": 1000, "ThrottlingBurstLimit": 2000}


def test_no_other_origin_may_call_unless_it_is_named(production: Synthesised) -> None:
    assert "CorsConfiguration" not in production.only("AWS::ApiGatewayV2::Api")


def test_an_origin_that_may_call_is_known_to_the_gateway_and_to_what_answers_its_preflights(tmp_path: Path) -> None:
    template = synthesise(tmp_path, stage="local", cors_origins="https://app.example.org, http://localhost:3000")
    cors = template.only("AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["https://app.example.org", "http://localhost:3000"]
    assert cors["AllowMethods"] == list(CORS_METHODS)
    assert cors["AllowHeaders"] == list(CORS_HEADERS)
    variables = template.functions()["query"]["Environment"]["Variables"]
    settings = QuerySettings.read({name: str(value) for name, value in variables.items()})
    assert settings.cors_origins.split(",") == cors["AllowOrigins"]


def test_every_route_that_needs_no_credential_has_a_small_throttle_of_its_own(production: Synthesised) -> None:
    stage = production.only("AWS::ApiGatewayV2::Stage")
    assert stage["RouteSettings"].keys() == WITHOUT_CREDENTIAL
    rates = [settings["ThrottlingRateLimit"] for settings in stage["RouteSettings"].values()]
    assert sum(rates) < stage["DefaultRouteSettings"]["ThrottlingRateLimit"] / 2


def test_the_stage_is_made_after_the_routes_that_it_throttles(production: Synthesised) -> None:
    (stage,) = production.resources("AWS::ApiGatewayV2::Stage").values()
    routes = production.resources("AWS::ApiGatewayV2::Route")
    throttled = stage["Properties"]["RouteSettings"]
    named = {name for name, route in routes.items() if route["Properties"]["RouteKey"] in throttled}
    assert len(named) == len(throttled)
    assert named <= set(stage["DependsOn"])
