"""What one logger is told during a test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class LogRecords(logging.Handler):
    """The records of a logger, in order."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def errors(self) -> list[str]:
        return [record.getMessage() for record in self.records if record.levelno >= logging.ERROR]

    def single(self, text: str) -> Any:
        """The only record of this text."""
        (line,) = [record for record in self.records if record.getMessage() == text]
        return line

    def levels_and_texts(self) -> list[tuple[str, str]]:
        return [(record.levelname, record.getMessage()) for record in self.records]


@contextmanager
def records_of(logger_name: str) -> Iterator[LogRecords]:
    """What this logger is told until the block ends."""
    records, logger = LogRecords(), logging.getLogger(logger_name)
    logger.addHandler(records)
    try:
        yield records
    finally:
        logger.removeHandler(records)
