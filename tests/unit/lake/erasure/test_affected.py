"""Which lines of `raw` an erasure touches, and that they are the lines that were sent."""

from copy import replace
from typing import Any

import pytest

from functions.core.privacy.erased import Erased
from functions.lake.archive_line import ArchiveLine
from functions.lake.erasure import affected
from functions.lake.erasure.affected import Whom, find_affected, lines_where
from functions.lake.opened_lake import Lake
from functions.privacy.erasure_context import learner_erasure, pattern_of
from tests.lake_lines import event, line, loaded
from tests.lake_world import NINE_US, PSEUDONYMS, TENANT
from tests.payloads import APP

pytestmark = pytest.mark.slow

ADA, BEN = "https://school.example/users/ada", "https://school.example/users/ben"
OTHER_APP = "urn:uuid:9f0c2a54-7d1e-4b8a-8a39-51c3f6e0d7b2"
ALIAS, UNTIL_US = "urn:erased:5b", NINE_US + 1_000_000
ADA_KEY = PSEUDONYMS.of(TENANT, ADA)
FINDING = {"severity": "warning", "code": "c", "pointer": "/p", "message": f"of {ADA}", "source": "s"}


def whom(*, known: bool = True, **said: Any) -> Whom:
    erasure = learner_erasure(ADA, alias=ALIAS, before_us=UNTIL_US, request="r1")
    pattern = pattern_of([ADA]) if known else None
    plain: dict[str, Any] = {
        "app": APP,
        "tenant": TENANT,
        "erased": Erased({erasure.digest: erasure}),
        "pseudonyms": PSEUDONYMS,
    }
    return Whom(**plain | {"learner_keys": [ADA_KEY] if known else [], "pattern": pattern} | said)


def ids(lines: list[ArchiveLine]) -> list[str]:
    return sorted(str(each.parsed.get("id")) for each in lines)


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "event"},
        {"kind": "event", "sensor": "https://s.example", "data_version": "v", "send_time": "2026-03-02T08:00:00Z"},
        {"kind": "event", "auto_attach": True, "system": True, "edapps": ("urn:a", "urn:b")},
        {"kind": "event", "findings": [FINDING], "edapps": ()},
        {"kind": "heartbeat", "job": "another"},
        {"kind": "rejection", "findings": [FINDING], "received_us": NINE_US + 7},
        {"kind": "entity", "key": "archive/day=20260302/another"},
    ],
    ids=str,
)
def test_a_row_of_raw_is_the_line_that_was_sent(lake: Lake, said: dict[str, Any]) -> None:
    sent = line(event("urn:x:1", ADA), **said)
    loaded(lake, sent, line(event("urn:x:1", ADA), app=OTHER_APP))
    (read,) = lines_where(lake, whom(), "true")
    as_sent = replace(sent, edapps=sent.edapps if sent.edapps is None else list(sent.edapps))
    assert replace(read, findings=list(read.findings)) == replace(as_sent, findings=list(sent.findings))
    assert read.pseudonyms is PSEUDONYMS


def test_a_row_whose_bytes_were_changed_keeps_the_digest_of_what_was_sent(lake: Lake) -> None:
    changed = line(event("urn:x:1", BEN, note=ALIAS))
    loaded(lake, replace(changed, sent_content="as it was"))
    (read,) = lines_where(lake, whom(), "true")
    assert (read.content, read.sent_content, read.raw) == ("as it was", "as it was", changed.raw)
    loaded(lake, line(event("urn:x:2", BEN)))
    (other,) = lines_where(lake, whom(), "id = ?", "urn:x:2")
    assert other.sent_content == ""


def test_a_lake_that_was_never_loaded_holds_nothing(lake: Lake) -> None:
    assert list(lines_where(lake, whom(), "true")) == []
    touched = find_affected(lake, whom())
    assert (touched.gone, touched.changed, touched.staying, touched.rivals, touched.contents) == ([], [], [], [], [])
    assert touched.learner_keys == {ADA_KEY}
    assert find_affected(lake, whom(known=False)).learner_keys == set()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("page_rows", [1, 10_000])
