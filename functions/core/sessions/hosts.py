"""Whose a fact without a session is: the explicit sittings of one app that can take it, the best one last.

Used by `scan`. Each sitting is in one of three ordered dicts, is moved to the end when it is used and is retired once.
So a scan costs no more per fact, however many sessions there are.
"""

from collections import OrderedDict

from functions.core.sessions.draft import Draft


class Hosts:
    """One that was logged into goes before one that was only named, then one whose first activity is yet to come;
    among equals the one used latest.
    """

    def __init__(self) -> None:
        # Not plain dicts: those step over every place that was deleted to find their last key.
        self._logged_in: OrderedDict[Draft, None] = OrderedDict()
        self._named: OrderedDict[Draft, None] = OrderedDict()
        self._unconfirmed: OrderedDict[Draft, None] = OrderedDict()

    def use(self, draft: Draft) -> None:
        """It began or was used. One that was left by its learner comes back only with a LoggedIn (`Draft.left`)."""
        if draft.left:
            return
        self.retire(draft)
        self._tier(draft)[draft] = None

    def retire(self, draft: Draft) -> None:
        for tier in (self._logged_in, self._named, self._unconfirmed):
            tier.pop(draft, None)

    def best(self, time_us: int) -> Draft | None:
        """The sitting that takes a fact of that time: it lasts, or is a window that ended at most a timeout ago."""
        for tier in (self._logged_in, self._named, self._unconfirmed):
            while tier:
                draft = next(reversed(tier))
                if draft.phase(time_us) in {"lasts", "after"}:
                    return draft
                del tier[draft]
        return None

    def supersede_all_but(self, newcomer: Draft, time_us: int) -> None:
        """End every other one whose activity was scanned. One that is only stated to have started goes on."""
        for tier in (self._logged_in, self._named):
            for draft in [other for other in tier if other is not newcomer]:
                if draft.phase(time_us) in {"lasts", "after"}:
                    draft.supersede(time_us)
                del tier[draft]

    def _tier(self, draft: Draft) -> OrderedDict[Draft, None]:
        if draft.logged_in:
            return self._logged_in
        return self._named if draft.confirmed else self._unconfirmed
