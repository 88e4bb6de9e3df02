"""The places where something of a person lies. A new kind of row, file or copy adds a line to this table.

A place is a function: it yields what it found and how much of it, and erases it if the erasure `applies`. It may be
stopped anywhere and run again. The order is that of the table; the learner's own rows come after the other rows,
because the other places may have to read what they say.
"""

from collections.abc import Callable, Iterator

from functions.privacy.erasure_context import Erasing
from functions.privacy.places.archive_objects import erase_from_archive
from functions.privacy.places.copies_for_people import erase_copies
from functions.privacy.places.course_rows import erase_from_courses
from functions.privacy.places.dead_letters import erase_from_dead_letters
from functions.privacy.places.dropped_files import erase_dropped_files
from functions.privacy.places.lake_tables import erase_from_lake
from functions.privacy.places.learner_rows import erase_learner_rows
from functions.privacy.places.manifests import erase_from_manifests
from functions.privacy.places.people_rows import erase_people_rows
from functions.privacy.places.rejections import erase_rejections

type Place = Callable[[Erasing], Iterator[tuple[str, int]]]

PLACES: tuple[Place, ...] = (
    erase_from_archive,
    erase_rejections,
    erase_from_manifests,
    erase_from_courses,
    erase_learner_rows,
    erase_from_lake,
    erase_from_dead_letters,
    erase_copies,
    erase_dropped_files,
    erase_people_rows,
)
