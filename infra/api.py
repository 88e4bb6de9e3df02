"""The front door: one HTTP API, its routes, who authorises them, its throttle, its access log.

A route that needs a credential goes through the one Lambda authorizer, which always allows and passes on which app
it is (or why none), and the handlers' gate answers 401 and 403. What the gateway does by itself (Lambda authorizers
for HTTP APIs, "identity sources"): a request without the identity source is answered 401
`{"message":"Unauthorized"}` and no function runs; results are cached per value of it, over all routes. Hence two
entries for the same function:

    cached      identity source `Authorization`, 60 s: every route whose credential is in that header
    uncached    no identity source, so it also sees requests without the header: the route whose key is in its path

and none for what must answer a stranger: health, documentation, tokens, and `$default` (404 and 405 in our JSON).
"""

import json

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration, HttpUrlIntegration
from constructs import Construct

from functions.http.paths import SIGN_IN_LINK, gateway_routes
from functions.settings import CORS_HEADERS, CORS_MAX_AGE_S, CORS_METHODS, ORIGIN_HEADER
from infra.config import Config
from infra.front_door.domain import Domain
from infra.front_door.edge import Edge, OriginSecret

AUTHORIZER_CACHE = cdk.Duration.seconds(60)
OPEN_ROUTES_PER_SECOND = 20  # of each route that needs no credential: a stranger must not use up the stage's rate
OPEN_ROUTES_BURST = 40
ACCOUNT_BURST = 5_000  # requests at once of an account in a region; nobody can ask for more (API Gateway quotas)

# No path, query or header: a path may hold a sensor key, a query a learner's id.
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "app": "$context.authorizer.app",
    "credential": "$context.authorizer.credential",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "integrationMs": "$context.integrationLatency",
    "bytes": "$context.responseLength",
    "error": "$context.error.message",
    "authorizerError": "$context.authorizer.error",
    "integrationError": "$context.integrationErrorMessage",
}


class Api(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        authorize: lambda_.Function,
        validate: lambda_.Function,
        query: lambda_.Function,
        manage: lambda_.Function,
        sign_in_link: lambda_.Function | None,
        token_url: str,
        config: Config,
        origin_secret: OriginSecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        stack_name = cdk.Stack.of(
            self
        ).stack_name  # several stacks may live in one account, and the console lists names
        to_validate = HttpLambdaIntegration("ToValidate", validate, scope_permission_to_route=False)
        to_query = HttpLambdaIntegration("ToQuery", query, scope_permission_to_route=False)
        to_manage = HttpLambdaIntegration("ToManage", manage, scope_permission_to_route=False)
        # Its own permission: after the API's id the source ARN of `$default` has two parts, `<stage>/$default`. That of
        # any other route has three, `<stage>/<verb>/<path>`, and the permission for those matches three only.
        to_anything = HttpLambdaIntegration("ToAnything", query)
        # Straight to the pool's own endpoint: client id and secret pass no code of ours.
        to_token = HttpUrlIntegration("ToToken", token_url, method=gateway.HttpMethod.POST)
        cached = HttpLambdaAuthorizer(
            "Cached",
            authorize,
            authorizer_name=f"{stack_name}-cached",
            # The gateway answers 401 by itself if one of them is missing; its cache is by all of them.
            identity_source=["$request.header.Authorization"]
            + ([f"$request.header.{ORIGIN_HEADER}"] if origin_secret else []),
            results_cache_ttl=AUTHORIZER_CACHE,
            response_types=[HttpLambdaResponseType.SIMPLE],
        )
        uncached = HttpLambdaAuthorizer(
            "Uncached",
            authorize,
            authorizer_name=f"{stack_name}-uncached",
            identity_source=[],
            results_cache_ttl=cdk.Duration.seconds(0),
            response_types=[HttpLambdaResponseType.SIMPLE],
        )
        self.http_api = gateway.HttpApi(
            self,
            "HttpApi",
            api_name=stack_name,
            description="Caliper events in, questions about them out",
            cors_preflight=_cors(config),
            create_default_stage=False,
            disable_execute_api_endpoint=not config.execute_api,
            default_integration=to_anything,  # $default: unknown paths and verbs
        )
        integrations = {"validate": to_validate, "query": to_query, "manage": to_manage, "user pool": to_token}
        authorizers = {"header": cached, "path": uncached, "none": None}
        for route in gateway_routes():
            self.http_api.add_routes(
                path=route.template,
                methods=[gateway.HttpMethod(method) for method in route.methods],
                integration=integrations[route.answered_by],
                authorizer=authorizers[route.credential],
            )

        if sign_in_link is not None:  # of the local stack only
            self.http_api.add_routes(
                path=SIGN_IN_LINK,
                methods=[gateway.HttpMethod.POST],
                integration=HttpLambdaIntegration("ToSignInLink", sign_in_link),
            )

        access_log = logs.LogGroup(
            self,
            "AccessLog",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.stage = gateway.HttpStage(
            self,
            "Stage",
            http_api=self.http_api,
            auto_deploy=True,
            throttle=gateway.ThrottleSettings(
                rate_limit=config.requests_per_second,
                burst_limit=min(2 * config.requests_per_second, ACCOUNT_BURST),
            ),
        )
        stage = self.stage.node.default_child
        assert isinstance(stage, gateway.CfnStage)
        stage.access_log_settings = gateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
        open_routes = {
            key: {"ThrottlingRateLimit": OPEN_ROUTES_PER_SECOND, "ThrottlingBurstLimit": OPEN_ROUTES_BURST}
            for key in open_route_keys()
        }
        stage.route_settings = open_routes
        # A route must exist before it is throttled.
        routes = (node for node in self.http_api.node.find_all() if isinstance(node, gateway.CfnRoute))
        stage.node.add_dependency(*(route for route in routes if route.route_key in open_routes))
        self.api_id = self.http_api.api_id
        self.url, self.domain_target = self._front_door(config, origin_secret)
        Validations.of(self.http_api).acknowledge(
            Acknowledgment(
                id="AwsSolutions-APIG4",
                reason="Health, documentation, tokens and the 404/405 answer must reach a caller without credentials",
            )
        )

    def _front_door(self, config: Config, origin_secret: OriginSecret | None) -> tuple[str, str]:
        """The address to publish, and what the domain's record leads to; no record is needed without a domain."""
        if origin_secret is not None:
            edge = Edge(self, "Edge", http_api=self.http_api, secret=origin_secret, settings=config)
            return edge.url, edge.target if config.domain_name else ""
        if config.domain_name:
            domain = Domain(self, "Domain", http_api=self.http_api, stage=self.stage, settings=config)
            return f"https://{config.domain_name}", domain.target
        return self.http_api.api_endpoint, ""


def open_route_keys() -> list[str]:
    """The keys of the routes that anybody may call, `$default` included."""
    keys = [
        f"{method} {route.template}"
        for route in gateway_routes()
        if route.credential == "none"
        for method in route.methods
    ]
    return [*keys, "$default"]


def _cors(config: Config) -> gateway.CorsPreflightOptions | None:
    if not config.cors_origins:
        return None
    return gateway.CorsPreflightOptions(
        allow_origins=config.cors_origins.split(","),
        allow_methods=[gateway.CorsHttpMethod[name] for name in CORS_METHODS],
        allow_headers=list(CORS_HEADERS),
        expose_headers=["link", "retry-after", "www-authenticate"],
        max_age=cdk.Duration.seconds(CORS_MAX_AGE_S),
    )
