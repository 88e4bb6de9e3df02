"""What the workers note of a failed batch outlasts the time for which the queue hides it."""

from functions.store.backlog import HIDDEN_US, LONGEST_US
from tests.infra.conftest import Synthesised, logical_id_of_queue

SECOND_US = 1_000_000


def test_a_failed_batch_is_noted_for_longer_than_the_queue_hides_it(production: Synthesised) -> None:
    queue = production.resources("AWS::SQS::Queue")[logical_id_of_queue(production, "Queue")]["Properties"]
    assert queue["VisibilityTimeout"] * SECOND_US < HIDDEN_US
    assert queue["MessageRetentionPeriod"] * SECOND_US == LONGEST_US
