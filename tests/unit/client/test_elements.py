"""Where the elements of an array and the members of an object begin, in JSON of any layout and in what is none."""

import pytest

from functions.client.validating.positions import elements, position, value_start


@pytest.mark.parametrize(
    ("text", "steps", "begins"),
    [
        (b"[1,2,3]", [], [1, 3, 5]),
        (b' [ 1 , "a,]" , [2,3] , {"b":[4]} , true ]', [], [3, 7, 15, 23, 35]),
        (b'{"data":[{},{}]}', ["data"], [9, 12]),
        (b'[{"data":[1]},{"data":[2,3]}]', ["1", "data"], [23, 25]),
        (b'[0,[1],[2,[3,4]]]', ["2", "1"], [11, 13]),
        (b'{"data":[1],"data":[2,3]}', ["data"], [20, 22]),
        (b'{"a":1}', ["data"], []),
        (b"[]", [], []),
        (b"7", [], []),
        (b"", [], []),
        (b'[1,{"a":"\\"]}"},2', [], [1, 3, 16]),
        (b'[1,{"a"', [], [1, 3]),
        (b'{"a" [1]}', ["a"], []),
        (b'{"\\ud800":1,"a":[1]}', ["a"], [17]),
        (b'\xef\xbb\xbf[1]', [], [4]),
    ],
)  # fmt: skip
def test_elements_begin_where_they_are_written(text: bytes, steps: list[str], begins: list[int]) -> None:
    assert elements(text, steps) == begins


@pytest.mark.parametrize(
    ("text", "steps", "begins"),
    [
        (b'{"a" : 1, "b" :2}', ["b"], 10),
        (b'{"a":{"b":[7,8]}}', ["a", "b", "1"], 13),
        (b'{"a":{"b":[7,8]}}', ["a", "b", "2"], 6),
        (b'{"a":{"b":[7,8]}}', ["a", "x"], 1),
        (b'{"a":{"b":[7,8]}}', ["x"], 0),
        (b'{"a/b":1,"\\u0063":2}', ["c"], 9),
        (b'  {"a":1}', [], 2),
        (b'{"a":1,"a":2}', ["a"], 7),
        (b'{"a":"x}","b":1}', ["b"], 10),
    ],
)
def test_a_member_is_where_its_name_begins_and_what_is_missing_where_it_would_be(
    text: bytes, steps: list[str], begins: int
) -> None:
    assert position(text, steps) == begins


def test_a_value_is_looked_for_from_an_offset() -> None:
    assert value_start(b"1 \t\r\n2", 1) == 5
    assert value_start(b"\xef\xbb\xbf 1") == 4
    assert value_start(b"1\xef\xbb\xbf1", 1) == 4
    assert position(b'[1] {"a":2}', ["a"], 3) == 5
    assert elements(b"[1] [2,3]", [], 3) == [5, 7]
