"""How an asset is built of wheels and source: what is asked of uv, what the zip holds, and when it is built anew."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from copy import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.packaging import package
from infra.packaging.asset_contents import Contents
from infra.packaging.package import AT_HAND, Package, build

WHEELS = {
    "library/__init__.py": "VALUE = 1\n",
    "library/fast.so": "native",
    "library/__init__.pyi": "VALUE: int\n",
    "library-1.dist-info/METADATA": "of the library",
    "duckdb-1.dist-info/METADATA": "of one that reads it",
    "bin/tool": "a tool",
    "alone.py": "VALUE = 2\n",
    "botocore/data/sqs/service.json": "{}",
    "botocore/data/iam/service.json": "{}",
    "botocore/data/endpoints.json": "{}",
}


class Uv:
    """Stands for `uv pip install`: puts the wheels where it is asked to."""

    def __init__(self, wheels: dict[str, str], *, fails: bool = False) -> None:
        self.wheels, self.fails = wheels, fails
        self.commands: list[list[str]] = []

    def run(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        for name, text in self.wheels.items():
            path = Path(command[command.index("--target") + 1]) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.CompletedProcess(command, int(self.fails), stderr=" no wheel fits\n")


type Building = Callable[..., Uv]


@pytest.fixture
def building(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Building:
    """Builds in a folder of the test's own, with such a uv."""

    def begin(wheels: dict[str, str] = WHEELS, *, fails: bool = False) -> Uv:
        uv = Uv(wheels, fails=fails)
        doubles = SimpleNamespace(run=uv.run, DEVNULL=subprocess.DEVNULL, PIPE=subprocess.PIPE)
        monkeypatch.setattr(package, "subprocess", doubles)
        monkeypatch.setattr(package, "BUILD", tmp_path / "build")
        monkeypatch.setattr(package, "find_uv_bin", lambda: "uv")
        return uv

    return begin


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    lock = tmp_path / "lock.txt"
    lock.write_text("library==1")
    unused = ("*.dist-info", "bin", "**/*.pyi", "alone.py")
    return Contents(
        name="asset", lock=lock, services=("sqs",), rooms=("canary",), unused=unused, kept=("duckdb-*.dist-info",)
    )


def names_in(built: Package) -> set[str]:
    with zipfile.ZipFile(built.path) as archive:
        return set(archive.namelist())


def test_the_asset_holds_what_is_used_of_the_wheels_and_the_source_of_its_rooms(
    building: Building, contents: Contents
) -> None:
    building()
    names = names_in(build("a-platform", contents))
    ours = {name for name in names if name.startswith("functions/")}
    compiled = "__pycache__/{}.cpython-313.pyc"
    assert names - ours == {
        "library/__init__.py",
        f"library/{compiled.format('__init__')}",
        "library/fast.so",
        "duckdb-1.dist-info/METADATA",
        "botocore/data/sqs/service.json",
        "botocore/data/endpoints.json",
    }
    assert {"functions/settings.py", "functions/canary/probe.py"} <= ours
    assert f"functions/canary/{compiled.format('probe')}" in ours
    assert {name.split("/")[1] for name in ours if name.count("/") > 1} == {"canary", "__pycache__"}


def test_the_same_input_makes_the_same_bytes_with_rights_that_lambda_can_read(
    building: Building, contents: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    building()
    first = build("a-platform", contents)
    monkeypatch.setattr(package, "BUILD", tmp_path / "elsewhere")
    again = build("a-platform", contents)
    assert (first.digest, first.path.read_bytes()) == (again.digest, again.path.read_bytes())
    with zipfile.ZipFile(first.path) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries if entry.external_attr >> 16 == 0o755] == ["library/fast.so"]
    assert {entry.external_attr >> 16 for entry in entries} == {0o755, 0o644}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_DEFLATED}


