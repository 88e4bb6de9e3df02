from typing import Any

import orjson
import pytest

from functions.core.apps import App
from functions.core.caliper.contexts import CONTEXT_1_0, CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.findings import MAX_FINDINGS, MAX_ID_BYTES, MAX_ITEM_BYTES
from functions.core.caliper.house_rules.table import RULES
from functions.core.caliper.validator import validate_item
from functions.core.identity import SYSTEM_ID
from functions.core.ids import derived_uuid, reserved_uuid
from tests.unit.core.caliper.samples import (
    ANY,
    EVENT_ID,
    HOUSE,
    LEARNER,
    LESSON,
    OLD,
    TIME,
    changed,
    codes_and_pointers,
    errors,
    event,
    judged,
    own,
)

PERSON = {"id": LEARNER, "type": "Person"}


def test_a_good_event_is_stored_without_a_word() -> None:
    verdict = judged(event())
    assert (verdict.kind, verdict.accepted, verdict.id, verdict.findings) == ("event", True, EVENT_ID, ())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"17", "not-an-object"),
        (b'"an event"', "not-an-object"),
        (b"[]", "not-an-object"),
        (b"null", "not-an-object"),
        (b"", "json"),
        (b"{", "json"),
        (b'{"type": "\xff"}', "json"),
        (b'{"type": "Person", "n": 1e999}', "json"),
        (b'{"type": "\\ud800 alone"}', "json"),
        (b"\x00\xff", "json"),
    ],
)
def test_an_item_that_is_no_object_is_rejected(raw: bytes, code: str) -> None:
    verdict = judged(raw)
    assert (verdict.kind, verdict.accepted, errors(verdict)) == ("unknown", False, {(code, "")})


@pytest.mark.parametrize("name", ["id", "type", "actor", "action", "object", "eventTime"])
@pytest.mark.parametrize("value", [..., None, 7, True, [], "", "  "])
def test_an_event_without_one_of_the_six_properties_is_rejected(name: str, value: object) -> None:
    verdict = judged(event(**{name: value}))
    assert not verdict.accepted
    assert {pointer for _, pointer in errors(verdict)} == {f"/{name}"}


@pytest.mark.parametrize("value", [1700000000, "1700000000", "2026-01-27", "soon", "2026-13-27T10:03:00Z", {}])
def test_an_event_time_that_is_no_time_is_rejected(value: object) -> None:
    assert {pointer for _, pointer in errors(judged(event(eventTime=value)))} == {"/eventTime"}


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-27T10:03:00Z",
        "2026-01-27T10:03:00.063545Z",
        "2026-01-27T10:03:00.000+0000",
        "2026-01-27T03:03:00.000-07:00",
        "2026-01-27t10:03:00.000z",
    ],
)
def test_an_event_time_in_another_spelling_is_stored_with_a_warning(value: str) -> None:
    verdict = judged(event(eventTime=value))
    assert verdict.accepted
    assert codes_and_pointers(verdict) == {("time-form", "/eventTime")}


@pytest.mark.parametrize("value", ["2026-02-28T10:03:00.000Z", "2024-02-29T10:03:00.000Z", "2026-12-31T23:59:59.999Z"])
def test_the_standards_spelling_is_clean_on_any_day(value: str) -> None:
    assert judged(event(eventTime=value)).findings == ()


def test_any_version_of_uuid_will_do_and_a_bare_one_is_stored_with_a_warning() -> None:
    assert judged(event(id="urn:uuid:c51570e4-f8ed-1c18-bb3a-dfe51b2cc594")).findings == ()
    assert judged(event(id="urn:uuid:C51570E4-F8ED-4C18-BB3A-DFE51B2CC594")).findings == ()
    for identifier in (EVENT_ID.removeprefix("urn:uuid:"), "urn:uuid:event-unique-id", "https://x.example/e/1"):
        verdict = judged(event(id=identifier))
        assert (verdict.accepted, verdict.id, codes_and_pointers(verdict)) == (True, identifier, {("event-id", "/id")})


@pytest.mark.parametrize(
    "actor",
    [
        SYSTEM_ID,
        SYSTEM_ID.removeprefix("urn:uuid:").upper(),
        {"id": SYSTEM_ID, "type": "SoftwareApplication"},
        {"@id": f" {SYSTEM_ID} ", "type": "Person"},
    ],
)
def test_no_sender_may_send_in_the_name_of_this_service(actor: Any) -> None:
    assert errors(judged(event(actor=actor))) == {("reserved-actor", "/actor")}
    assert judged(event(actor=SYSTEM_ID[:-1] + "1")).accepted


