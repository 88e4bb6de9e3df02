"""For every test: nothing here may reach a real AWS account, what AWS refuses is refused, and a slow machine is no
failure.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.aws_rules.door import guard

for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION="20",
    JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION="1",
)

settings.register_profile("project", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", parent=settings.get_profile("project"), max_examples=10)
settings.register_profile("nightly", parent=settings.get_profile("project"), max_examples=1000)
settings.load_profile("project")


@pytest.fixture(scope="session", autouse=True)
def aws_refuses() -> Iterator[None]:
    """Every client of every test passes the door."""
    with pytest.MonkeyPatch.context() as patch:
        guard(patch)
        yield
