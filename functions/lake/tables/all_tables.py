"""Every table of the lake, in the order in which the documentation shows them."""

from functions.lake.tables.aliases import ALIASES
from functions.lake.tables.column import TableDefinition
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from functions.lake.tables.of_numbers import NUMBER_TABLES

TABLES: tuple[TableDefinition, ...] = (EVENTS, *NUMBER_TABLES, REJECTIONS, COPIES, ALIASES, PEOPLE, RAW)
