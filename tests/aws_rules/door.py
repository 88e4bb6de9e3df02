"""The door that every request of every boto3 client in a test passes on its way to moto, an emulator or nowhere."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint

from tests.aws_rules import dynamodb, eventbridge, s3, sqs
from tests.aws_rules.refusal import Refused

METADATA = "x-amz-meta-"
_RULES: Mapping[str, Callable[[str, Mapping[str, Any]], None]] = {
    "dynamodb": dynamodb.check,
    "sqs": sqs.check,
    "s3": s3.check,
    "events": eventbridge.check,
}


def guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer what AWS refuses as AWS does, before it is sent. Below botocore's events, so it sees what they change."""
    send = Endpoint.make_request

    def checked(endpoint: Endpoint, operation_model: Any, request_dict: dict[str, Any]) -> Any:
        try:
            check(operation_model.service_model.service_name, operation_model.name, request_dict)
        except Refused as refused:
            return AWSResponse(request_dict["url"], 400, HTTPHeaders(), None), refused.response()
        return send(endpoint, operation_model, request_dict)

    monkeypatch.setattr(Endpoint, "make_request", checked)


def check(service: str, operation: str, request: Mapping[str, Any]) -> None:
    """Raise Refused where `service` would refuse `request`, serialised by botocore."""
    rule = _RULES.get(service)
    if rule is not None:
        rule(operation, _object(request) if service == "s3" else orjson.loads(request["body"] or b"{}"))


def _object(request: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules for objects ask of a REST request."""
    headers = {str(name).lower(): str(value) for name, value in request["headers"].items()}
    metadata = {name.removeprefix(METADATA): text for name, text in headers.items() if name.startswith(METADATA)}
    body = request["body"]
    size = len(body) if isinstance(body, bytes | bytearray) else int(headers.get("content-length", 0))
    return {"Key": unquote(request["url_path"].removeprefix("/")), "Metadata": metadata, "ContentLength": size}
