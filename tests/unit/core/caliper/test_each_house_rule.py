"""Each row of the table alone: an item that breaks it gets this finding, with words and place, and no other."""

import copy
from typing import Any

import pytest

from functions.core.caliper.findings import FindingCollector
from functions.core.caliper.house_rules.engine import rules_for
from functions.core.caliper.house_rules.merged_check import merged
from functions.core.caliper.house_rules.predicates import PREDICATES
from functions.core.caliper.house_rules.table import ITEMS_MAX, RULES, Rule
from tests.unit.core.caliper import test_house_rules as kept
from tests.unit.core.caliper.samples import HOUSE, judged

BOUND: dict[str, dict[str, Any]] = {
    "AssignableEvent/Started": kept.LESSON_STARTED,
    "AssignableEvent/Completed": kept.LESSON_COMPLETED,
    "AssignableEvent/*": kept.LESSON_STARTED,
    "ViewEvent/Viewed": kept.VIEWED,
    "AssessmentEvent/Started": kept.TEST_STARTED,
    "AssessmentEvent/Submitted": kept.TEST_SUBMITTED,
    "AssessmentItemEvent/Started": kept.ITEM_STARTED,
    "AssessmentItemEvent/Completed": kept.ITEM_COMPLETED,
    "GradeEvent/Graded": kept.GRADED,
    "SessionEvent/LoggedIn": kept.LOGGED_IN,
    "SessionEvent/LoggedOut": kept.LOGGED_OUT,
    "SessionEvent/TimedOut": kept.TIMED_OUT,
    "TimebackProfile:ActivityEvent/*": kept.ACTIVITY,
    "TimebackProfile:TimeSpentEvent/*": kept.TIMES,
    "AggregationProfile:ActivityEvent/*": kept.ACTIVITY_P,
    "AggregationProfile:TimeSpentEvent/*": kept.TIMES_P,
}
BREAKS: dict[str, Any] = {
    "given": ...,
    "absent": {"id": "urn:x:1", "type": "Attempt"},
    "object": "urn:x:1",
    "string": " ",
    "boolean": "true",
    "count": 0,
    "time": "soon",
    "email": "nobody",
    "type": {"id": "urn:x:1", "type": "Nonsense"},
    "one-of": "nonsense",
    "metric": "nonsense",
    "named": {"id": "urn:x:1"},
    "items": {},
    "zero-or-one": 0.5,
    "score-type": {"id": "urn:x:1", "type": "Score", "scoreGiven": 1, "maxScore": 1},
    "both-counts": [{"type": "totalQuestions", "value": 1}, {"type": "xpEarned", "value": 1}],
    "xp": [{"type": "masteredUnits", "value": 1}],
}
ROWS = [
    pytest.param(rule, bind, id=f"{rule.code} {bind} {rule.pointer} {rule.must[:20]}")
    for rule in RULES
    for bind in rule.bind.split()
]
ROWS_OF_ITEMS = [
    pytest.param(rule, bind, id=f"{rule.code} {bind} {rule.pointer} {rule.must[:20]}")
    for rule in RULES
    for bind in rule.bind.split()
    if "*" in rule.pointer
]


def broken(event: dict[str, Any], rule: Rule, *, index: int = 0) -> tuple[dict[str, Any], str]:
    """The event with the rule broken, and the pointer to where that is; `index` of the list item that breaks it."""
    name, _, argument = rule.must.partition(" ")
    value = (float(argument.split()[1]) + 1 if argument else "7") if name == "number" else BREAKS[name]
    changed: Any = copy.deepcopy(event)
    node = changed
    *path, last = [step.split("|")[0].replace("*", str(index)) for step in rule.pointer.split("/")[1:]]
    for step in path:
        if isinstance(node, list):
            node = node[int(step)]
        else:
            node[step] = node[step] if isinstance(node.get(step), dict | list) else {}
            node = node[step]
    key: Any = int(last) if isinstance(node, list) else last
    if value is ...:
        node.pop(key, None)
    else:
        node[key] = value
    return changed, "/" + "/".join([*path, last])


@pytest.mark.parametrize(("rule", "bind"), ROWS)
def test_an_event_that_breaks_a_rule_is_told_so_where_and_in_words(rule: Rule, bind: str) -> None:
    changed, pointer = broken(BOUND[bind], rule)
    told_findings = [
        finding
        for finding in judged(changed, app=HOUSE).findings
        if (finding.code, finding.severity) == (f"timeback.{rule.code}", rule.severity) and finding.pointer == pointer
    ]
    assert told_findings
    assert all(finding.message.endswith(".") for finding in told_findings)
    argument = rule.must.partition(" ")[2]
    if "|" in argument:
        assert any(argument.replace("|", ", ") in finding.message for finding in told_findings)
    elif argument:
        bounds = argument.split()
        assert any(" to ".join(dict.fromkeys(bounds)) in finding.message for finding in told_findings)
    assert {finding.source for finding in told_findings} == {rule.source}


