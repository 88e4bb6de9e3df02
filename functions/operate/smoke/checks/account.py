"""The account: a stack that is complete, a bootstrap that CDK can use, and room for its functions."""

from collections.abc import Iterator

from functions.operate.smoke.report import Finding, compared, skipped
from functions.operate.smoke.trial import Trial

COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = 6  # the least that a template of CDK 2 asks for
CONCURRENT_LAMBDAS = 100  # new accounts may have 10, which `validate` takes from `process` at the first rush


def check(trial: Trial) -> Iterator[Finding]:
    status = trial.deployment.status
    yield compared(f"stack {trial.deployment.name}", " or ".join(COMPLETE), status, holds=status in COMPLETE)
    version = int(trial.connection.client("ssm").get_parameter(Name=BOOTSTRAP_PARAMETER)["Parameter"]["Value"])
    yield compared("CDK bootstrap version", f"{BOOTSTRAP_VERSION} or more", version, holds=version >= BOOTSTRAP_VERSION)
    what, expected = "Lambdas that may run at once", f"{CONCURRENT_LAMBDAS} or more"
    if trial.local:
        yield skipped(what, expected, "the emulator has no quota: it is that of an AWS account")
        return
    lambdas = trial.connection.client("lambda")
    quota = lambdas.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    region = lambdas.meta.region_name
    yield compared(what, expected, f"{quota} in {region}", holds=quota >= CONCURRENT_LAMBDAS)