def test_no_sender_may_send_under_an_id_of_this_services_timed_outs() -> None:
    identifier = reserved_uuid("TimedOut", "any")
    for spelling in (identifier, identifier.removeprefix("urn:uuid:").upper()):
        assert errors(judged(event(id=spelling))) == {("reserved-id", "/id")}
    assert judged(event(id=derived_uuid("TimedOut", "any"))).accepted


def test_an_edapp_that_the_app_may_not_speak_for_is_rejected() -> None:
    app = App(
        app_id="a", tenant="a", edapps=("https://mine.example/*", "urn:uuid:A51570E4-F8ED-4C18-BB3A-DFE51B2CC594")
    )
    for edapp in ("https://mine.example/x", {"id": "https://mine.example/", "type": "SoftwareApplication"}):
        assert judged(event(edApp=edapp), app=app).accepted
    assert judged(event(edApp="urn:uuid:a51570e4-f8ed-4c18-bb3a-dfe51b2cc594"), app=app).accepted
    assert errors(judged(event(edApp="https://other.example"), app=app)) == {("edapp", "/edApp")}
    other = {"id": "https://other.example", "type": "SoftwareApplication"}
    assert errors(judged(event(edApp=other), app=app)) == {("edapp", "/edApp/id")}


def test_every_finding_names_a_source_that_its_reader_can_look_up() -> None:
    """In a specification, in TimeBack's documents, or in the description of this API."""
    mine = App(app_id="urn:x:app", tenant="t", edapps=("urn:x:app",), house="timeback")
    worst = event(
        actor={"id": "urn:x:1", "type": "Unknown", "surplus": 1, "@type": "x"},
        edApp="urn:x:theirs",
        profile="None",
        navigatedFrom="urn:x:2",
        surplus=1,
    )
    deep: Any = {}
    for _ in range(99):
        deep = {"x": deep}
    items = [
        worst,
        b"{",
        17,
        deep,
        {"type": "x" * MAX_ITEM_BYTES},
        {"actor": 1},
        {},
        event(id="x" * 9_000),
        event(id="x"),
    ]
    verdicts = [judged(item, app=mine) for item in items]
    sources = {finding.source for verdict in verdicts for finding in verdict.findings} | {rule.source for rule in RULES}
    known = ("Caliper 1.", "RFC ", "TimeBack Platform: ", "TimeBack SDK: ", "TimeBack client: ", "this service")
    assert {source for source in sources if not source.startswith(known)} == set()
    assert {each for each in known if not any(source.startswith(each) for source in sources)} == set()


@pytest.mark.parametrize("edapp", [..., None])
def test_a_missing_edapp_never_rejects(edapp: object) -> None:
    assert judged(event(edApp=edapp), app=App(app_id="a", tenant="a")).accepted


MINE, FOREIGN = "https://mine.example", "https://foreign.example"


@pytest.mark.parametrize(
    "edapp",
    [
        [],
        [FOREIGN],
        [MINE],
        [{"id": FOREIGN, "type": "SoftwareApplication"}],
        7,
        True,
        {},
        {"type": "SoftwareApplication"},
        {"id": None},
        {"id": [FOREIGN]},
        {"id": {"@id": FOREIGN}},
        {"id": MINE, "@id": FOREIGN},
        {"@id": MINE, "id": FOREIGN},
    ],
)
def test_an_edapp_without_one_id_that_is_certain_is_rejected(edapp: object) -> None:
    app = App(app_id="a", tenant="a", edapps=(MINE,))
    verdict = judged(event(edApp=edapp), app=app)
    assert not verdict.accepted
    assert [error.code for error in verdict.errors] == ["edapp-id"]
    assert judged(event(edApp={"@id": MINE, "type": "SoftwareApplication"}), app=app).accepted


