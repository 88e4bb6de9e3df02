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
    limit = lambdas.get_account_settings()["AccountLimit"]
    quota = limit["ConcurrentExecutions"]
    region = lambdas.meta.region_name
    yield compared(what, expected, f"{quota} in {region}", holds=quota >= CONCURRENT_LAMBDAS)
    yield set_aside(quota, limit.get("UnreservedConcurrentExecutions", quota))


def set_aside(quota: int, unreserved: int) -> Finding:
    """Whether workers are set aside in the account; advice if there are none and the quota has room for it."""
    what, expected = "Lambdas that are set aside", "a choice (docs/deploying.md)"
    if unreserved < quota:
        return compared(what, expected, f"{quota - unreserved} of {quota}", holds=True)
    process, timeout = quota // 4, max(2, quota // 50)
    if quota - process - timeout < CONCURRENT_LAMBDAS:
        return skipped(what, expected, f"none: a quota of {quota} has no room for it")
    settings = f"process_reserved_concurrency={process} timeout_reserved_concurrency={timeout}"
    return skipped(what, expected, f"none: {settings} would keep them from what else runs in the account")
