"""The running stack: brought up once a session beside a developer's own, in `.local/test`, and ended after it."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.lifecycle import down, up
from infra.local.report import Progress
from infra.local.settings import config_from
from infra.local.workspace import Endpoint, Workspace, client
from infra.packaging.package import ROOT
from tests.e2e import evidence
from tests.e2e.school_day import Report, live
from tests.e2e.waiting import wait_for

# Short, so that a test sees a session time out; long enough that no session ends between two requests of a test.
IDLE_MINUTES = 0.2
ORIGIN = "https://lms.example.org"  # whose pages may call
SEED, LEARNERS = 18, 8  # of the school day


@dataclass
class Stack:
    """The endpoint with what tests do to it: requests with a token of either demonstration app, sweeps, waiting."""

    endpoint: Endpoint
    http: httpx.Client
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, *, lms: bool = False) -> str:
        """A token of the TimeBack app, or of the LMS."""
        it = self.endpoint
        client_id, secret = (it.lms_client_id, it.lms_client_secret) if lms else (it.client_id, it.client_secret)
        if client_id not in self._tokens:
            answer = self.http.post(it.token_url, auth=(client_id, secret), data={"grant_type": "client_credentials"})
            assert answer.status_code == 200, answer.text
            self._tokens[client_id] = answer.json()["access_token"]
        return self._tokens[client_id]

    def headers(self, *, lms: bool = False) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(lms=lms)}"}

    def post(self, path: str, body: Any, *, lms: bool = False) -> httpx.Response:
        return self.http.post(f"{self.endpoint.url}{path}", json=body, headers=self.headers(lms=lms))

    def get(self, path: str, *, lms: bool = False, **parameters: str) -> httpx.Response:
        return self.http.get(f"{self.endpoint.url}{path}", params=parameters, headers=self.headers(lms=lms))

    def rows(self, path: str, *, lms: bool = False, **parameters: str) -> list[dict[str, Any]]:
        """The rows of a list answer, whatever it calls them; nothing if there is no such thing."""
        answer = self.get(path, lms=lms, **parameters)
        if answer.status_code == 404:
            return []
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()[path.strip("/")]
        return rows

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator."""
        return client(service, self.endpoint.aws_endpoint_url, self.endpoint.aws_key)

    def sweep(self) -> None:
        """Run `timeout` now, as the schedule does each minute."""
        lambdas = self.client("lambda")
        names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]
        (name,) = [name for name in names if "-TimeoutFunction" in name]
        answer = lambdas.invoke(FunctionName=name, Payload=b"{}")
        said = answer["Payload"].read()
        assert "FunctionError" not in answer, said

    def wait_for[T](self, what: str, look: Callable[[], T]) -> T:
        return wait_for(what, look)


def workspace_of_tests() -> Workspace:
    """Where this session's stack is: one for each worker, if there are several."""
    return Workspace(ROOT / ".local" / f"test{os.environ.get('PYTEST_XDIST_WORKER', '')}")


def pytest_sessionstart() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        evidence.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails says where its logs and its screen are."""
    report = yield
    if report.failed:
        kept = evidence.keep(item.nodeid, workspace_of_tests(), began_s=call.start)
        report.sections.append(("what the failing test left", str(kept)))
    return report


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    return workspace_of_tests()


@pytest.fixture
def place(workspace: Workspace, tmp_path: Path) -> Path:
    """A directory in which the stack of these tests is the local one, for the operator's commands."""
    if shutil.which("make") is None:
        pytest.skip("make is not on this machine")
    (tmp_path / ".local").symlink_to(workspace.directory)
    return tmp_path


@pytest.fixture(scope="session")
def stack(workspace: Workspace) -> Iterator[Stack]:
    config = config_from({}, idle_minutes=IDLE_MINUTES, cors_origins=ORIGIN, canary=True)
    endpoint = up(workspace, config, Progress(quiet=True))
    try:
        with httpx.Client(timeout=30) as http:
            yield Stack(endpoint, http)
    finally:
        down(workspace)


@pytest.fixture(scope="session")
def school_day(stack: Stack) -> Report:
    """A school day that was lived on the stack, once for all tests that look at what came of it."""
    return live(stack.endpoint, seed=SEED, learners=LEARNERS, idle_minutes=IDLE_MINUTES, held=True, at_once=2)
