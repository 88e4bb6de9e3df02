"""The CDK app: reads what a deployment may choose, and builds the one stack.

The only reader of deploy-time configuration: CDK context (`cdk deploy -c idle_minutes=10`), else the environment
(`IDLE_MINUTES=10`), else the defaults of `infra.config.Config`.
"""

import os
import sys

import aws_cdk as cdk
from pydantic import ValidationError

from infra.config import Config, describe_errors, region_of
from infra.stack import CaliperStack


def build(app: cdk.App) -> CaliperStack:
    """The stack as context and environment ask for it. Raises ValueError if it could not work so."""
    chosen = {}
    for name in Config.model_fields:
        value = app.node.try_get_context(name) or os.environ.get(name.upper())
        if value:
            chosen[name] = value
    config = Config.model_validate(chosen)
    region = region_of(os.environ.get("CDK_DEFAULT_REGION"))
    config.check_region(region)
    config.check_key_region(region)
    environment = cdk.Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=region)
    return CaliperStack(app, config.stack_name, config=config, env=environment)


def main() -> None:
    """Synthesise. What cannot work ends it with a sentence, and without a traceback."""
    app = cdk.App()
    try:
        build(app)
    except ValidationError as error:
        sys.exit(describe_errors(error))
    except ValueError as error:
        sys.exit(f"{error}.")
    app.synth()


if __name__ == "__main__":
    main()
