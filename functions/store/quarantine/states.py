"""What was done about a rejection, in words that rows, answers and commands share."""

from typing import Literal, get_args

type State = Literal["waiting", "exported", "resubmitted", "dismissed"]

STATES: tuple[State, ...] = get_args(State.__value__)