@pytest.mark.parametrize(
    ("prefix", "within", "beyond"),
    [
        ("https://a.example*", "https://a.example https://a.example/x https://a.example?x", "https://a.example.org"),
        ("https://a.example*", "https://a.example#x", "https://a.example@b.example https://a.example:x@b.example"),
        ("https://a.example/x*", "https://a.example/x https://a.example/x/1", "https://a.example/xy"),
        ("https://a.example/*", "https://a.example/ https://a.example/x", "https://a.example https://a.example.org/"),
        ("urn:app*", "urn:app urn:app:1", "urn:apple urn:app.1"),
        ("urn:app:*", "urn:app:1", "urn:app"),
        ("*", "https://a.example urn:app", ""),
    ],
)
def test_a_prefix_of_edapps_ends_at_a_boundary(prefix: str, within: str, beyond: str) -> None:
    app = App(app_id="a", tenant="a", edapps=(prefix,))
    assert all(judged(event(edApp=edapp), app=app).accepted for edapp in within.split())
    assert {code for edapp in beyond.split() for code in errors(judged(event(edApp=edapp), app=app))} == (
        {("edapp", "/edApp")} if beyond else set()
    )


@pytest.mark.parametrize(
    ("sent", "repeated", "pointers"),
    [
        (b'"action":"Viewed"', b'"action":"Used","action":"Viewed"', ["/action"]),
        (b'"action":"Viewed"', b'"\\u0061ction":"Used","action":"Viewed"', ["/action"]),
        (b'"type":"Person"', b'"type":"Group","type":"Person"', ["/actor/type"]),
        (b'"extensions":{}', b'"extensions":{"a":[{"b/~":1,"b/~":{"c":[]}}]}', ["/extensions/a/0/b~1~0"]),
        (b'"extensions":{}', b'"extensions":{"a":1,"a":2,"a":3,"b":"\\u003a"}', ["/extensions/a"]),
        (b'"extensions":{}', b'"extensions":{"n":1E99,"a":123456,"a":1}', ["/extensions/a"]),
        (
            b'"extensions":{}',
            b'"extensions":{"a":1,"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]}',
            ["/extensions/a", "/extensions/a/b", "/extensions/c/0/d"],
        ),
        (b'"extensions":{}', b'"extensions":{"a":"x\\": y","b":":","c":"\\u003a","d":1E5}', []),
    ],
)
def test_a_name_given_twice_is_stored_with_a_warning(sent: bytes, repeated: bytes, pointers: list[str]) -> None:
    good = orjson.dumps(event(extensions={}))
    for raw in (good, good.replace(b",", b" ,\n")):
        verdict = judged(raw.replace(sent, repeated))
        assert verdict.accepted
        assert codes_and_pointers(verdict) == {("repeated-name", pointer) for pointer in pointers}


def test_a_name_given_twice_in_an_entity_is_stored_with_a_warning() -> None:
    raw = b'{"@context":"%s","id":"urn:x:1","id":"urn:x:2","type":"Person"}' % CONTEXT_1_2.encode()
    verdict = judged(raw)
    assert (verdict.id, codes_and_pointers(verdict)) == ("urn:x:2", {("repeated-name", "/id")})


LONG = "x" * (MAX_ID_BYTES + 1)


