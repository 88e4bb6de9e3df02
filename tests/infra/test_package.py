"""The Lambdas' package: for arm64 from any machine, compiled for good, without what the runtime has."""

import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.package import AT_HAND, LAMBDA_PLATFORM, build

ARM64, UNCHECKED_HASH = 0xB7, 0b01  # e_machine of ELF; flags of PEP 552


@pytest.fixture(scope="module")
def package() -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(build(LAMBDA_PLATFORM).path) as found:
        yield found


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


def test_what_the_runtime_has_and_what_nobody_loads_is_left_out(package: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in package.namelist()}
    assert not tops & {"boto3", "botocore", "bin", "infra", "tests", "aws_cdk", "moto"}
    assert not [name for name in tops if name.endswith(".dist-info")]
    assert {"functions", "aws_lambda_powertools", "pydantic", "orjson", "msgspec", "zstandard", "jwt"} <= tops


def test_no_path_of_this_machine_is_compiled_in(package: zipfile.ZipFile) -> None:
    here = str(Path(__file__).resolve().parents[2]).encode()
    assert not [name for name in package.namelist() if name.endswith(".pyc") and here in package.read(name)]


def test_a_package_that_is_there_is_not_built_again() -> None:
    first = build(AT_HAND)
    made = first.path.stat().st_mtime_ns
    assert build(AT_HAND) == first
    assert first.path.stat().st_mtime_ns == made


def test_no_lock_names_a_host_and_every_package_has_its_hash() -> None:
    root = Path(__file__).resolve().parents[2]
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (root / name).read_text()
        assert "://" not in text
        blocks = [
            block for block in text.replace(" \\\n", " ").splitlines() if block and not block.lstrip().startswith("#")
        ]
        assert all("--hash=sha256:" in block for block in blocks)
    lock = json.loads((root / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
