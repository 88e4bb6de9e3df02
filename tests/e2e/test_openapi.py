"""What `/openapi.json` says is what the API does: schemathesis makes requests of it and holds every answer to it."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Stack

SECONDS = 40
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def test_no_request_made_from_the_description_gets_a_5xx_or_an_undocumented_answer(
    stack: Stack, tmp_path: Path
) -> None:
    """By the examples, every boundary of every parameter, and random requests, within a bound of time."""
    url = stack.endpoint.url
    options = {
        "--url": url,
        "--header": f"Authorization: Bearer {stack.token()}",
        "--phases": "examples,coverage,fuzzing",
        "--checks": ",".join(CHECKS),
        "--max-time": str(SECONDS),
        "--max-examples": "20",
        "--seed": "4",
        "--workers": "2",
        "--suppress-health-check": "all",
        "--warnings": "off",
    }
    program = Path(sys.executable).with_name("schemathesis")
    arguments = [part for option in options.items() for part in option]
    done = subprocess.run(
        [program, "run", f"{url}/openapi.json", *arguments, "--continue-on-failure", "--no-color"],
        cwd=tmp_path,  # where it leaves what it found
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * SECONDS,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
