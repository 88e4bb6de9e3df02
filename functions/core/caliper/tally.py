"""The verdicts on all items of an envelope: certificates where they are given, the judgement at length where not."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from functions.core.apps import App
from functions.core.caliper.certificate import certify
from functions.core.caliper.judgement import judge_at_length
from functions.core.caliper.verdicts import Finding, Verdict

DIAGNOSED = 100  # rejected items of a request
_TOGETHER = 100  # items: a wrong value among them has each looked at alone


class Tally(Struct, gc=False):
    """Every item's id in order, and the verdicts, by index, on all that are not clean events. Most are."""

    ids: list[str | None]
    noted: dict[int, Verdict]

    def __iter__(self) -> Iterator[Verdict]:
        """The verdict on each item."""
        for index, identifier in enumerate(self.ids):
            yield self.noted.get(index) or Verdict("event", accepted=True, id=identifier)


def judge(raw: bytes, *, data_version: str, app: App, strict: bool | None = None) -> Verdict:
    """The verdict on the exact bytes of one element of `data[]`. Never raises, whatever the bytes.

    `data_version` is the envelope's; the item's own `@context` outranks it. `strict` overrides the app's wish that
    warnings reject. The same bytes under the same app get the same verdict, in whatever order they come.
    """
    (verdict,) = judge_items([raw], data_version=data_version, app=app, strict=strict)
    return verdict


def judge_items(
    raws: Sequence[bytes], *, data_version: str, app: App, strict: bool | None = None, rejected: int = 0
) -> Tally:
    """What `judge` says of each of an envelope's items, cheaper.

    `rejected`: how many of the same request were rejected before. Only the first DIAGNOSED are told all their errors,
    so that a request of nothing but rubbish costs little more than a good one.
    """
    tally = Tally([], {})
    for start in range(0, len(raws), _TOGETHER):
        some = raws[start : start + _TOGETHER]
        ids, remarks, withheld = certify(some, data_version, app)
        tally.ids += ids
        for index in sorted([*remarks, *withheld]):
            if index in remarks:
                verdict = Verdict("event", accepted=True, id=ids[index], findings=remarks[index])
            else:
                verdict = judge_at_length(some[index], data_version, app, brief=rejected >= DIAGNOSED)
                rejected += not verdict.accepted
                tally.ids[start + index] = verdict.id
            if verdict.findings or verdict.kind != "event":
                tally.noted[start + index] = verdict
    if app.strict if strict is None else strict:
        tally.noted = {index: _made_strict(verdict) for index, verdict in tally.noted.items()}
    return tally


def _made_strict(verdict: Verdict) -> Verdict:
    if not verdict.findings:
        return verdict
    findings = tuple(
        Finding("error", finding.code, finding.pointer, finding.message, finding.source) for finding in verdict.findings
    )
    return Verdict(verdict.kind, accepted=False, id=verdict.id, findings=findings)
