"""A long sensor has a row of its own: one for each thirty days, kept as long as any event of these."""

import pytest

from functions.store import keys
from functions.store.dynamodb.row import Row, key_of
from functions.store.rows.sensors import attributes, is_from, is_long, to_row, with_sensors
from tests.fakes import MemoryTable
from tests.world import STUDENT, TENANT

DAY_S = 86_400
PERIOD_S = 30 * DAY_S
LONG, OTHER = "urn:x:" + "s" * 200, "urn:x:" + "o" * 200
EXPIRES_S = 700 * PERIOD_S


def row_of(number: int, sensor: str, *, expires_s: int = EXPIRES_S) -> Row:
    pk = keys.learner_pk(TENANT, STUDENT)
    return {keys.PK: pk, keys.SK: f"E#{number}", keys.TTL: expires_s, **attributes(sensor)}


@pytest.mark.parametrize(
    ("sensor", "long"), [("s" * 100, False), ("s" * 101, True), ("é" * 50, False), ("é" * 51, True), ("", False)]
)
def test_a_sensor_of_over_a_hundred_bytes_is_long(sensor: str, long: bool) -> None:
    assert is_long(sensor) is long


@pytest.mark.parametrize(("sensor", "names"), [("", set()), ("short", {"sensor"}), (LONG, {"sensor_digest"})])
def test_the_row_of_an_event_names_a_short_sensor_itself_and_a_long_one_by_its_digest(
    sensor: str, names: set[str]
) -> None:
    assert attributes(sensor).keys() == names
    row = row_of(1, sensor)
    assert [is_from(row, each) for each in ("", "short", LONG, OTHER)] == [
        each == sensor for each in ("", "short", LONG, OTHER)
    ]


@pytest.mark.parametrize(
    ("first_s", "second_s", "same"),
    [
        (EXPIRES_S, EXPIRES_S, True),
        (EXPIRES_S, EXPIRES_S + PERIOD_S - 1, True),
        (EXPIRES_S, EXPIRES_S + PERIOD_S, False),
        (EXPIRES_S - 1, EXPIRES_S, False),
        (EXPIRES_S + 31 * PERIOD_S - 1, EXPIRES_S + 30 * PERIOD_S, True),
    ],
)
def test_each_thirty_days_have_a_row_of_their_own(first_s: int, second_s: int, same: bool) -> None:
    first, second = (to_row(TENANT, LONG, expires_s=expires_s) for expires_s in (first_s, second_s))
    assert (first == second) is same
    assert (key_of(first) == key_of(second)) is same


@pytest.mark.parametrize("later_s", [0, 1, PERIOD_S - 1])
def test_its_row_outlives_the_last_of_its_events_by_a_month_at_least(later_s: int) -> None:
    assert to_row(TENANT, LONG, expires_s=EXPIRES_S + later_s)[keys.TTL] == EXPIRES_S + 2 * PERIOD_S


def test_rows_of_events_are_given_the_texts_of_their_long_sensors_and_stay_in_order() -> None:
    table = MemoryTable()
    table.put_all(
        [to_row(TENANT, LONG, expires_s=EXPIRES_S), to_row(TENANT, OTHER, expires_s=EXPIRES_S + 2 * PERIOD_S)]
    )
    rows = [
        row_of(1, LONG),
        row_of(2, "short"),
        row_of(3, ""),
        row_of(4, OTHER, expires_s=EXPIRES_S + 2 * PERIOD_S),
        row_of(5, OTHER),
    ]
    named = list(with_sensors(table, rows))
    assert [row[keys.SK] for row in named] == [row[keys.SK] for row in rows]
    assert [row.get("sensor") for row in named] == [LONG, "short", None, OTHER, None], "the last one's row has expired"


@pytest.mark.parametrize(("sensors", "gets"), [([], 0), (["short"] * 300, 0), ([LONG] * 100, 1), ([LONG] * 101, 2)])
def test_long_sensors_are_read_once_for_a_hundred_rows(sensors: list[str], gets: int) -> None:
    table = MemoryTable()
    table.put_all([to_row(TENANT, LONG, expires_s=EXPIRES_S)])
    named = list(with_sensors(table, (row_of(number, sensor) for number, sensor in enumerate(sensors))))
    assert [row["sensor"] for row in named] == sensors
    assert table.calls.counts["get_all"] == gets
