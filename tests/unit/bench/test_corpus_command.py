"""`make corpus` counts what becomes of payloads, and names those that were not taken."""

import json
from pathlib import Path

import pytest

from tests.bench.corpus import main
from tests.payloads import Payloads, envelope


def test_the_command_names_each_payload_that_was_not_taken_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    payloads = Payloads(11)
    good = payloads.lesson_started(payloads.urn())
    written = {
        "good/one.json": envelope(good),
        "bad/two.json": envelope(good, {**good, "action": None}),
        "bad/three.json": {**envelope(good), "sensor": None},
    }
    for name, payload in written.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(payload))
    (tmp_path / "four.json").write_text("{")
    monkeypatch.setenv("DIR", str(tmp_path))
    assert main() == 0
    counts, _, named = capsys.readouterr().out.partition("total")
    assert [line.split()[:2] for line in counts.splitlines()[1:]] == [["bad", "2"], [".", "1"], ["good", "1"]]
    lines = named.splitlines()[1:]
    assert lines[::2] == ["refused  bad/three.json", "refused  four.json", "rejected  bad/two.json"]
    reasons = lines[1::2]
    assert reasons[0].startswith("    /sensor: ")
    assert reasons[2].startswith("    item 1, /action: ")