def test_lines_of_the_person_go_those_that_name_them_change_and_all_others_stay(
    lake: Lake, known: bool, page_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(affected, "PAGE_ROWS", page_rows)
    own, own_beat = line(event("urn:x:own", ADA)), line({"learner": ADA, "sessionId": "s"}, kind="heartbeat")
    naming = line(event("urn:x:naming", BEN, note=ADA))
    plain, others = line(event("urn:x:plain", BEN)), line(event("urn:x:own", ADA), app=OTHER_APP)
    later = line(event("urn:x:later", ADA), received_us=UNTIL_US + 1)
    loaded(lake, own, own_beat, naming, plain, others, later)
    touched = find_affected(lake, whom(known=known))
    assert ids(touched.gone) == ["None", "urn:x:own"]
    ((before, after),) = touched.changed
    assert (before.parsed["note"], after.parsed["note"]) == (ADA, ALIAS)
    assert touched.after == [after]
    assert ids(touched.staying) == ["urn:x:later"]
    assert touched.rivals == []
    assert touched.learner_keys == {ADA_KEY}
    assert sorted(touched.contents) == sorted([own.content, own_beat.content, naming.content])
    assert after.content == before.content == naming.content


def test_the_person_s_pseudonym_is_learned_from_the_table_of_people(lake: Lake) -> None:
    loaded(lake, line(event("urn:x:own", ADA)), line(event("urn:x:b", BEN)), line(event("urn:x:o", ADA), app=OTHER_APP))
    touched = find_affected(lake, whom(learner_keys=["p:of-an-alias"], pattern="no text at all"))
    assert touched.learner_keys == {"p:of-an-alias", ADA_KEY}
    assert ids(touched.gone) == ["urn:x:own"]


def test_texts_match_in_any_case_and_rows_of_known_pseudonyms_need_no_match(lake: Lake) -> None:
    loaded(lake, line(event("urn:x:own", ADA)), line(event("urn:x:naming", BEN, note=f"<{ADA}>")))
    assert len(find_affected(lake, whom(pattern=ADA.upper())).changed) == 1
    by_key = find_affected(lake, whom(pattern="no text at all"))
    assert (ids(by_key.gone), by_key.changed) == (["urn:x:own"], [])


def test_what_came_after_the_erasure_and_names_the_person_is_left_as_it_is(lake: Lake) -> None:
    loaded(lake, line(event("urn:x:naming", BEN, note=ADA), received_us=UNTIL_US + 1))
    touched = find_affected(lake, whom())
    assert (touched.gone, touched.changed, touched.staying) == ([], [], [])


def test_findings_of_a_line_that_names_the_person_name_them_no_more(lake: Lake) -> None:
    loaded(lake, line(event("urn:x:1", BEN, note=ADA), findings=[FINDING]))
    ((before, after),) = find_affected(lake, whom()).changed
    assert [finding["message"] for finding in before.findings] == [f"of {ADA}"]
    assert [finding["message"] for finding in after.findings] == [f"of {ALIAS}"]


def test_other_contents_under_the_id_of_an_event_that_goes_are_its_rivals(lake: Lake) -> None:
    own = event("urn:x:own", ADA)
    loaded(
        lake,
        line(own),
        line(own | {"actor": BEN}),
        line(own | {"actor": BEN}, app=OTHER_APP),
        line(own | {"actor": BEN, "action": "Used"}, kind="rejection"),
        line(event("urn:x:plain", BEN)),
    )
    touched = find_affected(lake, whom())
    assert [(rival.parsed["actor"], rival.kind) for rival in touched.rivals] == [(BEN, "event")]


def test_only_events_that_go_have_rivals(lake: Lake) -> None:
    own = event("urn:x:same", BEN, note=ADA)
    loaded(
        lake,
        line(own),
        line(event("urn:x:same", BEN)),
        line(event("urn:x:same", ADA) | {"learner": ADA}, kind="entity"),
    )
    touched = find_affected(lake, whom())
    assert touched.changed
    assert touched.rivals == []
