"""`make corpus [DIR=…] [STRICT=1] [HOUSE=timeback]`: what becomes of each payload of a folder, as one line a subfolder.

A payload is an envelope, a bare event or entity (judged as if in an envelope), or a recorded request with one in its
`body`. The folder is the shared corpus unless DIR names another; STRICT makes warnings reject. Nothing is stored.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from functions.core.apps import App
from functions.core.caliper import Refusal
from functions.core.caliper.__main__ import judge_payload

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
OUTCOMES = ("clean", "warnings", "rejected", "refused")
APP = App(app_id="corpus", tenant="corpus", edapps=("*",), caliper_1_0=True)
HOUSE = App(app_id="corpus", tenant="corpus", edapps=("*",), caliper_1_0=True, house="timeback")


def payloads(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Each payload beneath a folder, in order; a recorded request that carries none is left out."""
    for path in sorted(folder.rglob("*.json")):
        body = path.read_bytes()
        try:
            value = json.loads(body)
        except ValueError:
            yield path, body
            continue
        if isinstance(value, dict) and {"method", "path", "body"} <= value.keys():
            if not isinstance(value["body"], dict | list):
                continue
            body = json.dumps(value["body"]).encode()
        yield path, body


def outcome(body: bytes, *, app: App = APP, strict: bool = False) -> str:
    """The worst that becomes of a payload's items, or that it is refused."""
    judged = judge_payload(body, app=app, strict=strict)
    if isinstance(judged, Refusal):
        return "refused"
    if not all(verdict.accepted for verdict in judged):
        return "rejected"
    return "warnings" if any(verdict.findings for verdict in judged) else "clean"


def table(folder: Path, *, app: App = APP, strict: bool = False) -> dict[str, Counter[str]]:
    """The counts of each outcome, by the first folder beneath `folder`."""
    rows: dict[str, Counter[str]] = {}
    for path, body in payloads(folder):
        parts = path.relative_to(folder).parts
        row = rows.setdefault(parts[0] if len(parts) > 1 else ".", Counter())
        row[outcome(body, app=app, strict=strict)] += 1
    return rows


def main() -> int:
    named = os.environ.get("DIR")
    folder = Path(named) if named else CORPUS
    if not folder.is_dir():
        print(f"There is no folder {folder}. Name one: make corpus DIR=…", file=sys.stderr)
        return 2
    app = HOUSE if os.environ.get("HOUSE") == "timeback" else APP
    rows = table(folder, app=app, strict=os.environ.get("STRICT", "") not in ("", "0"))
    total = sum(rows.values(), Counter[str]())
    print(f"{'folder':14}{'files':>8}" + "".join(f"{name:>10}" for name in OUTCOMES))
    for name, row in [*rows.items(), ("total", total)]:
        print(f"{name:14}{sum(row.values()):8}" + "".join(f"{row[each]:10}" for each in OUTCOMES))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
