"""`python -m functions.core.caliper [--strict] FILE…` prints what is found on payloads: envelopes, events, entities."""

import sys
from pathlib import Path

import orjson

from functions.core.apps import App
from functions.core.caliper import Refusal, Verdict, open_envelopes
from functions.core.caliper.contexts import SUPPORTED_DATA_VERSIONS
from functions.core.caliper.validator import validate_item

_ANY_APP = App(app_id="command-line", tenant="command-line", edapps=("*",), caliper_1_0=True)


def judge_payload(body: bytes, *, app: App = _ANY_APP, strict: bool = False) -> Refusal | list[Verdict]:
    """The refusal of a payload, or a verdict per item. A bare event or entity is judged as if in a 1.2 envelope."""
    opened = open_envelopes(body, app=app)
    if not isinstance(opened, Refusal):
        return [
            validate_item(item, data_version=envelope.data_version, app=app, strict=strict)
            for envelope in opened
            for item in envelope.items
        ]
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return opened
    if not isinstance(value, dict) or "data" in value or "sensor" in value:
        return opened
    return [validate_item(body.strip(), data_version=SUPPORTED_DATA_VERSIONS[-1], app=app, strict=strict)]


def main(arguments: list[str]) -> int:
    """Prints the findings; 0 where all was accepted, 1 where something was not."""
    strict = "--strict" in arguments
    files = [argument for argument in arguments if argument != "--strict"]
    if not files:
        print(__doc__, file=sys.stderr)
        return 2
    failed = False
    for name in files:
        judged = judge_payload(Path(name).read_bytes(), strict=strict)
        if isinstance(judged, Refusal):
            failed = True
            print(f"{name}: refused {judged.status} {judged.code} {judged.pointer or '/'}: {judged.message}")
            continue
        for index, verdict in enumerate(judged):
            failed |= not verdict.accepted
            state = "rejected" if not verdict.accepted else "warnings" if verdict.findings else "clean"
            print(f"{name}[{index}]: {verdict.kind} {state}")
            for finding in verdict.findings:
                where = f"{finding.severity} {finding.code} {finding.pointer or '/'}"
                print(f"  {where}: {finding.message} [{finding.source}]")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
