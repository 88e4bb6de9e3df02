"""A search whose end is not known reads pages and spans that grow, until they are unbounded."""

import pytest

from functions.core.times import FIRST_US, LAST_US, MINUTE_US
from functions.store.dynamodb.growing_reach import GrowingReach

GAP_US = 30 * MINUTE_US
ALL_US = LAST_US - FIRST_US


def test_pages_grow_fourfold_from_fifty_rows_to_eight_hundred_and_are_whole_then() -> None:
    reach = GrowingReach(GAP_US)
    assert [reach.next_limit() for _ in range(5)] == [50, 200, 800, None, None]


@pytest.mark.parametrize(
    ("pages", "span_us"),
    [(0, 4 * GAP_US), (1, 4 * GAP_US), (2, 4 * GAP_US), (3, ALL_US), (4, ALL_US)],
)
def test_a_span_grows_fourfold_and_is_all_time_once_pages_are_whole(pages: int, span_us: int) -> None:
    reach = GrowingReach(GAP_US)
    assert reach.span_us == GAP_US
    assert len([reach.next_limit() for _ in range(pages)]) == pages
    reach.widen()
    assert reach.span_us == span_us


def test_a_span_grows_each_time_that_it_is_widened() -> None:
    reach = GrowingReach(GAP_US)
    reach.widen()
    reach.widen()
    assert reach.span_us == 16 * GAP_US