def test_only_hashed_wheels_of_the_platform_are_asked_for(building: Building, contents: Contents) -> None:
    uv = building()
    build("a-platform", contents)
    build(AT_HAND, contents)
    commands = [[*command[:5], *command[6:]] for command in uv.commands]  # without the folder they go to
    quiet = ["uv", "pip", "install", "--quiet", "--target", "--only-binary", ":all:", "--python", sys.executable]
    hashed = ["--require-hashes", "--requirements", str(contents.lock)]
    assert commands == [
        [*quiet, "--python-platform", "a-platform", "--python-version", "3.13", *hashed],
        [*quiet, *hashed],
    ]


def test_what_is_built_is_not_built_again_until_something_changes(building: Building, contents: Contents) -> None:
    uv = building()
    first = build("a-platform", contents)
    assert build("a-platform", contents) == first
    assert len(uv.commands) == 1
    assert first.path.name == f"asset-{first.digest}.zip"
    of_other_rooms = build("a-platform", replace(contents, rooms=("backup",)))
    assert len(uv.commands) == 1  # the wheels are the same
    contents.lock.write_text("library==2")
    others = [
        build("a-platform", contents),
        build("another", contents),
        build("a-platform", replace(contents, services=())),
        build("a-platform", replace(contents, unused=())),
    ]
    assert len({built.digest for built in (first, of_other_rooms, *others)}) == 6
    assert len(uv.commands) == 5


def test_the_eight_newest_assets_of_a_name_are_kept_and_those_of_others(
    building: Building, contents: Contents, tmp_path: Path
) -> None:
    building()
    (tmp_path / "build").mkdir()
    for number in range(10):
        for name in ("asset", "other"):
            path = tmp_path / "build" / f"{name}-{number}.zip"
            path.touch()
            os.utime(path, (1000 + number, 1000 + number))
    built = build("a-platform", contents)
    kept = {path.name for path in (tmp_path / "build").glob("asset-*.zip")}
    assert kept == {built.path.name, *(f"asset-{number}.zip" for number in range(3, 10))}
    assert len(list((tmp_path / "build").glob("other-*.zip"))) == 10


def test_nothing_half_built_is_left(building: Building, contents: Contents, tmp_path: Path) -> None:
    building()
    built = build("a-platform", contents)
    (wheels,) = (path for path in (tmp_path / "build").iterdir() if path != built.path)
    assert wheels.name.startswith("wheels-")
    assert "partial" not in wheels.name


def test_what_uv_says_is_said_if_the_wheels_cannot_be_fetched(building: Building, contents: Contents) -> None:
    building(fails=True)
    with pytest.raises(RuntimeError, match=r"could not be fetched for a-platform:\nno wheel fits$"):
        build("a-platform", contents)


def test_a_library_that_does_not_compile_is_refused(building: Building, contents: Contents) -> None:
    building({**WHEELS, "library/broken.py": "def"})
    with pytest.raises(RuntimeError, match="does not compile"):
        build("a-platform", contents)


def test_another_python_than_lambdas_is_refused(
    building: Building, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = building()
    monkeypatch.setattr(package, "LAMBDA_PYTHON", (3, 12))
    with pytest.raises(RuntimeError, match=r"compiled for Python 3\.12, this is 3\.13\.\d+; run `make setup`"):
        build("a-platform", contents)
    assert uv.commands == []


@pytest.mark.parametrize(
    ("path", "of_rooms", "of_all"),
    [
        ("settings.py", True, True),
        ("core/ids.py", True, True),
        ("query/handler.py", False, True),
        ("operate/run.py", False, False),
        ("core/__pycache__/ids.cpython-313.pyc", False, False),
    ],
)
def test_rooms_that_are_not_named_and_those_left_out_do_not_go_into_the_asset(
    path: str, of_rooms: bool, of_all: bool
) -> None:
    all_rooms = Contents(name="all", lock=Path("lock"), services=(), left_out=("operate",))
    assert all_rooms.ships(Path(path)) is of_all
    assert replace(all_rooms, rooms=("core", "operate")).ships(Path(path)) is of_rooms
