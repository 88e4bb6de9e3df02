"""The asset of `lake`: its own, small enough for Lambda, and whole: it loads with nothing but itself."""

import shutil
import struct
import subprocess
import sys
import zipfile

import pytest

from infra.packaging.asset_contents import LAKE, SERVICE_DATA, SHARED
from infra.packaging.package import AT_HAND, build

UNZIPPED_BYTES = 200_000_000  # of 250 MB (Lambda's quota)
ARM64 = 0xB7
# As in the Lambda: the asset alone. The handler, every client, and a Parquet file with a codec.
IN_THE_ASSET = """
import sys, tempfile, pathlib
sys.path.insert(0, sys.argv[1])
import functions.lake.handler
import boto3
account = dict(region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a")
clients = {{name: boto3.client(name, **account) for name in {services!r}}}
from functions.lake.iceberg.catalog import LakeCatalog
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.iceberg.parquet import connect
store = ObjectStore(clients["s3"])
LakeCatalog(clients["glue"], store, database="d", warehouse="s3://b")
connection = connect(store)
file = pathlib.Path(tempfile.mkdtemp()) / "x.parquet"
connection.execute(f"COPY (SELECT 1 AS a, now() AS b) TO '{{file}}' (FORMAT parquet, COMPRESSION zstd)")
assert connection.execute(f"SELECT a FROM '{{file}}'").fetchone() == (1,)
import duckdb
assert duckdb.__file__.startswith(sys.argv[1]), duckdb.__file__
assert not [name for name in sys.modules if name.startswith("pyarrow")]
print("whole")
"""


@pytest.fixture(scope="module")
def arm64() -> zipfile.ZipFile:
    return zipfile.ZipFile(build(LAKE.platform, LAKE).path)


def test_the_asset_unzipped_is_under_200_mb(arm64: zipfile.ZipFile) -> None:
    assert sum(entry.file_size for entry in arm64.infolist()) < UNZIPPED_BYTES


def test_every_native_library_is_for_arm64(arm64: zipfile.ZipFile) -> None:
    libraries = [name for name in arm64.namelist() if name.endswith(".so")]
    assert any("duckdb" in name for name in libraries)
    for name in libraries:
        assert struct.unpack_from("<H", arm64.read(name), 18) == (ARM64,), name


def test_the_other_lambdas_get_nothing_of_the_lake() -> None:
    with zipfile.ZipFile(build(SHARED.platform, SHARED).path) as shared:
        assert not [name for name in shared.namelist() if "duckdb" in name or "iceberg" in name or "/lake/" in name]


def test_the_asset_knows_its_services_and_no_other(arm64: zipfile.ZipFile) -> None:
    names = [name.removeprefix(f"{SERVICE_DATA}/") for name in arm64.namelist() if name.startswith(SERVICE_DATA)]
    assert {name.partition("/")[0] for name in names if "/" in name} == set(LAKE.services)


def test_the_asset_is_whole() -> None:
    package = build(AT_HAND, LAKE)
    unpacked = package.path.with_suffix(".unpacked-by-a-test")
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(unpacked)
    try:
        script = IN_THE_ASSET.format(services=LAKE.services)
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", script, str(unpacked)], capture_output=True, text=True, check=False
        )
    finally:
        shutil.rmtree(unpacked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "whole"
