"""The console's files: small, whole, from here alone, and without a way to turn text into HTML."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.query.console import files
from functions.query.console.files import FOLDER, MEDIA_TYPES, SECURITY_POLICY, version
from infra.packaging.console_libraries import LIBRARIES, ROOT, copy_console_libraries
from tests.unit.query.world import World

BYTES_MAX = 150_000
OURS = sorted(path for path in FOLDER.rglob("*.js") if "vendor" not in path.parts)


@pytest.fixture(autouse=True)
def libraries() -> Iterator[None]:
    if not (ROOT / "node_modules" / "preact").exists():
        pytest.skip("npm has not installed the console's libraries: run `make setup`")
    copy_console_libraries()
    files.files.cache_clear()
    version.cache_clear()
    yield
    files.files.cache_clear()
    version.cache_clear()


@pytest.fixture
def world() -> World:
    new_world = World()
    new_world.principal = None
    return new_world


def test_the_page_is_served_to_a_stranger_with_a_policy_that_allows_nothing_inline(world: World) -> None:
    answer = world.ask("/console")
    assert answer["statusCode"] == 200
    policy = answer["headers"]["Content-Security-Policy"]
    assert policy == SECURITY_POLICY
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer["headers"]["Cache-Control"] == "no-cache"
    assert not re.search(r"<script(?![^>]* src=)| style=|\son\w+=", answer["body"])
    assert "%" not in answer["body"]


@pytest.mark.parametrize("page", ["/console", "/console/"])
def test_every_file_that_the_page_names_is_served_wherever_a_browser_looks_for_it(world: World, page: str) -> None:
    names = re.findall(r'(?:src|href)="([^"]+)"', world.ask(page)["body"])
    assert names
    for name in names:
        path = f"/console/{name}" if page.endswith("/") else f"/{name}"
        answer = world.ask(path)
        assert answer["statusCode"] == 200, path
        assert "immutable" in answer["headers"]["Cache-Control"]


def test_every_import_leads_to_a_file_that_is_served(world: World) -> None:
    imports = [
        (name, target)
        for name, text in files.files().items()
        if name.endswith(".js")
        for target in re.findall(r'[}*\w] ?from ?"([^"]+)"', text)
    ]
    assert imports
    for name, target in imports:
        assert target.startswith("."), f"{name} imports {target}"
        imported = (FOLDER / name).parent.joinpath(target).resolve().relative_to(FOLDER).as_posix()
        assert world.ask(f"/console/{version()}/{imported}")["statusCode"] == 200


def test_a_file_of_an_older_version_is_answered_and_not_kept(world: World) -> None:
    answer = world.ask("/console/0123456789abcdef/app.js")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["app.js", "x/app.js", "{}/nothing.js", "{}/index.html", "{}/../query/handler.py"])
def test_nothing_else_is_served(world: World, name: str) -> None:
    assert world.ask(f"/console/{name.format(version())}")["statusCode"] == 404


def test_all_of_it_is_smaller_than_150_kb() -> None:
    assert sum(len(text.encode()) for name, text in files.files().items() if not name.endswith(".txt")) < BYTES_MAX


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_script_turns_text_into_html_or_code(path: Path) -> None:
    text = path.read_text()
    for forbidden in (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write",
        r"\beval\(|new Function",
        r"localStorage",
    ):
        assert not re.search(forbidden, text)
    assert "http://" not in re.sub(r"http://(purl|www\.w3)\S+", "", text)


def test_libraries_come_from_npm_with_their_licences() -> None:
    assert {path.name for path in copy_console_libraries()} == {*LIBRARIES, "licenses.txt"}
    notes = files.files()["vendor/licenses.txt"]
    assert "MIT" in notes
    assert "Apache" in notes
    assert set(MEDIA_TYPES) >= {".js", ".css"}
