"""What a session tells about how its learner works: idling, topic shopping, skipped assessments.

Only for sessions opened with `processInsights: true` (seed 000); `timeout` computes them when a session closes and
again when something arrives late, `query` reads them. TimeBack publishes no thresholds; ours are settings.
"""

from functions.core.insights.idling import idling
from functions.core.insights.insight import KINDS, VERSION, Insight, Subject, Thresholds
from functions.core.insights.lessons import shopping, skipped
from functions.core.timeline.counting import counted

__all__ = ["KINDS", "VERSION", "Insight", "Thresholds", "fold"]


def fold(session: Subject, *, thresholds: Thresholds | None = None) -> list[Insight]:
    """The insights of one session, by start, kind and id; none unless it was opened with `processInsights`.

    An assessment was skipped only if the session's events name one: an insight rests on its own session alone, so it
    does not depend on what others did before the sweep looked. Each lesson is then taken to have one.
    """
    if not session.process_insights:
        return []
    limits = thresholds or Thresholds()
    facts = [fact for fact in counted(session.entries).facts if not fact.future]
    end_us = session.last_activity_us if session.ended_us is None else session.ended_us
    last_us = max(end_us, session.last_activity_us)
    within = [fact for fact in facts if fact.time_us <= last_us]  # what came after the end is another sitting
    closing = next((fact for fact in facts if fact.attribution.ends_session), None)
    insights = [
        *idling(session, within, limits, closing=closing if session.ended_us is not None else None),
        *shopping(session, within, limits),
        *skipped(session, within, end_us),
    ]
    return sorted(insights, key=lambda insight: (insight.started_us, insight.kind, insight.id))
