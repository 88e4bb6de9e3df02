"""Why an erasure or a copy for a person cannot be done as it was asked."""

from functions.core.errors import CaliperError


class PrivacyError(CaliperError):
    """No such person, several people, or an erasure that was not confirmed."""