@pytest.mark.parametrize(("rule", "bind"), ROWS_OF_ITEMS)
def test_a_later_item_that_breaks_a_rule_is_told_and_no_other_of_the_list(rule: Rule, bind: str) -> None:
    items = [copy.deepcopy(BOUND[bind]["generated"]["items"][0]) for _ in range(4)]
    event = BOUND[bind] | {"generated": BOUND[bind]["generated"] | {"items": items}}
    changed, pointer = broken(event, rule, index=2)
    assert pointer.startswith("/generated/items/2")
    pointers = [
        finding.pointer
        for finding in judged(changed, app=HOUSE).findings
        if (finding.code, finding.severity) == (f"timeback.{rule.code}", rule.severity)
    ]
    assert pointer in pointers
    assert all(each.startswith("/generated/items/2") for each in pointers)


@pytest.mark.parametrize(("rule", "bind"), ROWS)
def test_the_quick_check_of_a_property_sees_what_the_report_tells(rule: Rule, bind: str) -> None:
    kind, _, action = bind.partition("/")
    profile, _, event_type = kind.rpartition(":")
    event = BOUND[bind]
    bound = rules_for(RULES, event_type, event["action"] if action == "*" else action, profile)
    name = rule.pointer.split("/")[1]
    rules = bound.properties[name]
    changed, _ = broken(event, rule)
    for value, breaks in ((event.get(name), False), (changed.get(name), True)):
        collector = FindingCollector()
        rules.report(value, collector)
        assert bool(collector.findings) is breaks
        assert (rules.required if value is None else not rules.keeps_all(value)) is breaks


PASSES: list[tuple[str, str, list[Any], list[Any]]] = [
    # predicate, argument, what passes, what does not
    ("given", "", ["", 0, False, {}], [None]),
    ("absent", "", [None], ["", 0, False, {}]),
    ("object", "", [{}, {"a": 1}], [[], "x", 7, True]),
    ("string", "", ["x", " x "], ["", " ", "\n\t", 7, {}]),
    ("boolean", "", [True, False], [0, 1, "true", "false"]),
    ("number", "", [0, -1.5, 10**30], ["1", True, {}]),
    ("number", "0 100", [0, 100, 0.1], [-0.1, 100.1, "5", False]),
    ("number", "1 1", [1, 1.0], [0, 2, True]),
    ("count", "", [1, 2, 10**9, 3.0], [0, -1, 0.5, 1.5, "1", True, {}]),
    ("time", "", ["2026-01-27T10:03:00.000Z", "2026-01-27T03:03:00+0100"], ["2026-01-27", "soon", 7, "", {}]),
    ("email", "", ["a@b", "a@b@c", "a@b@"], ["@b", "a@", "@", "ab", "", "@a@b", 7, {}]),
    ("type", "A|B", [{"type": "A"}, {"type": "x/B"}, {}, {"type": 7}, "urn:x:1"], [{"type": "C"}, {"type": "A/C"}]),
    ("one-of", "a|b", ["a", "b"], ["A", "c", "a|b", "", 7]),
    ("metric", "xpEarned|a", ["xpEarned", "XpEarned", "a", "A"], ["XPEarned", "xpearned", "b", "", 7]),
    ("named", "", [{"name": "x"}, {"name": ""}, "urn:x:1"], [{}, {"name": 7}, {"name": None}]),
    ("items", "", [[], [1] * ITEMS_MAX], [[1] * (ITEMS_MAX + 1), {}, "x", 7]),
    ("zero-or-one", "", [0, 1, 1.0], [2, -1, 0.5, "1", "0"]),
    (
        "score-type",
        "",
        [{"scoreType": "XP"}, {"scoreType": 7, "extensions": {"scoreType": "XP"}}, "urn:x:1"],
        [{}, {"scoreType": 7}, {"extensions": {"scoreType": 7}}, {"extensions": "XP"}],
    ),
    (
        "both-counts",
        "",
        [
            [],
            [{"type": "xpEarned"}],
            [{"type": "totalQuestions"}, {"metricType": "CorrectQuestions"}],
            "x",
            [{"type": 7}, "x"],
        ],
        [[{"type": "totalQuestions"}], [{"metricType": "CorrectQuestions", "type": "totalQuestions"}]],
    ),
    ("xp", "", [[{"type": "xpEarned"}], [{"metricType": "XpEarned"}], "x"], [[], [{"type": "totalQuestions"}], ["x"]]),
]


