"""`make corpus [DIR=…] [STRICT=1] [HOUSE=timeback]`: what becomes of each payload of a folder, as one line a
subfolder, and beneath it which were refused or rejected, and why.

A payload is an envelope, a bare event or entity (judged as if in an envelope), or a recorded request with one in its
`body`. The folder is the shared corpus, or without it the tests' own, unless DIR names another; STRICT makes warnings
reject. Nothing is stored.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from functions.client.validating.judgement import judge_payload
from functions.core.apps import App
from functions.core.caliper.findings import Refusal

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
OWN_CORPUS = Path(__file__).resolve().parents[1] / "fixtures" / "corpus"  # written for the tests, in the same folders
CORPORA = [OWN_CORPUS, *([CORPUS] if CORPUS.is_dir() else [])]
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


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one payload, and the first reason why if it was not taken."""

    path: Path
    outcome: str
    reason: str = ""


def outcome(body: bytes, *, app: App = APP, strict: bool = False) -> str:
    """The worst that becomes of a payload's items, or that it is refused."""
    return outcome_of(Path(), body, app=app, strict=strict).outcome


def outcome_of(path: Path, body: bytes, *, app: App = APP, strict: bool = False) -> Told:
    judged = judge_payload(body, app=app, strict=strict)
    if isinstance(judged, Refusal):
        return Told(path, "refused", f"{judged.pointer or '/'}: {judged.message}")
    for index, verdict in enumerate(judged):
        if not verdict.accepted:
            finding = (verdict.errors or verdict.findings)[0]
            return Told(path, "rejected", f"item {index}, {finding.pointer or '/'}: {finding.message}")
    return Told(path, "warnings" if any(verdict.findings for verdict in judged) else "clean")


def all_told(folder: Path, *, app: App = APP, strict: bool = False) -> list[Told]:
    """Every payload beneath a folder, by its path from there."""
    return [outcome_of(path.relative_to(folder), body, app=app, strict=strict) for path, body in payloads(folder)]


def counted(outcomes: Iterable[Told]) -> dict[str, Counter[str]]:
    """The counts of each outcome, by the first folder of the path."""
    rows: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        parts = outcome.path.parts
        rows.setdefault(parts[0] if len(parts) > 1 else ".", Counter())[outcome.outcome] += 1
    return rows


def table(folder: Path, *, app: App = APP, strict: bool = False) -> dict[str, Counter[str]]:
    """The counts of each outcome, by the first folder beneath `folder`."""
    return counted(all_told(folder, app=app, strict=strict))


def main() -> int:
    named = os.environ.get("DIR")
    folder = Path(named) if named else CORPORA[-1]
    if not folder.is_dir():
        print(f"There is no folder {folder}. Name one: make corpus DIR=…", file=sys.stderr)
        return 2
    app = HOUSE if os.environ.get("HOUSE") == "timeback" else APP
    mismatches = all_told(folder, app=app, strict=os.environ.get("STRICT", "") not in ("", "0"))
    rows = counted(mismatches)
    total = sum(rows.values(), Counter[str]())
    print(f"{'folder':14}{'files':>8}" + "".join(f"{name:>10}" for name in OUTCOMES))
    for name, row in [*rows.items(), ("total", total)]:
        print(f"{name:14}{sum(row.values()):8}" + "".join(f"{row[each]:10}" for each in OUTCOMES))
    for name in ("refused", "rejected"):
        for mismatch in mismatches:
            if mismatch.outcome == name:
                print(f"{name}  {mismatch.path}\n    {mismatch.reason}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
