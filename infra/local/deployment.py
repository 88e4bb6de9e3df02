"""The CDK app on the emulator: synthesised if something changed, deployed by the real CDK command line, then fitted.

The template is that of AWS, except for the package's platform, what deletion keeps, and the settings. What the
emulator cannot do is fitted to it after the deployment (`_fit`), never in the template.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from functions.store import keys
from infra.config import Config
from infra.local.emulation.emulator import Emulator
from infra.local.report import Progress, Stopped
from infra.local.workspace import ACCOUNT, REGION, Workspace, clean_environment, client
from infra.packaging.package import AT_HAND, ROOT, Package, build

CDK = ROOT / "node_modules" / ".bin" / "cdk"
BOOTSTRAP_VERSION = "30"
MISSING_NODE = "install Node 20 or later, then run `make setup`"


def synthesise(workspace: Workspace, config: Config, progress: Progress) -> None:
    """The cloud assembly of `config` in `workspace.assembly`; nothing is done if it is up to date."""
    if not CDK.exists() or shutil.which("node") is None:
        raise Stopped("the CDK command line or Node is missing", MISSING_NODE)
    progress.step("packing the Lambdas")
    try:
        package = build(AT_HAND)
    except RuntimeError as error:
        raise Stopped(str(error), "check the network, then run this again") from error
    stamp = workspace.directory / "cdk.out.stamp"
    wanted = _assembly_digest(package, config)
    if stamp.exists() and stamp.read_text() == wanted and (workspace.assembly / "manifest.json").exists():
        progress.step("the template is up to date")
        return
    progress.step("synthesising the template (about 10 s)")
    stamp.unlink(missing_ok=True)
    shutil.rmtree(workspace.assembly, ignore_errors=True)
    _cdk(
        ["synth", "--quiet", "--no-notices", "--output", str(workspace.assembly)],
        workspace,
        # The library's own template check takes seconds; the tests run it.
        {
            "CDK_VALIDATION": "false",
            **{name.upper(): str(value) for name, value in config.model_dump().items()},
        },
    )
    stamp.write_text(wanted)


def deploy(workspace: Workspace, config: Config, emulator: Emulator, progress: Progress) -> dict[str, str]:
    """Deploy what `synthesise` made; the stack's outputs. Raises Stopped with the CDK's words if it fails."""
    progress.step("deploying with the CDK")
    _bootstrap(emulator)
    workspace.outputs_file.unlink(missing_ok=True)
    _cdk(
        [
            *("deploy", "--app", str(workspace.assembly), "--require-approval", "never", "--no-notices"),
            *("--progress", "events", "--outputs-file", str(workspace.outputs_file)),
        ],
        workspace,
        {"AWS_ENDPOINT_URL": emulator.url, "AWS_SESSION_TOKEN": emulator.key},
    )
    outputs: dict[str, str] = json.loads(workspace.outputs_file.read_text())[config.stack_name]
    _fit(workspace, outputs, emulator)
    return outputs


def _assembly_digest(package: Package, config: Config) -> str:
    digest = hashlib.sha256(f"{package.digest}\n{config.model_dump_json()}".encode())
    inputs = [ROOT / "app.py", ROOT / "cdk.json", ROOT / "package-lock.json", ROOT / "requirements-dev.txt"]
    constructs = [path for path in sorted((ROOT / "infra").rglob("*.py")) if "local" not in path.parts]
    for path in [*inputs, *constructs]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _cdk(arguments: list[str], workspace: Workspace, extra: Mapping[str, str]) -> None:
    log = workspace.directory / "cdk.log"
    with log.open("w") as out:
        done = subprocess.run(
            [str(CDK), *arguments],
            cwd=ROOT,
            env=clean_environment(os.environ) | dict(extra),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        said = "\n".join(line for line in log.read_text(errors="replace").splitlines()[-25:])
        raise Stopped(f"cdk {arguments[0]} failed:\n{said}", f"mend what it says; all of it is in {log}")


def _bootstrap(emulator: Emulator) -> None:
    """What `cdk bootstrap` would have made, as far as a deployment looks for it."""
    client("s3", emulator.url, emulator.key).create_bucket(Bucket=f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}")
    client("ssm", emulator.url, emulator.key).put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True
    )


def _resources(workspace: Workspace) -> list[dict[str, Any]]:
    """What the template at hand makes."""
    (template,) = workspace.assembly.glob("*.template.json")
    return list(json.loads(template.read_text())["Resources"].values())


def _fit(workspace: Workspace, outputs: Mapping[str, str], emulator: Emulator) -> None:
    """Mend five things that MiniStack does otherwise than AWS."""
    gateway = client("apigatewayv2", emulator.url, emulator.key)
    api = outputs["ApiId"]
    # The pool's domain has no address here; the emulator serves tokens itself, and appends the path of the request.
    (token,) = [
        resource
        for resource in gateway.get_integrations(ApiId=api)["Items"]
        if resource["IntegrationType"] == "HTTP_PROXY"
    ]
    gateway.update_integration(
        ApiId=api,
        IntegrationId=token["IntegrationId"],
        IntegrationUri=emulator.url,
        RequestParameters={"overwrite:path": "/oauth2/token"},
    )
    # A greedy variable takes no empty rest here, as it does on AWS; a route key may end in a slash here, and not there.
    routes: list[dict[str, Any]] = gateway.get_routes(ApiId=api, MaxResults="200")["Items"]
    for route in routes:
        if route["RouteKey"].endswith("+}"):
            gateway.create_route(
                ApiId=api,
                RouteKey=route["RouteKey"].rpartition("{")[0],
                **{name: route[name] for name in ("AuthorizationType", "AuthorizerId", "Target") if name in route},
            )
    # Of the template's API its CORS configuration is not applied.
    (api_resource,) = [resource for resource in _resources(workspace) if resource["Type"] == "AWS::ApiGatewayV2::Api"]
    if "CorsConfiguration" in api_resource["Properties"]:
        gateway.update_api(ApiId=api, CorsConfiguration=api_resource["Properties"]["CorsConfiguration"])
    # The login page leads back to the API's address, which is another here.
    client("cognito-idp", emulator.url, emulator.key).update_user_pool_client(
        UserPoolId=outputs["UserPoolId"],
        ClientId=outputs["ConsoleClientId"],
        CallbackURLs=[f"{emulator.url}/_aws/execute-api/{api}/console"],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        AllowedOAuthFlowsUserPoolClient=True,
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        AccessTokenValidity=30,
        TokenValidityUnits={"AccessToken": "minutes"},
        SupportedIdentityProviders=["COGNITO"],
    )
    # The template's time to live is not applied.
    client("dynamodb", emulator.url, emulator.key).update_time_to_live(
        TableName=outputs["TableName"],
        TimeToLiveSpecification={"Enabled": True, "AttributeName": keys.TTL},
    )
