"""What `caliper validate` prints in each format, and how a file is read."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from functions.client.validating.formats import FORMATS
from functions.client.validating.judgement import Judged, Place, judge, judge_payload, open_payload
from functions.client.validating.payload import Document, Payload, Unreadable, is_ndjson, read
from functions.client.validating.summary import FileReport, summary_line
from functions.core.apps import App
from functions.core.caliper.findings import Finding, Refusal, Verdict
from functions.core.times import parse_time
from functions.core.version import VERSION
from tests.payloads import APP, V1P2, Payloads

ERROR = Finding("error", "required", "/object", "50% of\r\nit: no, none", "Caliper 1.2")
WARNING = Finding("warning", "null", "", "hm", "house")
KEPT = Verdict("event", accepted=True, id="urn:x:1", findings=())
WARNED = Verdict("event", accepted=True, id="urn:x:2", findings=(WARNING,))
REJECTED = Verdict("event", accepted=False, id=None, findings=(ERROR, WARNING))


def judged(verdict: Verdict, number: int = 0, *, refused: bool = False) -> Judged:
    places = tuple((finding, Place(number + 2, column)) for column, finding in enumerate(verdict.findings, 5))
    return Judged(number, 1, verdict, Place(number + 1, 3), places, refused)


REPORTS = [
    FileReport("a,b:c%.json", (judged(KEPT), judged(REJECTED, 1))),
    FileReport("-", (judged(WARNED),)),
]


def printed(name: str) -> list[str]:
    return list(FORMATS[name](REPORTS))


def test_text_is_a_line_a_finding_and_the_counts_of_each_file() -> None:
    assert printed("text") == [
        "a,b:c%.json:3:5: error required /object: 50% of\r\nit: no, none [Caliper 1.2]",
        "a,b:c%.json:3:6: warning null /: hm [house]",
        "a,b:c%.json: 1 of 2 accepted, 1 rejected",
        "-:2:5: warning null /: hm [house]",
        "-: 1 of 1 accepted, 1 with warnings",
    ]


def test_github_gets_commands_in_which_what_means_something_is_escaped() -> None:
    file = "file=a%2Cb%3Ac%25.json,line=3"
    first, *others = printed("github")
    assert first == f"::error {file},col=5,title=Caliper required::/object: 50%25 of%0D%0Ait: no, none [Caliper 1.2]"
    assert others == [
        f"::warning {file},col=6,title=Caliper null::/: hm [house]",
        "a,b:c%.json: 1 of 2 accepted, 1 rejected",
        "::warning file=-,line=2,col=5,title=Caliper null::/: hm [house]",
        "-: 1 of 1 accepted, 1 with warnings",
    ]


def test_json_has_each_item_with_its_place_and_findings() -> None:
    (text,) = printed("json")
    assert text.startswith('{\n  "version"')
    nothing = {"clean": 0, "warnings": 0, "rejected": 0, "refused": 0}
    about: dict[str, Any] = {"envelope": 1, "column": 3, "kind": "event"}
    assert json.loads(text) == {
        "version": VERSION,
        "accepted": False,
        "files": [
            {
                "file": "a,b:c%.json",
                "counts": nothing | {"clean": 1, "rejected": 1},
                "items": [
                    about | {"index": 0, "line": 1, "id": "urn:x:1", "outcome": "clean", "findings": []},
                    about
                    | {
                        "index": 1,
                        "line": 2,
                        "id": None,
                        "outcome": "rejected",
                        "findings": [
                            ERROR.as_dict() | {"line": 3, "column": 5},
                            WARNING.as_dict() | {"line": 3, "column": 6},
                        ],
                    },
                ],
            },
            {
                "file": "-",
                "counts": nothing | {"warnings": 1},
                "items": [
                    about
                    | {
                        "index": 0,
                        "line": 1,
                        "id": "urn:x:2",
                        "outcome": "warnings",
                        "findings": [WARNING.as_dict() | {"line": 2, "column": 5}],
                    }
                ],
            },
        ],
    }
    (good,) = FORMATS["json"](REPORTS[1:])
    assert json.loads(good)["accepted"] is True


def test_sarif_is_one_run_with_each_rule_and_each_place() -> None:
    (text,) = printed("sarif")
    assert text.startswith('{\n  "$schema"')
    log = json.loads(text)
    (run,) = log.pop("runs")
    assert log == {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
    results = run.pop("results")
    rules = [{"id": "null"}, {"id": "required"}]
    assert run == {
        "tool": {"driver": {"name": "caliper", "version": VERSION, "rules": rules}},
        "columnKind": "utf16CodeUnits",
    }

    def result(rule: int, level: str, text: str, uri: str, line: int, column: int) -> dict[str, Any]:
        region = {"startLine": line, "startColumn": column}
        location = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
        name = rules[rule]["id"]
        return {"ruleId": name, "ruleIndex": rule, "level": level, "message": {"text": text}, "locations": [location]}

    assert results == [
        result(1, "error", "/object: 50% of\r\nit: no, none [Caliper 1.2]", "a,b:c%.json", 3, 5),
        result(0, "warning", "/: hm [house]", "a,b:c%.json", 3, 6),
        result(0, "warning", "/: hm [house]", "stdin", 2, 5),
    ]


@pytest.mark.parametrize(
    ("outcomes", "line", "accepted"),
    [
        ([], "0 of 0 accepted", True),
        (["clean", "clean"], "2 of 2 accepted", True),
        (["clean", "warnings", "rejected"], "2 of 3 accepted, 1 with warnings, 1 rejected", False),
        (["refused"], "refused", False),
        (["clean", "refused", "refused"], "1 of 1 accepted, 2 documents refused", False),
        (["rejected"], "0 of 1 accepted, 1 rejected", False),
    ],
)
def test_the_counts_of_a_file_are_said_in_words(outcomes: list[str], line: str, accepted: bool) -> None:
    verdicts = {"clean": KEPT, "warnings": WARNED, "rejected": REJECTED, "refused": REJECTED}
    items = tuple(judged(verdicts[name], refused=name == "refused") for name in outcomes)
    report = FileReport("f", items)
    assert [item.outcome for item in items] == outcomes
    assert summary_line(report) == f"f: {line}"
    assert report.accepted is accepted


MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("name", "text", "is_lines"),
    [
        ("a.ndjson", b"{}", True),
        ("a.jsonl.gz", b"[", True),
        ("a.json", b'{"a":1}\n{"a":2}', True),
        ("a.json", MARK + b' {"a":1}\n{"a":2}\n\n', True),
        ("a.json", b'{oops\n{"a":2}', True),
        ("a.json", b'{"a":1}\n{oops', True),
        ("a.json", MARK + b'{"a":1}\n{oops', True),
        ("a.json", b'{"a":1}', False),
        ("a.json", b'{"a":1}\n', False),
        ("a.json", b"[1,\n2]", False),
        ("a.json", b"1\n2", False),
        ("a.json", b'{\n"a":1}', False),
        ("ndjson", b"{}", False),
    ],
)
def test_a_file_has_a_document_a_line_if_its_name_or_its_lines_say_so(name: str, text: bytes, is_lines: bool) -> None:
    assert is_ndjson(name, text) is is_lines


def test_each_line_is_a_document_and_blank_ones_are_none() -> None:
    payload = Payload("a.ndjson", MARK + b"\r\n{1}\r\n \n{2}\n\n{3}")
    assert list(payload.documents()) == [Document(b"{1}", 5), Document(b"{2}", 12), Document(b"{3}", 17)]
    assert list(Payload("a.json", b"[1,\n2]").documents()) == [Document(b"[1,\n2]", 0)]


@pytest.mark.parametrize(
    ("offset", "place"), [(0, (1, 1)), (3, (1, 1)), (4, (1, 2)), (6, (1, 3)), (10, (1, 5)), (11, (2, 1)), (12, (2, 2))]
)
def test_a_place_is_counted_from_one_in_units_of_editors(offset: int, place: tuple[int, int]) -> None:
    assert Payload("a", MARK + "aµ😀\nb".encode()).line_and_column(offset) == place


def test_a_file_is_read_packed_or_not_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    for body in (b"{}", gzip.compress(b"{}")):
        path.write_bytes(body)
        assert read(str(path)) == Payload(str(path), b"{}")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"[]"))))
    assert read("-") == Payload("-", b"[]")


@pytest.mark.parametrize(
    "body",
    [b"\x1f\x8b", gzip.compress(b"x" * 99)[:-9], b"\x1f\x8b\x08" + b"\x00" * 7 + b"\xff" * 9],
    ids=["begun", "cut off", "no gzip"],
)
def test_a_file_that_is_not_whole_is_unreadable(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(body)
    with pytest.raises(Unreadable, match=r"a\.gz begins like gzip and is not whole: .+\. Pack it again\.$"):
        read(str(path))
    with pytest.raises(Unreadable, match=r"none cannot be read: No such file or directory\.$"):
        read(str(tmp_path / "none"))


def an_event(**said: Any) -> bytes:
    event = Payloads(3).question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001") | said
    return json.dumps(event).encode()


def test_a_bare_item_is_taken_as_in_an_envelope_of_the_newest_version() -> None:
    bare = open_payload(MARK + b"  " + an_event() + b"\n")
    assert not isinstance(bare, Refusal)
    ((envelope,)) = bare
    assert (envelope.sensor, envelope.send_time, envelope.data_version) == ("", "", V1P2)
    assert envelope.items == [an_event()]


@pytest.mark.parametrize("body", [b"{oops", b"7", b'{"data": []}', b'{"sensor": "urn:s"}'])
def test_what_is_neither_envelope_nor_item_is_refused(body: bytes) -> None:
    assert isinstance(open_payload(body), Refusal)
    assert isinstance(judge_payload(body), Refusal)


def test_verdicts_are_those_of_the_app_of_the_moment_and_of_strictness() -> None:
    null = an_event(target=None)

    def accepted(**how: Any) -> bool:
        verdicts = judge_payload(null, **how)
        assert not isinstance(verdicts, Refusal)
        return verdicts[0].accepted

    strict = App(app_id=APP, tenant="t", edapps=("*",), strict=True)
    other = App(app_id=APP, tenant="t", edapps=("https://other.example",))
    assert [accepted(), accepted(strict=True), accepted(app=strict), accepted(app=strict, strict=False)] == [
        True, False, False, True,
    ]  # fmt: skip
    assert accepted(app=other) is False


def test_an_item_arrives_at_the_time_that_is_said() -> None:
    future = Payload("a.json", an_event(eventTime="2050-01-01T00:00:00Z"))
    then = parse_time("2050-01-01T00:00:00Z")
    now = parse_time("2026-03-02T12:00:00Z")
    codes = [[finding.code for item in judge(future, now_us=us) for finding, _ in item.findings] for us in (None, then)]
    assert codes[0] == codes[1]
    assert len([code for item in judge(future, now_us=now) for code in item.findings]) > len(codes[0])


def test_each_item_has_the_number_of_its_envelope_and_its_own() -> None:
    head = b'{"sensor": "urn:s", "sendTime": "2026-03-02T12:00:00Z", "dataVersion": "' + V1P2.encode() + b'", "data": ['
    two = head + an_event() + b",\n7]}"
    text = b"[" + two + b",\n" + head + an_event(id="urn:uuid:0b0a0a0a-0000-4000-8000-000000000001") + b"]}]"
    items = list(judge(Payload("a.json", text)))
    assert [(item.envelope, item.index, item.place.line) for item in items] == [(0, 0, 1), (0, 1, 2), (1, 0, 3)]
    assert items[1].outcome == "rejected"
    assert {place.line for _, place in items[1].findings} == {2}
    (refused,) = judge(Payload("a.json", MARK + b'\n{"a": oops}'))
    assert (refused.outcome, refused.place, refused.verdict.kind) == ("refused", Place(2, 7), "unknown")
