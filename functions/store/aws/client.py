"""How the Lambdas open a client: by botocore, which boto3's clients are of.

Importing boto3 itself takes a sixth longer: it loads its resources, and a transfer manager with its processes.
"""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session

session = cache(Session)  # of this instance: what it has loaded for one client the next one need not load


def open_client(service: str, config: Config | None = None) -> Any:
    """A client of `service` with the credentials, the region and the endpoint of the function's environment."""
    return session().create_client(service, config=config)
