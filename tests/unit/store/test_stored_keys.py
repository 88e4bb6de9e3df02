"""Keys as they stand in the tables: the same in every version, or what was stored is not found again."""

from fnmatch import fnmatchcase

import pytest

from functions.core.ids import id_digest
from functions.store import keys
from functions.store.audit import AUDIT_KEY
from functions.store.erasure import keys as erasure_keys
from functions.store.erasure.keys import erased_pk, expired_key, requests_pk
from functions.store.erasure.rows import until_key
from functions.store.erasure.secret import SECRET_KEY
from functions.store.facts.walk import WALK_KEY
from functions.store.people import keys as people_keys
from functions.store.people.keys import class_pk, classes_ref, digest_key, ids_key, ids_ref, person_pk, users_ref
from functions.store.people.roster import course_key, enrolment_key, user_key
from functions.store.sender_alarms.keys import alarms_key, findings_pk, rings_key, warning_key
from functions.store.totals.course_learners import course_pk, learner_sk
from functions.store.totals.rows import totals_key
from functions.store.usage import usage_key
from functions.store.webhooks import keys as webhook_keys
from functions.store.webhooks.keys import attempts_pk, webhooks_pk

X, Y = "urn:x:1", "urn:y:2"
DX, DY = id_digest(X), id_digest(Y)
US = 1_769_504_580_123_456
SPELLED_US = "063905101380123456"  # as it sorts

KEYS: list[tuple[object, object]] = [
    (keys.tenant_of(X), DX),
    (keys.tenant_in("t#A#b#c"), "t"),
    (keys.place_of("t#A#b#c"), "A#b#c"),
    (keys.learner_pk("t", X), f"t#A#{DX}"),
    (keys.session_pk("t", X), f"t#S#{DX}"),
    (keys.entity_pk("t", X), f"t#D#{DX}"),
    (keys.conflict_pk("t", 3), "t#V#3"),
    (keys.rejection_pk("t", 3), "t#X#3"),
    (keys.manifest_pk("t", "202601", 3), "t#L#202601#3"),
    (keys.arrival_pk("t", "202601", 3), "t#W#202601#3"),
    (keys.received_pk("t"), "t#W"),
    (keys.sent_pk("t"), "t#L"),
    (keys.rejected_pk("t"), "t#R"),
    (keys.counted_pk("t", "20260127"), "t#L#20260127"),
    (keys.job_pk("t", "j"), "t#J#j"),
    (keys.address_ref("t", X), f"t#@#{DX}"),
    (keys.event_sk(US, X, "c"), f"E#{SPELLED_US}#{DX}#c"),
    (keys.session_sk(X), f"S#{DX}"),
    (keys.inferred_sk(X, US), f"S~{SPELLED_US}#{DX}"),
    (keys.totals_sk("20260127"), "Q#20260127"),
    (keys.login_sk(X), f"L#{DX}"),
    (keys.event_index_sk(X, "20260127"), f"M#{DX}#20260127"),
    (keys.event_ref("t", X), f"t#E#{DX}"),
    (keys.rejection_ref("t", DX), f"t#X#{DX}"),
    (keys.event_index_ref("t", X), f"t#M#{DX}"),
    (keys.due_shards(), [f"I#{shard:02d}" for shard in range(16)]),
    (keys.due_shard("t#A#2"), "I#01"),
    (keys.unattributed_pk("t", X), "t#N#40"),
    ((keys.TIMER, keys.APPS, keys.CREDENTIAL), ("T", "APPS", "CREDENTIAL")),
    ((keys.USE, keys.COURSE, keys.LINK), ("USE", "COURSE", "LINK")),
    ((keys.PK, keys.SK, keys.TTL), ("pk", "sk", "expires")),
    ((keys.BY_ID_PK, keys.DUE_PK, keys.DUE_SK), ("ref", "shard", "due")),
    ((AUDIT_KEY, SECRET_KEY, WALK_KEY), (("AUDIT", "KEY"), ("LAKE", "SECRET"), ("WALK", "WALK"))),
    (erased_pk("t"), "GONE#t"),
    (until_key("t"), ("GONE#t", "UNTIL")),
    (expired_key("t"), ("t#P#EXPIRED", "ARCHIVE")),
    (requests_pk("t"), "t#P"),
    (ids_key("t", X), (f"t#P#{DX}", "IDS")),
    (digest_key("*", DX), (f"*#P#{DX}", "IDS")),
    (person_pk("t", DX), f"t#P#{DX}"),
    (class_pk("t", X), f"t#O#{DX}"),
    ((ids_ref("*"), users_ref("t"), classes_ref("t")), ("*#I", "t#P", "t#O")),
    (user_key("t", X), (f"t#P#{DX}", "USER")),
    (course_key("t", X), (f"t#O#{DX}", "CLASS")),
    (enrolment_key("t", X, Y), (f"t#O#{DX}", f"IN#{DY}")),
    (course_pk("t", X), f"t#Y#{DX}"),
    (course_pk("t", X, "202601"), f"t#Y#{DX}#202601"),
    (learner_sk(DX), f"A#{DX}"),
    (totals_key("t#A#x", "20260127"), ("t#A#x", "Q#20260127")),
    (usage_key("t", 60_000_000 * 7 + 59_999_999), ("t#U#7", "USAGE")),
    (webhooks_pk("t"), "t#H"),
    (attempts_pk("t", "w"), "t#H#w"),
    (findings_pk("t"), "t#F"),
    (warning_key("t", "20260127", "time"), ("t#F", "20260127#time")),
    (rings_key("t"), ("t#F", "RINGS")),
    (alarms_key("t"), ("ALARMS", "t")),
]  # fmt: skip


@pytest.mark.parametrize(("built", "stored"), KEYS)
def test_a_key_is_what_it_was(built: object, stored: object) -> None:
    assert built == stored


@pytest.mark.parametrize(
    ("pk", "learners"), [("t#A#x", True), ("t#S#x", False), ("t#A", False), ("A#x", False), ("t#N#A#", False)]
)
def test_a_partition_is_known_to_be_a_learners(pk: str, learners: bool) -> None:
    assert keys.is_learners(pk) is learners


@pytest.mark.parametrize(
    ("pattern", "within", "beyond"),
    [
        (
            people_keys.PARTITIONS,
            [person_pk("t", DX), person_pk("*", DX)],
            [class_pk("t", X), requests_pk("t"), "t#A#1"],
        ),
        (people_keys.COURSES, [class_pk("t", X)], [person_pk("t", DX), "t#A#1", "APPS"]),
        (erasure_keys.REQUESTS, [requests_pk("t")], [expired_key("t")[0], person_pk("t", DX), "t#A#1"]),
        (webhook_keys.PARTITIONS, [webhooks_pk("t")], [attempts_pk("t", "w"), "t#A#1"]),
    ],
)
def test_what_a_function_may_write_are_partitions_of_its_own_kind(
    pattern: str, within: list[str], beyond: list[str]
) -> None:
    """The patterns stand in policies, as `dynamodb:LeadingKeys` reads them."""
    assert [pk for pk in within if not fnmatchcase(pk, pattern)] == []
    assert [pk for pk in beyond if fnmatchcase(pk, pattern)] == []
