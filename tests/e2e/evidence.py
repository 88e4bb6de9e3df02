"""What a failing test leaves behind, under `.local/failed/<test>/`: the emulator's log, what the functions logged since
the test began, and the last screen of the browser if it used one.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.workspace import Workspace, client
from infra.packaging.package import ROOT

FAILED = ROOT / ".local" / "failed"
SCREENS = ROOT / ".local" / "screens"  # the last screen of each scenario (`tests.e2e.console.driver`)


def forget() -> None:
    """Remove what earlier runs left."""
    shutil.rmtree(FAILED, ignore_errors=True)
    shutil.rmtree(SCREENS, ignore_errors=True)


def keep(test: str, workspace: Workspace, *, began_s: float) -> Path:
    """Copy what tells of a test that began then; the directory. A stack that does not answer leaves its log alone."""
    directory = FAILED / re.sub(r"[^\w.-]+", "_", test)[-120:]
    directory.mkdir(parents=True, exist_ok=True)
    if workspace.log.exists():
        shutil.copyfile(workspace.log, directory / "emulator.log")
    for screen in SCREENS.glob("*.png"):
        if screen.stat().st_mtime >= began_s:
            shutil.copyfile(screen, directory / screen.name)
    endpoint = workspace.endpoint()
    if endpoint is not None:
        try:
            _keep_logs(client("logs", endpoint.aws_endpoint_url, endpoint.aws_key), directory, began_s=began_s)
        except (BotoCoreError, ClientError) as error:
            (directory / "logs.txt").write_text(f"the stack did not tell its logs: {error}\n")
    return directory


def _keep_logs(logs: Any, directory: Path, *, began_s: float) -> None:
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name, startTime=int(began_s * 1000))
            lines = [event["message"].rstrip("\n") for events in pages for event in events["events"]]
            if lines:
                (directory / f"{name.strip('/').replace('/', '_')}.log").write_text("\n".join(lines) + "\n")
