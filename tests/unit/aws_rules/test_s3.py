"""Each rule of S3, at its limit and one beyond it."""

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from tests.aws_rules import s3
from tests.aws_rules.refusal import Refused

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "length of a key in bytes": ({"Key": "é" * 512}, {"Key": "é" * 512 + "x"}, "KeyTooLongError"),
    "no empty key": ({"Key": "k"}, {"Key": ""}, "MethodNotAllowed"),
    "metadata, names counted": (
        {"Key": "k", "Metadata": {"name": "v" * 2044}},
        {"Key": "k", "Metadata": {"name": "v" * 2045}},
        "MetadataTooLarge",
    ),
    "object": (
        {"Key": "k", "ContentLength": 5 * 1024**3},
        {"Key": "k", "ContentLength": 5 * 1024**3 + 1},
        "EntityTooLarge",
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_an_object_is_taken_at_the_limit_and_refused_beyond_it(rule: str) -> None:
    accepted, refused, code = CASES[rule]
    s3.check("PutObject", accepted)
    with pytest.raises(Refused) as raised:
        s3.check("PutObject", refused)
    assert raised.value.code == code


def test_metadata_is_ascii() -> None:
    s3.check("PutObject", {"Key": "k", "Metadata": {"a": "~"}})
    with pytest.raises(ParamValidationError, match="Non ascii characters found in S3 metadata"):
        s3.check("PutObject", {"Key": "k", "Metadata": {"a": "é"}})
