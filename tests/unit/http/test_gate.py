"""The gate: nobody passes without a principal, and every answer says what was wrong and what to do."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.apps import App
from functions.http.gate import (
    ADMIN,
    EVENT_CREATE,
    EVENTS_READONLY,
    EVENTS_WRITE,
    FORBIDDEN,
    READ,
    SCOPES,
    UNAVAILABLE_RETRY_S,
    WRITE,
    Denial,
    Failure,
    Principal,
    authorizer_context,
    failure_context,
    gate,
    principal_context,
)

APP = App(app_id="urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962", tenant="tenantDigest", edapps=("*",))
NOW_S = 1_769_508_180.0


def principal(*scopes: str, expires_at: float | None = None) -> Principal:
    return Principal(app=APP, scopes=frozenset(scopes), kind="client", expires_at=expires_at)


texts = st.text(max_size=40)
principals = st.builds(
    Principal,
    app=st.builds(
        App,
        app_id=st.text(min_size=1, max_size=40),
        tenant=st.text(min_size=1, max_size=22),
        name=texts,
        edapps=st.lists(texts, max_size=4).map(tuple),
        strict=st.booleans(),
        house=st.sampled_from(["", "timeback"]),
        caliper_1_0=st.booleans(),
        auto_attach=st.booleans(),
    ),
    scopes=st.sets(st.sampled_from(sorted(SCOPES)), min_size=1).map(frozenset),
    kind=st.sampled_from(["key", "client"]),
    expires_at=st.none() | st.floats(min_value=NOW_S + 1, max_value=1e12),
)


@given(principals)
def test_what_the_authorizer_wrote_the_gate_reads(who: Principal) -> None:
    context = principal_context(who)
    assert all(context.values())
    assert gate(context, scope=SCOPES, now_s=NOW_S) == who


def test_the_context_names_app_tenant_and_credential_for_the_access_log() -> None:
    who = Principal(app=APP, scopes=frozenset({EVENT_CREATE}), kind="key", credential="key_one")
    named = {name: value for name, value in principal_context(who).items() if name != "principal"}
    assert named == {"app": APP.app_id, "tenant": APP.tenant, "credential": "key_one"}


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        "principal",
        {"principal": None},
        {"principal": 7},
        {"principal": ""},
        {"principal": "{}"},
        {"principal": "[" * 100_000},
        {"principal": '{"app":{"app_id":"a","tenant":"t"},"scopes":"*","kind":"key"}'},
        {"principal": '{"app":{"app_id":"a","tenant":"t"},"scopes":[],"kind":"admin"}'},
        {"principal": '{"app":{"app_id":"","tenant":"t"},"scopes":[],"kind":"key"}'},
        {"principal": '{"app":{"app_id":"a","tenant":""},"scopes":[],"kind":"key"}'},
        {"principal": '{"app":{"app_id":"a","tenant":"t","strict":"no"},"scopes":[],"kind":"key"}'},
        {"failure": 1},
        {"failure": ""},
        {"failure": "something new"},
    ],
)
def test_nobody_passes_on_a_missing_or_unreadable_context(context: Any) -> None:
    answer = gate(context, scope=SCOPES, now_s=NOW_S)
    assert isinstance(answer, Denial)
    assert (answer.status, answer.code) == (401, "no_verdict")


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | texts,
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                texts | st.sampled_from(["app", "scopes", "kind", "expires_at", "app_id", "tenant"]), inner
            )
        ),
    )
)
def test_no_json_but_the_authorizers_own_lets_anybody_in(garbage: Any) -> None:
    assert isinstance(gate({"principal": json.dumps(garbage)}, scope=SCOPES, now_s=NOW_S), Denial)


def test_a_failure_wins_over_a_principal_in_the_same_context() -> None:
    context = principal_context(principal(EVENT_CREATE)) | failure_context("revoked")
    answer = gate(context, scope=WRITE, now_s=NOW_S)
    assert isinstance(answer, Denial)
    assert answer.code == "revoked"


@pytest.mark.parametrize("failure", sorted(set(get_args(Failure.__value__)) - FORBIDDEN - {"unavailable"}))
def test_every_failure_of_a_credential_is_a_401_with_its_reason(failure: Failure) -> None:
    answer = gate(failure_context(failure), scope=WRITE, now_s=NOW_S)
    assert isinstance(answer, Denial)
    assert (answer.status, answer.code) == (401, failure)
    assert answer.message
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("failure", ["no_app", "wrong_address"])
def test_a_failure_that_another_credential_would_not_mend_is_a_403(failure: Failure) -> None:
    answer = gate(failure_context(failure), scope=WRITE, now_s=NOW_S)
    assert isinstance(answer, Denial)
    assert (answer.status, answer.code, answer.headers) == (403, failure, {})


def test_a_credential_that_could_not_be_checked_is_a_503_that_says_when_to_come_back() -> None:
    answer = gate(failure_context("unavailable"), scope=WRITE, now_s=NOW_S)
    assert isinstance(answer, Denial)
    assert (answer.status, answer.retry_after_s) == (503, UNAVAILABLE_RETRY_S)
    assert answer.headers == {"Retry-After": str(UNAVAILABLE_RETRY_S)}


@pytest.mark.parametrize(("late_s", "passes"), [(-0.001, True), (0, False), (1, False)])
def test_a_token_that_ends_while_the_gateway_remembers_it_is_refused(late_s: float, passes: bool) -> None:
    context = principal_context(principal(EVENT_CREATE, expires_at=NOW_S))
    answer = gate(context, scope=WRITE, now_s=NOW_S + late_s)
    assert isinstance(answer, Principal) is passes
    if isinstance(answer, Denial):
        assert (answer.status, answer.code) == (401, "expired")


def test_an_end_that_is_no_number_is_no_end_that_lies_ahead() -> None:
    context = principal_context(principal(EVENT_CREATE, expires_at=NOW_S + 60))
    context["principal"] = context["principal"].replace(str(NOW_S + 60), "NaN")
    assert isinstance(gate(context, scope=WRITE, now_s=NOW_S), Denial)


@pytest.mark.parametrize("scope", sorted({EVENT_CREATE, EVENTS_WRITE} | ADMIN))
def test_either_dialects_scope_lets_an_app_write(scope: str) -> None:
    assert isinstance(gate(principal_context(principal(scope)), scope=WRITE, now_s=NOW_S), Principal)


@pytest.mark.parametrize("scope", [EVENT_CREATE, EVENTS_WRITE])
def test_a_scope_to_write_does_not_read(scope: str) -> None:
    answer = gate(principal_context(principal(scope)), scope=READ, now_s=NOW_S)
    assert isinstance(answer, Denial)
    assert (answer.status, answer.code) == (403, "insufficient_scope")
    assert EVENTS_READONLY in answer.message
    assert scope in answer.message


def test_ingest_answers_an_under_privileged_token_with_the_standards_401() -> None:
    context = principal_context(principal(EVENTS_READONLY))
    answer = gate(context, scope=WRITE, now_s=NOW_S, unscoped_status=401)
    assert isinstance(answer, Denial)
    assert answer.status == 401
    assert answer.headers == {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}


def test_a_credential_without_any_scope_passes_nowhere() -> None:
    answer = gate(principal_context(principal()), scope=SCOPES, now_s=NOW_S)
    assert isinstance(answer, Denial)
    assert answer.status == 403


def test_one_scope_can_be_asked_for_by_name() -> None:
    context = principal_context(principal(EVENT_CREATE))
    assert isinstance(gate(context, scope=EVENT_CREATE, now_s=NOW_S), Principal)
    assert isinstance(gate(context, scope=EVENTS_WRITE, now_s=NOW_S), Denial)


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_only_the_admin_scopes_make_an_admin(scope: str) -> None:
    assert principal(scope).is_admin is (scope in ADMIN)


def test_a_principal_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        principal(EVENT_CREATE).scopes = ADMIN  # type: ignore[misc]


def test_the_context_is_found_where_the_gateway_puts_it() -> None:
    context = {"failure": "revoked"}
    assert authorizer_context({"requestContext": {"authorizer": {"lambda": context}}}) == context


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"requestContext": None},
        {"requestContext": {"authorizer": []}},
        {"requestContext": {"authorizer": {"lambda": "x"}}},
    ],
)
def test_an_event_without_an_authorizer_has_no_context(event: dict[str, Any]) -> None:
    assert authorizer_context(event) is None


@pytest.mark.parametrize(
    ("code", "challenge"),
    [
        ("no_credential", "Bearer"),
        ("expired", 'Bearer error="invalid_token"'),
        ("unknown_key", 'Bearer error="invalid_token"'),
        ("insufficient_scope", 'Bearer error="insufficient_scope"'),
    ],
)
def test_the_challenge_has_one_of_the_codes_of_rfc_6750(code: str, challenge: str) -> None:
    assert Denial(401, code, "m").headers == {"WWW-Authenticate": challenge}
