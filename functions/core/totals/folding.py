"""Slices folded together: what one fold of all their facts tells, each part of it with the slice that it is of.

The one place where facts become the totals of slices, whichever slices must be folded as one (`resolution` for those of
one id, `united` for those of several ids of a person).
"""

from collections.abc import Sequence
from copy import replace

from functions.core.numbers.metrics import Credit
from functions.core.numbers.progress import course_totals
from functions.core.numbers.runs import credits_of
from functions.core.timeline.counting import counted
from functions.core.timeline.entry import Entry
from functions.core.totals.links import Links
from functions.core.totals.slice_totals import SliceFacts, SliceTotals
from functions.core.totals.tallies import tallied


def folded_together(together: Sequence[SliceFacts], links: Sequence[Links]) -> list[SliceTotals]:
    """The totals of each slice, in order, after a fold of all of them. `links` are those of each."""
    chosen = counted(entry for each in together for entry in each.entries)
    owner = {entry.id_and_content: number for number, each in enumerate(together) for entry in each.entries}
    facts: list[list[Entry]] = [[] for _ in together]
    credited: list[list[Credit]] = [[] for _ in together]
    for fact in chosen.facts:
        facts[owner[fact.id_and_content]].append(fact)
    for credit in credits_of(chosen.facts):
        credited[owner[credit.entry.id_and_content]].append(credit)
    return [
        replace(
            totals_of_facts(each, links[number]),
            courses=course_totals(facts[number], chosen.conflicts),
            tallies=tallied(
                each.entries,
                facts[number],
                credited[number],
                conflicts=chosen.conflicts,
                session_by_event=each.session_by_event,
            ),
        )
        for number, each in enumerate(together)
    ]


def totals_of_facts(each: SliceFacts, links: Links) -> SliceTotals:
    """A slice before it is folded: how many facts it has, and its links."""
    facts = sum(not entry.system for entry in each.entries)  # the same before its TimedOut is stored and after
    return SliceTotals(first_us=each.first_us, last_us=each.last_us, facts=facts, links=links)


def joined(first: SliceFacts, other: SliceFacts) -> SliceFacts:
    """Two slices as one."""
    entries = {entry.id_and_content: entry for entry in (*first.entries, *other.entries)}
    return SliceFacts(
        first_us=min(first.first_us, other.first_us),
        last_us=max(first.last_us, other.last_us),
        entries=tuple(entries.values()),
        session_by_event={**first.session_by_event, **other.session_by_event},
        ids=(*first.ids, *other.ids),
    )
