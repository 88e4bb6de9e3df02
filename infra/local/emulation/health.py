"""The health of a local stack: whether every function of it runs, and whether the API says that all is well."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from infra.local.report import Stopped
from infra.local.workspace import Endpoint, client

ANSWER_SECONDS = 30
# Those that no request reaches, each with an event that does nothing.
FUNCTIONS: dict[str, dict[str, Any]] = {
    "Process": {"Records": []},
    "Timeout": {},
    "Backup": {},
}


def healthy(endpoint: Endpoint) -> bool:
    """Whether the API answers, and well."""
    return _health(endpoint)[0] == 200


def warm(endpoint: Endpoint) -> None:
    """Call each function once, so that no first request waits for a cold start; Stopped if one fails."""
    lambdas = client("lambda", endpoint.aws_endpoint_url, endpoint.aws_key)
    names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]

    def invoke(part: str) -> tuple[str, str]:
        (name,) = [name for name in names if f"-{part}Function" in name]
        answer = lambdas.invoke(FunctionName=name, Payload=json.dumps(FUNCTIONS[part]).encode())
        return part.lower(), answer["Payload"].read().decode() if "FunctionError" in answer else ""

    def validate() -> tuple[str, str]:
        status, body = _request(f"{endpoint.url}/caliper/event", key=endpoint.sensor_key, body=b"{}")
        return "authorize or validate", "" if 0 < status < 500 else body

    def query() -> tuple[str, str]:
        status, body = _health(endpoint)
        return "query", "" if status == 200 else f"{status} {body}"

    with ThreadPoolExecutor() as pool:
        calls = [
            pool.submit(validate),
            pool.submit(query),
            *(pool.submit(invoke, part) for part in FUNCTIONS),
        ]
        for call in calls:
            name, wrong = call.result()
            if wrong:
                raise Stopped(f"{name} does not run:\n{wrong[:2000]}", "mend the function; `make test` finds such")


def _health(endpoint: Endpoint) -> tuple[int, str]:
    return _request(f"{endpoint.url}/health")


def _request(url: str, *, key: str = "", body: bytes | None = None) -> tuple[int, str]:
    """Status and text of the answer; status 0 and the reason if there is none."""
    headers = {"Authorization": key, "Content-Type": "application/json"} if key else {}
    try:
        with httpx.Client(timeout=ANSWER_SECONDS, trust_env=False) as http:
            answer = http.request("GET" if body is None else "POST", url, content=body, headers=headers)
    except httpx.HTTPError as error:
        return 0, str(error)
    return answer.status_code, answer.text