@pytest.mark.parametrize(("name", "argument", "passing", "failing"), PASSES)
def test_each_predicate_tells_what_passes_from_what_does_not(
    name: str, argument: str, passing: list[Any], failing: list[Any]
) -> None:
    check = PREDICATES[name].check(argument)
    assert [value for value in passing if not check(value)] == []
    assert [value for value in failing if check(value)] == []
    sentences = [PREDICATES[name].fault(value, argument) for value in failing]
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in sentences)


def test_every_predicate_is_tried() -> None:
    assert {name for name, *_ in PASSES} == PREDICATES.keys()


def rule(pointer: str, must: str, when: str = "") -> Rule:
    return Rule("x", "error", "GradeEvent/Graded", "/generated" + pointer, must, "this test", when)


@pytest.mark.parametrize(
    ("rules", "required", "keeping", "breaking"),
    [
        ([], False, ["x", 7, {}], []),
        ([rule("", "given")], True, ["x", 7, {}, []], []),
        ([rule("", "string")], False, ["x"], [7, {}]),
        ([rule("", "object"), rule("/a", "string")], False, [{}, {"a": "x"}, {"a": None}], ["x", 7, {"a": 7}]),
        ([rule("/a", "string")], False, [{}, {"a": "x"}, "x", 7, {"": 7}], [{"a": 7}]),
        ([rule("/a", "given")], True, [{"a": 1}, "urn:x:1"], [{}, {"a": None}, {"b": 1}]),
        ([rule("/a|b", "given")], True, [{"a": 1}, {"b": 1}, {"a": None, "b": 1}], [{}, {"c": 1}, {"": 1}]),
        ([rule("/a|b", "string")], False, [{}, {"b": "x"}, {"a": "x", "b": 7}], [{"b": 7}, {"a": 7, "b": "x"}]),
        ([rule("/*", "string")], False, [[], ["x"], [None], ["x", None], "x"], [[7], ["x", 7]]),
        ([rule("/*", "given")], True, [[], ["x", 7]], [[None], ["x", None]]),
        ([rule("/*/a", "given")], True, [[], [{"a": 1}], ["urn:x:1"]], [[{}], [{"a": 1}, {}], [None]]),
        ([rule("/*", "string")], False, [["x"] * ITEMS_MAX, [7] * (ITEMS_MAX + 1)], [[7] * ITEMS_MAX]),
        ([rule("/a", "absent")], False, [{}, {"a": None}, {"b": 1}], [{"a": 1}, {"a": ""}]),
        ([rule("/a", "string"), rule("/a", "time")], False, [{"a": "2026-01-27T10:03:00Z"}], [{"a": "x"}, {"a": 7}]),
        ([rule("/a", "type A|B")], False, [{"a": {"type": "A"}}, {"a": {}}, {"a": "urn:x:1"}], [{"a": {"type": "C"}}]),
        (
            [rule("/a", "string"), rule("/b", "given", when="XP"), rule("/b", "boolean", when="MASTERY")],
            False,
            [{}, {"scoreType": "XP", "b": 7}, {"scoreType": "MASTERY"}, {"scoreType": "Z", "b": 7}, {"b": 7}],
            [{"a": 7}, {"scoreType": "XP"}, {"scoreType": "MASTERY", "b": 7}, {"scoreType": "XP", "a": 7, "b": 1}],
        ),
    ],
    ids=lambda value: (
        " ".join(f"{each.pointer} {each.must}" for each in value if isinstance(each, Rule))
        if isinstance(value, list)
        else None
    ),
)
def test_rules_merged_say_of_a_value_what_each_of_them_says(
    rules: list[Rule], required: bool, keeping: list[Any], breaking: list[Any]
) -> None:
    is_required, keeps_all = merged(rules)
    assert is_required is required
    assert [value for value in keeping if not keeps_all(value)] == []
    assert [value for value in breaking if keeps_all(value)] == []
    if rules:
        report = rules_for(rules, "GradeEvent", "Graded", "").properties["generated"].report
        for values, breaks in ((keeping, False), (breaking, True)):
            collectors = [FindingCollector() for _ in values]
            for value, collector in zip(values, collectors, strict=True):
                report(value, collector)
            assert [bool(collector.findings) for collector in collectors] == [breaks] * len(values)
