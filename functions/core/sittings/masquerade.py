"""Canvas masquerading: an administrator acts as a student, so what is recorded is not the student's work."""

from collections.abc import Mapping
from typing import Any


def is_masqueraded(event: Mapping[str, Any]) -> bool:
    """Whether Canvas says that somebody else acted: `real_user_id` is present and is not the actor's own id.

    Such a fact is stored and listed under the student, and is in no session and no number.
    """
    raise NotImplementedError
