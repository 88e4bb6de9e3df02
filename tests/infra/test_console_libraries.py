"""The console's libraries are copied beside it, with names that a browser resolves and with their licences."""

from pathlib import Path

import pytest

from infra.packaging import console_libraries
from infra.packaging.console_libraries import copy_console_libraries


def test_each_library_is_copied_with_the_licences_and_no_name_that_only_npm_resolves(tmp_path: Path) -> None:
    copied = copy_console_libraries(tmp_path / "vendor" / "here")
    assert [path.name for path in copied] == ["preact.js", "hooks.js", "htm.js", "licenses.txt"]
    texts = {path.name: path.read_text() for path in copied}
    assert all(texts.values())
    assert 'from"./preact.js"' in texts["hooks.js"]
    assert 'from"preact"' not in "".join(texts.values())
    assert "sourceMappingURL" not in "".join(texts.values())
    for heading in ("preact (MIT)\n\n", "\n\nhtm (Apache-2.0)\n\n"):
        assert heading in texts["licenses.txt"]
    assert "Copyright" in texts["licenses.txt"]


def test_what_is_there_is_not_written_again_and_what_changed_is(tmp_path: Path) -> None:
    kept, changed, *_ = copy_console_libraries(tmp_path)
    text = changed.read_text()
    changed.write_text("of an earlier version")
    kept.chmod(0o444)
    before_ns = kept.stat().st_mtime_ns
    copy_console_libraries(tmp_path)
    assert kept.stat().st_mtime_ns == before_ns
    assert changed.read_text() == text


def test_without_what_npm_installs_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_libraries, "ROOT", tmp_path)
    monkeypatch.setattr(console_libraries, "FROM", tmp_path / "node_modules")
    with pytest.raises(RuntimeError, match=r"node_modules/preact/dist/preact\.mjs is missing: run `make setup`"):
        copy_console_libraries(tmp_path / "vendor")
