"""Which failures are transient, said once: for every process edge that answers 503 or lets SQS deliver again."""

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.errors import TransientError


class SigningKeysUnavailable(TransientError):
    """A JWK set cannot be fetched or read, and no copy from before will do."""


TRANSIENT = (TransientError, BotoCoreError, ClientError)


def cause_of(error: BaseException) -> str:
    """What failed, without the message, which can quote a request: the code of AWS, or the exception's name."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)
