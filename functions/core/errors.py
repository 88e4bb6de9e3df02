"""The exceptions of this service: one tree.

Wrong data is a value (a verdict, a refusal, an answer). An exception says that a machine or a program is
broken.
"""


class CaliperError(Exception):
    """The base of every exception that this service raises by itself."""


class TransientError(CaliperError):
    """The same call may succeed later: a caller retries, a queue delivers again."""
