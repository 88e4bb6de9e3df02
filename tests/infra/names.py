"""Values of a template in which each resource goes by its construct's name, so that a table of them can be read."""

from typing import Any

JOINED, REFERENCE, ATTRIBUTE = "Fn::Join", "Ref", "Fn::GetAtt"


def bare(logical_id: str) -> str:
    """The construct's name: a logical id has eight characters of a hash behind it."""
    return logical_id[:-8]


def named(value: Any) -> Any:
    """A resource, or its ARN, by its construct's name; another attribute behind a dot. What CloudFormation computes
    otherwise is `…`.
    """
    if isinstance(value, list):
        return [named(part) for part in value]
    if not isinstance(value, dict):
        return value
    if REFERENCE in value:
        reference = str(value[REFERENCE])
        return reference if reference.startswith("AWS::") else bare(reference)
    if ATTRIBUTE in value:
        logical_id, attribute = value[ATTRIBUTE]
        return bare(logical_id) if attribute == "Arn" else f"{bare(logical_id)}.{attribute}"
    if JOINED in value:
        joint, parts = value[JOINED]
        return joint.join(str(named(part)) for part in parts)
    if any(key.startswith("Fn::") for key in value):
        return "…"
    return {key: named(part) for key, part in value.items()}
