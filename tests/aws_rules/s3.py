"""S3's rules for objects: their keys, their own metadata, their size."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ParamValidationError

from tests.aws_rules.refusal import Refused

KEY_BYTES = 1024
METADATA_BYTES = 2048
OBJECT_BYTES = 5 * 1024**3  # in one PutObject
_OF_ONE_OBJECT = {"PutObject", "GetObject", "HeadObject", "DeleteObject"}


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise Refused where S3 would refuse. `request` has `Key`, and of a PutObject `Metadata` and `ContentLength`."""
    if operation not in _OF_ONE_OBJECT:
        return
    key = request["Key"]
    if not key:
        raise Refused("MethodNotAllowed", "The specified method is not allowed against this resource.")
    if len(key.encode()) > KEY_BYTES:
        raise Refused("KeyTooLongError", "Your key is too long")
    metadata: Mapping[str, str] = request.get("Metadata") or {}
    for name, value in metadata.items():
        if not (name + value).isascii():  # no request is made: botocore itself refuses
            raise ParamValidationError(
                report=f'Non ascii characters found in S3 metadata for key "{name}", value: "{value}".  \n'
                "S3 metadata can only contain ASCII characters. "
            )
    if sum(len(name) + len(value) for name, value in metadata.items()) > METADATA_BYTES:
        raise Refused("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    if request.get("ContentLength", 0) > OBJECT_BYTES:
        raise Refused("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