@pytest.mark.parametrize(
    "sent",
    [
        event(group={"id": "_:c", "type": "CourseOffering", "name": LONG}),
        own(object=own()["object"] | {"course": {"name": "c", "id": LONG}}),
        event(group={"id": "_:c", "type": "CourseOffering", "name": "é" * (MAX_ID_BYTES // 2 + 1)}),
    ],
)
def test_a_course_that_is_too_long_to_be_asked_for_is_rejected(sent: dict[str, Any]) -> None:
    assert {code for code, _ in errors(judged(sent))} == {"too-long"}


def test_what_departs_from_the_standard_is_stored_with_warnings() -> None:
    cases: list[tuple[dict[str, Any], tuple[str, str]]] = [
        (event("LessonEvent"), ("unknown-type", "/type")),
        (event(action="Jumped"), ("unknown-action", "/action")),
        (event(action="Started"), ("wrong-action", "/action")),
        (event(profile="LessonProfile"), ("unknown-profile", "/profile")),
        (event(profile="SessionProfile"), ("wrong-profile", "/profile")),
        (event(profile=7), ("json-type", "/profile")),
        (event(object=PERSON), ("wrong-entity-type", "/object")),
        (event(actor={"id": LEARNER, "type": "Organization"}), ("wrong-entity-type", "/actor")),
        (event(actor="no iri"), ("iri", "/actor")),
        (event(object={"type": "Document"}), ("required", "/object/id")),
        (event(object={"id": LESSON}), ("required", "/object/type")),
        (event(object={"id": LESSON, "type": "Thing"}), ("unknown-type", "/object/type")),
        (event(group=None), ("null", "/group")),
        (event(group=[PERSON]), ("json-type", "/group")),
        (
            event(session={"id": "urn:x:1", "type": "Session", "startedAtTime": None}),
            ("null", "/session/startedAtTime"),
        ),
        (event(lesson=1), ("unknown-property", "/lesson")),
        (event(**{"a/b~c": 1}), ("unknown-property", "/a~1b~0c")),
        (event(object={"id": LESSON, "type": "Document", "pages": 3}), ("unknown-property", "/object/pages")),
        (event(extensions=[]), ("json-type", "/extensions")),
        (event(navigatedFrom=LESSON), ("deprecated", "/navigatedFrom")),
        (event("ReadingEvent"), ("deprecated", "/type")),
        (event(**{"@context": ...}), ("context", "/@context")),
        (event(**{"@context": {}}), ("context", "/@context")),
        (event(**{"@context": [CONTEXT_1_2, "http://x.example/context"]}), ("context", "/@context")),
        (event(**{"@context": "http://x.example/context"}), ("context", "/@context")),
        (event("AssessmentItemEvent", "Reviewed", object="urn:x:1"), ("deprecated", "/action")),
    ]
    for sent, expected in cases:
        verdict = judged(sent)
        assert verdict.accepted, (sent, verdict)
        assert codes_and_pointers(verdict) == {expected}, sent
        strict = judged(sent, strict=True)
        assert not strict.accepted
        assert errors(strict) == {expected}


@pytest.mark.parametrize(
    ("kind", "name", "value", "code"),
    [
        ("Attempt", "count", "1", "json-type"),
        ("Attempt", "count", 1.5, "integer"),
        ("Attempt", "count", 1.0, None),
        ("Attempt", "duration", "10 minutes", "duration"),
        ("Attempt", "duration", "PT34M1.801S", None),
        ("Attempt", "startedAtTime", "2026-01-27", "time"),
        ("Attempt", "startedAtTime", "2026-01-27T10:00:00Z", "time-form"),
        ("Attempt", "assignee", PERSON, None),
        ("Attempt", "assignee", {"id": "urn:x:1", "type": "Document"}, "wrong-entity-type"),
        ("Score", "scoreGiven", "ten", "json-type"),
        ("Score", "scoreGiven", 25, None),
        ("Score", "scoreGiven", True, "json-type"),
        ("AudioObject", "muted", 1, "json-type"),
        ("Document", "keywords", "one", "json-type"),
        ("Document", "keywords", ["one", 2], "json-type"),
        ("Document", "creators", [PERSON, LEARNER], None),
        ("Membership", "status", "Gone", "enumeration"),
        ("Membership", "roles", ["Learner", "Instructor#TeachingAssistant"], None),
        ("Membership", "roles", ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"], None),
        ("Membership", "roles", ["Pupil"], "enumeration"),
        ("LtiSession", "messageParameters", "x", "json-type"),
        ("Person", "name", None, "null"),
    ],
)
def test_every_kind_of_value_is_judged(kind: str, name: str, value: object, code: str | None) -> None:
    verdict = judged({"@context": CONTEXT_1_2, "id": "urn:x:1", "type": kind, name: value})
    assert verdict.kind == "entity"
    assert {found_code for found_code, _ in codes_and_pointers(verdict)} == ({code} if code else set())
    assert all(pointer.startswith(f"/{name}") for _, pointer in codes_and_pointers(verdict))


def test_terms_given_as_iri_are_the_same_terms() -> None:
    sent = event(
        "http://purl.imsglobal.org/caliper/ViewEvent",
        "http://purl.imsglobal.org/caliper/actions/Viewed",
        object={"id": LESSON, "type": "http://purl.imsglobal.org/caliper/Document"},
        profile="http://purl.imsglobal.org/caliper/profiles/ReadingProfile",
    )
    assert judged(sent).findings == ()


@pytest.mark.parametrize("action", ["MarkedAsUnRead", "MarkedAsUnread"])
def test_both_of_the_standards_own_spellings_are_clean(action: str) -> None:
    assert judged(event("ThreadEvent", action, object="urn:x:1")).findings == ()


def test_the_items_own_context_decides_its_version() -> None:
    later = event("FeedbackEvent", "Commented")
    assert judged(later, version=CONTEXT_1_1).findings == ()
    assert codes_and_pointers(judged(later | {"@context": CONTEXT_1_1})) == {("unknown-type", "/type")}
    assert codes_and_pointers(
        judged(event("FeedbackEvent", "Commented", **{"@context": ...}), version=CONTEXT_1_1)
    ) == {
        ("context", "/@context"),
        ("unknown-type", "/type"),
    }
    assert judged(later | {"@context": CONTEXT_1_1 + "/FeedbackProfile-extension"}).findings == ()
    assert judged(later | {"@context": ["http://x.example/context", CONTEXT_1_2]}).findings == ()
    assert judged(later | {"@context": CONTEXT_1_2 + "/"}).findings == ()


def test_a_vendors_context_may_define_properties_and_entity_types() -> None:
    vendor = ["http://x.example/context", CONTEXT_1_2]
    assert (
        judged(event(**{"@context": vendor}, lesson=1, object={"id": LESSON, "type": "Lesson", "n": 1})).findings == ()
    )
    assert codes_and_pointers(judged(event("LessonEvent", **{"@context": vendor}))) == {("unknown-type", "/type")}


@pytest.mark.parametrize(
    ("action", "actor", "target"),
    [("LoggedIn", "Person", "SoftwareApplication"), ("TimedOut", "SoftwareApplication", "Session")],
)
def test_what_may_stand_in_a_slot_follows_the_action(action: str, actor: str, target: str) -> None:
    sent = event(
        "SessionEvent", action, actor={"id": "urn:x:1", "type": actor}, object={"id": "urn:x:2", "type": target}
    )
    assert judged(sent).findings == ()
    swapped = sent | {"actor": sent["object"] | {"type": target}, "object": sent["actor"] | {"type": actor}}
    assert judged(swapped).accepted
    assert ("wrong-entity-type", "/object") in codes_and_pointers(judged(swapped))


def test_a_slot_that_the_action_requires_is_missed() -> None:
    tool = {"id": "urn:x:1", "type": "SoftwareApplication"}
    launched = event("ToolLaunchEvent", "Launched", object=tool)
    assert codes_and_pointers(judged(launched)) == {("required", "/federatedSession")}
    assert judged(launched | {"federatedSession": "urn:x:2"}).findings == ()
    assert judged(event("ToolLaunchEvent", "Returned", object=tool)).findings == ()
    assert codes_and_pointers(judged(event("ResourceManagementEvent", "Copied"))) == {("required", "/generated")}


def test_an_entity_needs_a_type_and_nothing_else() -> None:
    assert judged({"type": "Person"}).accepted
    assert judged({"type": "Nobody knows"}).kind == "entity"
    for sent in ({}, {"id": "urn:x:1"}, {"type": 7}, {"type": None}, {"type": " "}):
        verdict = judged(sent)
        assert (verdict.accepted, errors(verdict)) == (False, {("required", "/type")})


def test_an_entity_with_a_deprecated_actor_is_no_event() -> None:
    sent = {"@context": CONTEXT_1_1, "id": "urn:x:1", "type": "Attempt", "actor": PERSON}
    verdict = judged(sent, version=CONTEXT_1_1)
    assert (verdict.kind, codes_and_pointers(verdict)) == ("entity", {("deprecated", "/actor")})


def test_anonymous_entities_and_blank_nodes_are_clean() -> None:
    for identifier in ("http://purl.imsglobal.org/caliper/Person", "_:someone"):
        assert judged({"@context": CONTEXT_1_2, "id": identifier, "type": "Person"}).findings == ()


def test_an_event_of_caliper_1_0_is_stored_and_gets_an_id_of_its_content() -> None:
    sent = {
        "@context": CONTEXT_1_0,
        "@type": "http://purl.imsglobal.org/caliper/v1/NavigationEvent",
        "actor": {"@id": "https://x.example/u/1", "@type": "http://purl.imsglobal.org/caliper/v1/lis/Person"},
        "action": "http://purl.imsglobal.org/vocab/caliper/v1/action#NavigatedTo",
        "object": {"@id": "https://x.example/c/1"},
        "eventTime": TIME,
        "target": None,
    }
    verdict = judged(sent, app=OLD, version=CONTEXT_1_0)
    assert (verdict.kind, verdict.accepted, codes_and_pointers(verdict)) == (
        "event",
        True,
        {("caliper-1.0", "/@context")},
    )
    assert verdict.id == judged(sent, app=OLD, version=CONTEXT_1_0).id
    assert str(verdict.id).startswith("urn:uuid:")
    assert verdict.id != judged(sent | {"eventTime": "2026-01-27T10:03:01.000Z"}, app=OLD, version=CONTEXT_1_0).id
    assert errors(judged(changed(sent, "/object", ...), app=OLD, version=CONTEXT_1_0)) == {("required", "/object")}
    # Under an envelope of 1.1 an event needs its id, whatever context it names.
    assert errors(judged(sent, version=CONTEXT_1_1)) == {("required", "/id")}


def test_an_item_over_the_limit_is_rejected_and_one_at_the_limit_is_not() -> None:
    padding = MAX_ITEM_BYTES - len(orjson.dumps(event(extensions={"pad": ""})))
    assert judged(event(extensions={"pad": "x" * padding})).accepted
    assert errors(judged(event(extensions={"pad": "x" * (padding + 1)}))) == {("too-large", "")}


def test_what_is_nested_too_deeply_is_rejected() -> None:
    deep: Any = 1
    for _ in range(60):
        deep = [deep]
    assert judged(event(extensions={"deep": deep})).accepted
    for wrap in (lambda value: [value], lambda value: {"isPartOf": value, "id": LESSON, "type": "Document"}):
        value: Any = "urn:x:1"
        for _ in range(70):
            value = wrap(value)
        assert errors(judged(event(extensions={"deep": value}))) == {("too-deep", "")}
        assert errors(judged(event(object={"id": LESSON, "type": "Document", "isPartOf": value}))) == {("too-deep", "")}


def test_an_identifier_that_no_row_can_keep_is_rejected() -> None:
    long = "https://x.example/" + "x" * 2_048
    for name in ("id", "actor", "session", "edApp"):
        assert not judged(event(**{name: long})).accepted
    assert not judged(event(extensions={"runId": long})).accepted
    assert not judged(own(extensions={"runId": long})).accepted
    assert judged(event(referrer=long)).accepted


def test_the_findings_of_an_item_are_bounded_and_errors_come_first() -> None:
    crowd = {f"p{number}": 1 for number in range(100)}
    verdict = judged(event(**crowd, eventTime=7, object={"id": LESSON, "type": "Document", **crowd}))
    assert len(verdict.findings) == MAX_FINDINGS + 1
    assert verdict.findings[0].pointer == "/eventTime"
    assert verdict.findings[-1].code == "more"
    assert all(len(finding.pointer) <= 300 and len(finding.message) <= 400 for finding in verdict.findings)


def test_no_name_or_address_of_a_person_is_told() -> None:
    for sent in (
        event(actor="Jane Doe <jane@x.example>"),
        event(actor={"id": "Jane Doe", "type": "Person", "name": 7, "email": "jane@x.example"}),
        own(actor={"id": "Jane Doe", "type": "TimebackUser", "email": "Jane Doe"}),
    ):
        verdict = judged(sent)
        assert verdict.findings
        assert "Jane" not in str(verdict.findings)


def test_a_verdict_says_the_same_of_the_same_bytes_whatever_came_before() -> None:
    raws = [orjson.dumps(each) for each in (event(), event(actor="no iri"), own(), event(eventTime="x"), {"type": "x"})]
    first = [validate_item(raw, data_version=CONTEXT_1_2, app=app) for app in (ANY, HOUSE) for raw in raws]
    again = [validate_item(raw, data_version=CONTEXT_1_2, app=app) for app in (ANY, HOUSE) for raw in raws]
    assert first == again


def test_an_app_may_ask_for_strictness_and_a_request_may_overrule_it() -> None:
    strict = App(app_id="a", tenant="a", edapps=("*",), strict=True)
    doubtful = event(actor="no iri")
    assert not judged(doubtful, app=strict).accepted
    assert judged(doubtful, app=strict, strict=False).accepted
    assert not judged(doubtful, strict=True).accepted
    assert judged(event(), app=strict).accepted
