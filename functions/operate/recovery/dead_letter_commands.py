"""The commands on dead letters: `dlq list|save|delete`, `redrive`."""

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

from functions.operate.errors import RecoveryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.private_file import create_private_file
from functions.operate.recovery import dead_letters
from functions.operate.recovery import redrive as redriving
from functions.operate.recovery.dead_letters import RECEIVED, Letters
from functions.operate.recovery.given_up import GivenUpDeliveries

EVENTS, DELIVERIES = "events", "deliveries"  # the queues that have dead letters


@dataclass(frozen=True, slots=True)
class LetterQueue:
    """A dead-letter queue, the queue from which its messages come, and what they are."""

    dead_letters_url: str
    queue_url: str
    letters: Letters


def list_dead_letters(operator: Operator, options: argparse.Namespace) -> Outcome:
    queue = _queue_of(operator, options.queue)
    letters = dead_letters.list_messages(operator.connection.client("sqs"), queue.dead_letters_url, queue.letters)
    lines = []
    for letter in letters:
        items = ", ".join(f"{count} {kind}" for kind, count in sorted(letter.items.items())) or "nothing readable"
        lines.append(f"{letter.id}  received {letter.received_at or '?'}  app {letter.app_id or '?'}  {items}")
        lines.append(f"    {letter.reason}")
    lines.append(f"{len(letters)} dead letters" if letters else "No dead letters.")
    return Outcome(data={"deadLetters": [asdict(letter) for letter in letters]}, text="\n".join(lines))


def save_dead_letters(operator: Operator, options: argparse.Namespace) -> Outcome:
    queue = _queue_of(operator, options.queue)
    lines = dead_letters.export(operator.connection.client("sqs"), queue.dead_letters_url, queue.letters)
    with create_private_file(options.file) as file:
        try:
            count = sum(1 for line in lines if file.write(line))
        except BaseException:
            Path(options.file).unlink()  # half of them look like all
            raise
    return Outcome(
        data={"file": options.file, "count": count},
        text=f"{options.file}: {count} dead letters, with learners' data. They are still in the dead-letter queue: "
        f"delete one with {operator.command_line('dlq-delete ID=…')}.",
    )


def delete_dead_letters(operator: Operator, options: argparse.Namespace) -> Outcome:
    if bool(options.ids) == options.all:
        raise RecoveryError("Name the dead letters to delete, `make dlq-delete ID=…`, or all of them: ALL=1.")
    wanted = None if options.all else _wanted(options.ids)
    url = _queue_of(operator, options.queue).dead_letters_url
    gone = dead_letters.delete(operator.connection.client("sqs"), url, wanted)
    _check_seen(wanted, gone)
    return Outcome(data={"deleted": gone}, text=f"{len(gone)} dead letters deleted.")


def redrive(operator: Operator, options: argparse.Namespace) -> Outcome:
    wanted = _wanted(options.ids) if options.ids else None
    queue = _queue_of(operator, options.queue)
    sqs = operator.connection.client("sqs")
    result = redriving.redrive(sqs, queue.dead_letters_url, queue.queue_url, wanted, queue.letters)
    _check_seen(wanted, [*result.moved, *result.kept])
    lines = [f"{letter_id} stays. {reason}" for letter_id, reason in result.kept.items()]
    lines.append(f"{len(result.moved)} messages are back in the queue, {len(result.kept)} stay.")
    if not result.moved and not result.kept:
        lines = ["No dead letters."]
    return Outcome(data=asdict(result), text="\n".join(lines), holds=not result.kept)


def _queue_of(operator: Operator, name: str) -> LetterQueue:
    connection = operator.connection
    if name == EVENTS:
        return LetterQueue(connection.dlq_url, connection.queue_url, RECEIVED)
    if not connection.given_up_url:
        raise RecoveryError("The deployed version has no queue of deliveries: deploy this version of the stack.")
    letters = GivenUpDeliveries(operator.registry_table)
    return LetterQueue(connection.given_up_url, connection.deliveries_url, letters)


def _wanted(ids: list[str]) -> set[str]:
    return {part for text in ids for part in text.replace(",", " ").split()}


def _check_seen(wanted: set[str] | None, seen: list[str]) -> None:
    missing = sorted((wanted or set()) - set(seen))
    if missing:
        raise RecoveryError(
            f"There is no dead letter {', '.join(missing)}: see `make dlq`. One that was looked at a moment ago is "
            "hidden for two minutes."
        )
