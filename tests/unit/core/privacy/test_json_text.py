"""A text of JSON with its places: every object and every string, whose they are, and where they stand."""

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.privacy.json_text import read_json_text
from tests.examples import examples

NAMES = st.sampled_from(["id", "@id", "type", "@type", "name", "a", 'q"uote', "b\\slash", "é", "{", "]", ","])
TEXTS = st.one_of(st.text(max_size=4), NAMES)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)

type Told = tuple[str, str, int | None]  # a string's value, the member's name that it is the value of, its object


def strings_of(value: object, name: str, within: int | None, numbers: Iterator[int]) -> Iterator[Told]:
    """What is to be read, by a walk through the parsed value."""
    if isinstance(value, str):
        yield value, name, within
    elif isinstance(value, list):
        for each in value:
            yield from strings_of(each, name, within, numbers)
    elif isinstance(value, dict):
        own = next(numbers)
        for key, each in value.items():
            yield key, "", own
            yield from strings_of(each, key, own, numbers)


def objects_of(value: object, parent: int | None, gathered: list[tuple[dict[str, Any], int | None]]) -> None:
    if isinstance(value, list):
        for each in value:
            objects_of(each, parent, gathered)
    elif isinstance(value, dict):
        own = len(gathered)
        gathered.append((value, parent))
        for each in value.values():
            objects_of(each, own, gathered)


@settings(max_examples=examples(200))
@given(VALUES, st.sampled_from([(",", ":"), (" , ", "\n:\t")]), st.booleans())
def test_every_string_and_object_is_told_with_its_place(
    value: object, separators: tuple[str, str], ascii_only: bool
) -> None:
    text = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
    read = read_json_text(text)
    place = {id(each): number for number, each in enumerate(read.objects)}

    def number_of(node: object) -> int | None:
        return None if node is None else place[id(node)]

    strings = [(string.value, string.name, number_of(string.within)) for string in read.strings]
    assert strings == [*strings_of(value, "", None, iter(range(999)))]
    assert [json.loads(text[string.start : string.end]) for string in read.strings] == [each for each, *_ in strings]
    objects: list[tuple[dict[str, Any], int | None]] = []
    objects_of(value, None, objects)
    assert [(json.loads(text[each.start : each.end]), number_of(each.parent)) for each in read.objects] == objects


@pytest.mark.parametrize(
    ("text", "identifier", "name", "kind"),
    [
        ('{"id":"a"}', "a", "id", None),
        ('{"@id":"a"}', "a", "@id", None),
        ('{"@id":"a","id":"b"}', "b", "id", None),
        ('{"id":"b","@id":"a"}', "b", "id", None),
        ('{"id":"a","id":"b"}', "b", "id", None),
        ('{"id":7,"@id":"a"}', "a", "@id", None),
        ('{"id":["a"]}', None, "id", None),
        ('{"a":{"id":"b","type":"T"}}', None, "id", None),
        ('{"n":["type","id"],"id":"a"}', "a", "id", None),
        ('{"n":[{"id":"b"}],"id":"a"}', "a", "id", None),
        ('{"type":"T"}', None, "id", '"type":"T"'),
        ('{"a":1,"@type" : "T","b":2}', None, "id", '"@type" : "T"'),
        ('{"type":["T"],"id":"a"}', "a", "id", None),
        ('{"type":{"type":"T"}}', None, "id", None),
        ('{"typ\\u0065":"T"}', None, "id", '"typ\\u0065":"T"'),
    ],
)
def test_an_objects_own_id_and_type_are_known_and_no_others(
    text: str, identifier: str | None, name: str, kind: str | None
) -> None:
    assert orjson.loads(text)
    node = read_json_text(text).objects[0]
    assert (node.id, node.id_name) == (identifier, name)
    assert (None if node.type is None else text[slice(*node.type)]) == kind
