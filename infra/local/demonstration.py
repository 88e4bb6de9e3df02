"""What `make local` shows: seam until the handlers are there."""

from infra.config import Config
from infra.local.report import Progress
from infra.local.site import Endpoint, Site

DEMO_IDLE_MINUTES = 0.25


def demonstrate(endpoint: Endpoint, config: Config, progress: Progress, site: Site) -> None:
    progress.step(f"{endpoint.url} {config.idle_minutes} {site.directory}")
