"""From a finding to its line and column, in every layout of a file. A `⟦` in a text marks where, and is taken out."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.client.validating.judgement import ANY_APP, judge
from functions.client.validating.payload import Payload, read
from functions.client.validating.positions import position, tokens

GOOD = (
    '{"@context":"http://purl.imsglobal.org/ctx/caliper/v1p2","id":"urn:uuid:7f3c1f2e-5d0a-4d44-9a2b-1c6e8f0b3a11",'
    '"type":"NavigationEvent","action":"NavigatedTo","eventTime":"2026-01-27T10:00:00.000Z",'
    '"actor":"https://school.example.org/learners/1","object":{"id":"https://a.example.org/1","type":"WebPage"}}'
)
HEAD = '{"sensor":"https://a.example.org","sendTime":"2026-01-27T10:00:00.000Z",'
VERSION = '"dataVersion":"http://purl.imsglobal.org/ctx/caliper/v1p2"'
BAD_OBJECT = GOOD.replace('"object":{"id":"https://a.example.org/1","type":"WebPage"}', '⟦"object":7')
BAD_TIME = GOOD.replace('"eventTime":"2026-01-27T10:00:00.000Z"', '⟦"eventTime":"yesterday"')
NO_ACTOR = "⟦" + GOOD.replace('"actor":"https://school.example.org/learners/1",', "")
PRETTY = f"""{HEAD}
  {VERSION},
  "data": [
    {GOOD},
    {{
      "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
      "id": "urn:uuid:7f3c1f2e-5d0a-4d44-9a2b-1c6e8f0b3a12",
      "type": "NavigationEvent",
      "action": "NavigatedTo",
      ⟦"eventTime":
        17,
      "actor": "https://school.example.org/learners/1",
      "object": {{"id": "https://a.example.org/1", "type": "WebPage"}}
    }}
  ]
}}
"""

CASES = {
    "an event alone": BAD_OBJECT,
    "an event after blank lines": f"\n\n  {BAD_TIME}",
    "what is missing is where it belongs": f"\n{NO_ACTOR}",
    "an envelope on one line": f'{HEAD}{VERSION},"data":[{GOOD},{BAD_OBJECT}]}}',
    "an envelope that says its data first": f'{{"data":[{GOOD},\n{BAD_TIME}],{HEAD[1:]}{VERSION}}}',
    "an envelope over many lines": PRETTY,
    "with the line ends of Windows": PRETTY.replace("\n", "\r\n"),
    "an array of envelopes": f'[{HEAD}{VERSION},"data":[{GOOD}]}},\n {HEAD}{VERSION},"data":[{GOOD},\n{BAD_OBJECT}]}}]',
    "NDJSON of events": f"{GOOD}\n{BAD_TIME}\n{GOOD}\n",
    "NDJSON of envelopes": f'{HEAD}{VERSION},"data":[{GOOD}]}}\n{HEAD}{VERSION},"data":[{GOOD},{BAD_OBJECT}]}}\n',
    "NDJSON with blank lines": f"{GOOD}\n\n\n{BAD_TIME}\n",
    "NDJSON with the line ends of Windows": f"{GOOD}\r\n{BAD_TIME}\r\n",
    "NDJSON without an end of its last line": f"{GOOD}\n{BAD_OBJECT}",
    "a broken line of NDJSON": f'{GOOD}\n{{"type": ⟦oops}}\n{GOOD}',
    "a broken first line of NDJSON": f'{{"type": ⟦oops}}\n{GOOD}\n',
    "broken JSON over many lines": f'{HEAD}\n  {VERSION},\n  "data": [\n    {GOOD} ⟦{GOOD}\n  ]\n}}\n',
    "an item that is no object": f'{HEAD}{VERSION},"data":[{GOOD},\n   ⟦7]}}',
    "an envelope without a time to send": '⟦{"sensor":"https://a.example.org",' + VERSION + f',"data":[{GOOD}]}}',
    "an envelope of an unknown version": f'{HEAD}\n⟦"dataVersion":"9.9","data":[{GOOD}]}}',
    "letters beyond ASCII before it": BAD_OBJECT.replace('"id":"urn', '"name":"Zoë 😀","id":"urn'),
    "a byte order mark": f"\ufeff{BAD_OBJECT}",
    "a name given twice: the last counts": GOOD.replace('"actor"', '"eventTime":3,"actor"')
    .replace('"eventTime":"2026-01-27T10:00:00.000Z"', '"eventTime":"x"')
    .replace('"eventTime":3', '⟦"eventTime":3'),
}


def marked(text: str) -> tuple[bytes, tuple[int, int]]:
    before, _, after = text.partition("⟦")
    line = before.rpartition("\n")[2].removeprefix("\ufeff")
    return (before + after).encode(), (before.count("\n") + 1, len(line.encode("utf-16-le")) // 2 + 1)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_first_error_is_where_it_is_written(name: str, packed: bool, tmp_path: Path) -> None:
    text, expected = marked(CASES[name])
    path = tmp_path / ("events.json.gz" if packed else "events.json")
    path.write_bytes(gzip.compress(text) if packed else text)
    places = [
        (place.line, place.column)
        for judged in judge(read(str(path)), app=ANY_APP)
        for finding, place in judged.findings
        if finding.severity == "error"
    ]
    assert places[0] == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(json_values, st.sampled_from([None, 0, 2]), st.booleans())
def test_a_pointer_to_any_value_leads_to_its_text(value: object, indent: int | None, ascii_only: bool) -> None:
    """Held against the parser: what begins at the position, parsed alone, is the value that the pointer names."""
    import json

    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    decoder = json.JSONDecoder()

    def walk(inner: object, steps: list[str]) -> None:
        begins = len(text.encode("utf-8", "surrogatepass")[: position(raw, steps)].decode("utf-8", "surrogatepass"))
        if steps and isinstance(parent(value, steps), dict):
            name, end = decoder.raw_decode(text, begins)
            assert name == steps[-1]
            begins = text.index(":", end) + 1
            begins += len(text[begins:]) - len(text[begins:].lstrip(" \n"))
        assert decoder.raw_decode(text, begins)[0] == inner
        children = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        for step, child in children:
            walk(child, [*steps, str(step)])

    raw = text.encode("utf-8", "surrogatepass")
    walk(value, [])


def parent(value: object, steps: list[str]) -> object:
    for step in steps[:-1]:
        value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]
    return value


def test_the_tokens_of_a_pointer_are_unescaped_in_order() -> None:
    assert tokens("/a~1b/~01/0") == ["a/b", "~1", "0"]
    assert tokens("") == []


@given(st.binary(max_size=60), st.lists(st.text(max_size=3), max_size=3))
def test_text_that_is_not_json_has_positions_too(text: bytes, steps: list[str]) -> None:
    assert 0 <= position(text, steps) <= len(text)


def test_columns_are_counted_in_utf16_units_from_one() -> None:
    payload = Payload("events.json", "ab\n😀c".encode())
    assert payload.line_and_column(0) == (1, 1)
    assert payload.line_and_column(len("ab\n😀".encode())) == (2, 3)
