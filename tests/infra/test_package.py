"""The Lambdas' package: for arm64 from any machine, compiled for good, with the boto3 that was tested."""

import ast
import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra.packaging.asset_contents import LAMBDA_PLATFORM, SERVICE_DATA, SERVICES, SHARED
from infra.packaging.package import AT_HAND, SOURCE, build

ARM64, UNCHECKED_HASH = 0xB7, 0b01  # e_machine of ELF; flags of PEP 552
UNZIPPED_BYTES = 60_000_000
LEFT_OUT = SHARED.left_out
LAMBDAS = sorted({path.parent.name for path in SOURCE.glob("*/handler.py")} - set(LEFT_OUT))
# As in a Lambda: the package alone, no site-packages. Every handler, every client; then one call to DynamoDB that
# `functions.store.dynamodb.wire` writes and reads, answered before it leaves the machine.
IN_THE_PACKAGE = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
for name in {lambdas!r}:
    importlib.import_module(f"functions.{{name}}.handler")
import boto3
from botocore.awsrequest import AWSResponse
from functions.store.dynamodb import wire
made = {{
    name: boto3.client(name, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a")
    for name in {services!r}
}}
sent = []
class Body:
    def stream(self):
        yield b'{{"Responses": {{"t": [{{"pk": {{"B": "AAE="}}}}]}}, "UnprocessedKeys": {{}}}}'
def answered(request, **_):
    sent.append(request.body)
    return AWSResponse(request.url, 200, {{"x-amzn-requestid": "r"}}, Body())
wire.attach(made["dynamodb"])
made["dynamodb"].meta.events.register("before-send.dynamodb", answered)
answer = wire.batch_get(made["dynamodb"], {{"t": {{"Keys": [{{"pk": {{"S": "p"}}}}]}}}})
assert sent == [b'{{"RequestItems":{{"t":{{"Keys":[{{"pk":{{"S":"p"}}}}]}}}}}}'], "before-call"
assert answer["Responses"]["t"] == [{{"pk": {{"B": "AAE="}}}}], "before-parse: " + repr(answer)
assert boto3.__file__.startswith(sys.argv[1])
print(boto3.__version__)
"""


@pytest.fixture(scope="module")
def package() -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(build(LAMBDA_PLATFORM).path) as archive:
        yield archive


def test_every_native_library_is_for_arm64(package: zipfile.ZipFile) -> None:
    libraries = [name for name in package.namelist() if name.endswith(".so")]
    assert libraries
    for name in libraries:
        assert struct.unpack_from("<H", package.read(name), 18) == (ARM64,), name


def test_every_module_is_compiled_so_that_no_file_time_matters(package: zipfile.ZipFile) -> None:
    names = set(package.namelist())
    sources = [Path(name) for name in names if name.endswith(".py")]
    missing = [
        str(source)
        for source in sources
        if str(source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc") not in names
    ]
    assert missing == []
    for name in names:
        if name.endswith(".pyc"):
            assert struct.unpack_from("<I", package.read(name), 4) == (UNCHECKED_HASH,), name


def services_called() -> Iterator[str]:
    """The name that each Lambda makes a client of, wherever it does."""
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] in LEFT_OUT:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
                "open_client",
                "client",
                "resource",
            ):
                name = node.args[0] if node.args else None
                assert isinstance(name, ast.Constant), f"{path}:{node.lineno}: a service that no test can read"
                assert isinstance(name.value, str)
                yield name.value


def test_the_package_knows_the_services_that_the_lambdas_call_and_no_other(package: zipfile.ZipFile) -> None:
    names = [name.removeprefix(f"{SERVICE_DATA}/") for name in package.namelist() if name.startswith(SERVICE_DATA)]
    folders = {name.partition("/")[0] for name in names if "/" in name}
    assert folders == set(services_called()) == set(SERVICES)
    for service in folders:
        assert [name for name in names if re.fullmatch(rf"{service}/[\d-]+/service-2\.json\.gz", name)], service
        assert [name for name in names if re.fullmatch(rf"{service}/[\d-]+/endpoint-rule-set-1\.json\.gz", name)]
    for shared in ("endpoints.json", "partitions.json", "_retry.json", "sdk-default-configuration.json"):
        assert shared in names


def test_the_boto3_that_was_tested_is_in_the_package_with_every_hook_that_is_hung_in_it() -> None:
    package = build(AT_HAND)
    unpacked = package.path.with_suffix(".unpacked-by-a-test")
    script = IN_THE_PACKAGE.format(lambdas=LAMBDAS, services=SERVICES)
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(unpacked)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", script, str(unpacked)], capture_output=True, text=True, check=False
        )
    finally:
        shutil.rmtree(unpacked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == boto3.__version__


def test_what_no_lambda_loads_is_left_out(package: zipfile.ZipFile) -> None:
    names = package.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert not tops & {"bin", "infra", "tests", "aws_cdk", "moto"}
    assert not [name for name in tops if name.endswith(".dist-info")]
    assert not [name for name in names if name.startswith(tuple(f"functions/{folder}/" for folder in LEFT_OUT))]
    assert not [name for name in names if "/examples-" in name or name.startswith(("boto3/data/", "boto3/examples/"))]
    assert {"functions", "boto3", "botocore", "aws_lambda_powertools", "pydantic", "orjson", "zstandard"} <= tops


def test_no_lambda_knows_what_is_left_out() -> None:
    left_out = re.compile(rf"(from|import) functions\.({'|'.join(LEFT_OUT)})\b")
    shipped = [path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).parts[0] not in LEFT_OUT]
    assert shipped
    assert [path for path in shipped if left_out.search(path.read_text())] == []


def test_the_package_unzipped_is_a_quarter_of_what_lambda_takes(package: zipfile.ZipFile) -> None:
    assert sum(entry.file_size for entry in package.infolist()) < UNZIPPED_BYTES  # of 250 MB (Lambda's quota)


def test_no_path_of_this_machine_is_compiled_in(package: zipfile.ZipFile) -> None:
    here = str(Path(__file__).resolve().parents[2]).encode()
    assert not [name for name in package.namelist() if name.endswith(".pyc") and here in package.read(name)]


def test_a_package_that_is_there_is_not_built_again() -> None:
    first = build(AT_HAND)
    built_ns = first.path.stat().st_mtime_ns
    assert build(AT_HAND) == first
    assert first.path.stat().st_mtime_ns == built_ns


def test_no_lock_names_a_host_and_every_package_has_its_hash() -> None:
    root = Path(__file__).resolve().parents[2]
    for name in ("requirements.txt", "requirements-lake.txt", "requirements-dev.txt"):
        text = (root / name).read_text()
        assert "://" not in text
        blocks = [
            block for block in text.replace(" \\\n", " ").splitlines() if block and not block.lstrip().startswith("#")
        ]
        assert all("--hash=sha256:" in block for block in blocks)
    lock = json.loads((root / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
