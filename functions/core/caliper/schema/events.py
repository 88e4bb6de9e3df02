"""The event types of both versions and what may stand where (STANDARD §6).

To add an event type, add one row. If the event page and a profile's row differ, the wider of the two counts, because an
official example (a NavigationEvent of the Media profile to a DigitalResourceCollection) breaks its row. An empty slot
admits any Entity.
"""

from msgspec import Struct


class EventType(Struct, frozen=True):
    """Allowed types per slot (a subtype or an IRI will do as well), the actions, the profiles that list the type."""

    profiles: tuple[str, ...]
    actor: tuple[str, ...]
    actions: tuple[str, ...]  # empty: any of the vocabulary
    object: tuple[str, ...]
    generated: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    referrer: tuple[str, ...] = ()
    deprecated_actions: tuple[str, ...] = ()
    deprecated: bool = False


def _event(
    profiles: str,
    actor: str,
    actions: str,
    target_object: str,
    generated: str = "",
    target: str = "",
    referrer: str = "",
    deprecated_actions: str = "",
    deprecated: bool = False,
) -> EventType:
    return EventType(
        tuple(name + "Profile" for name in profiles.split()),
        tuple(actor.split()),
        tuple(actions.split()),
        tuple(target_object.split()),
        tuple(generated.split()),
        tuple(target.split()),
        tuple(referrer.split()),
        tuple(deprecated_actions.split()),
        deprecated,
    )


_BROWSED = "DigitalResource SoftwareApplication"
_READING = "Assessment Assignable Forum Media Reading"
_MEDIA_ACTIONS = (
    "Started Ended Paused Resumed Restarted ForwardedTo JumpedTo ChangedResolution ChangedSize ChangedSpeed "
    "ChangedVolume EnabledClosedCaptioning DisabledClosedCaptioning EnteredFullScreen ExitedFullScreen Muted Unmuted "
    "OpenedPopout ClosedPopout"
)
_ANNOTATED_ONCE = (
    "Attached Classified Commented Described Disliked Identified Liked Linked Questioned Ranked Recommended Subscribed"
)
_READING_EVENT = _event("", "Person", "NavigatedTo Searched Viewed", "DigitalResource", target="Frame", deprecated=True)
_OUTCOME_EVENT = _event("", "Agent", "Graded", "Attempt", "Result", deprecated=True)

_BOTH = {
    "AssessmentEvent": _event(
        "Assessment", "Person", "Started Paused Resumed Restarted Reset Submitted", "Assessment", "Attempt"
    ),  # Reset: missing from the 1.2 profile table, on the event page (STANDARD §9.3)
    "AssessmentItemEvent": _event(
        "Assessment",
        "Person",
        "Started Skipped Completed",
        "AssessmentItem",
        "Attempt Response",  # Skipped generates nothing in 1.1, an Attempt in 1.2 (STANDARD §9.6)
        referrer="AssessmentItem",
        deprecated_actions="Reviewed Viewed",
    ),
    "AssignableEvent": _event(
        "Assignable",
        "Person",
        "Activated Deactivated Started Completed Submitted Reviewed",
        "AssignableDigitalResource",
        "Attempt",
        "Frame",
        deprecated_actions="Abandoned Hid Showed",
    ),
    "ForumEvent": _event("Forum", "Person", "Subscribed Unsubscribed", "Forum"),
    "GradeEvent": _event("Grading", "Agent", "Graded", "Attempt", "Score"),
    "MediaEvent": _event(
        "Media", "Person", _MEDIA_ACTIONS, "MediaObject", target="MediaLocation", deprecated_actions="Rewound"
    ),
    "MessageEvent": _event("Forum", "Person", "MarkedAsRead MarkedAsUnread Posted", "Message"),
    "OutcomeEvent": _OUTCOME_EVENT,
    "ReadingEvent": _READING_EVENT,
    "SessionEvent": _event(
        "Session",
        "Person SoftwareApplication",
        "LoggedIn LoggedOut TimedOut",
        "SoftwareApplication Session",
        target="DigitalResource",
        referrer=_BROWSED,
    ),
    "ThreadEvent": _event("Forum", "Person", "MarkedAsRead MarkedAsUnread", "Thread"),
}

_ANNOTATION_EVENT = _event(
    "Annotation",
    "Person",
    "Bookmarked Highlighted Shared Tagged",
    "DigitalResource",
    "Annotation",
    "Frame",
    deprecated_actions=_ANNOTATED_ONCE,
)

EVENTS_1_1 = _BOTH | {
    "AnnotationEvent": _ANNOTATION_EVENT,
    "Event": _event("Basic General", "Agent", "", "Entity"),
    "NavigationEvent": _event(
        _READING, "Person", "NavigatedTo", _BROWSED, target="Frame MediaLocation", referrer=_BROWSED
    ),
    "ToolUseEvent": _event("ToolUse", "Person", "Used", "SoftwareApplication", target="SoftwareApplication"),
    "ViewEvent": _event(
        _READING + " Grading", "Person", "Viewed", "DigitalResource Result", target="Frame MediaLocation"
    ),
}

EVENTS_1_2 = _BOTH | {
    "AnnotationEvent": _ANNOTATION_EVENT,
    "Event": _event("General", "Agent", "", "Entity"),
    "FeedbackEvent": _event("Feedback", "Person", "Commented Ranked", "Entity", "Comment Rating", "Frame"),
    "NavigationEvent": _event(
        _READING + " Survey", "Person", "NavigatedTo", _BROWSED, target="DigitalResource", referrer=_BROWSED
    ),
    "QuestionnaireEvent": _event("Survey", "Person", "Started Submitted", "Questionnaire", "Attempt"),
    "QuestionnaireItemEvent": _event(
        "Survey", "Person", "Started Skipped Completed", "QuestionnaireItem", "Attempt Response"
    ),
    "ResourceManagementEvent": _event(
        "ResourceManagement",
        "Person",
        "Created Copied Modified Deleted Described Downloaded Uploaded Retrieved Printed Published Unpublished "
        "Archived Restored Saved",
        "DigitalResource",
        "DigitalResource",
    ),
    # object: any Entity on the event page, these two in the profile; an official must-reject example needs the latter.
    "SearchEvent": _event("Search", "Person", "Searched", _BROWSED, "SearchResponse"),
    "SurveyEvent": _event("Survey", "Person", "OptedIn OptedOut", "Survey"),
    "SurveyInvitationEvent": _event("Survey", "Person", "Sent Accepted Declined", "SurveyInvitation"),
    "ToolLaunchEvent": _event(
        "ToolLaunch", "Person", "Launched Returned", "SoftwareApplication", "DigitalResource", "Link LtiLink"
    ),
    "ToolUseEvent": _event(
        "ToolUse", "Person", "Used", "SoftwareApplication", "AggregateMeasureCollection", "SoftwareApplication"
    ),
    # Result: the Grading profile's row and an official example, against the event page (STANDARD §9.4).
    "ViewEvent": _event(
        _READING + " Grading Survey", "Person", "Viewed", "DigitalResource Result", target="DigitalResource"
    ),
}

# What a slot narrows to if the action says so: (event, action) → {slot: types}.
BY_ACTION: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("SessionEvent", "LoggedIn"): {"actor": ("Person",), "object": ("SoftwareApplication",)},
    ("SessionEvent", "LoggedOut"): {"actor": ("Person",), "object": ("SoftwareApplication",)},
    ("SessionEvent", "TimedOut"): {"actor": ("SoftwareApplication",), "object": ("Session",)},
    ("FeedbackEvent", "Commented"): {"generated": ("Comment",)},
    ("FeedbackEvent", "Ranked"): {"generated": ("Rating",)},
    ("AnnotationEvent", "Bookmarked"): {"generated": ("BookmarkAnnotation",)},
    ("AnnotationEvent", "Highlighted"): {"generated": ("HighlightAnnotation",)},
    ("AnnotationEvent", "Shared"): {"generated": ("SharedAnnotation",)},
    ("AnnotationEvent", "Tagged"): {"generated": ("TagAnnotation",)},
}

# Slots that the action makes required: (event, action) → (slot, source).
REQUIRED_BY_ACTION: dict[tuple[str, str], tuple[str, str]] = {
    ("ToolLaunchEvent", "Launched"): ("federatedSession", "Caliper 1.2 ToolLaunch profile"),
    ("ResourceManagementEvent", "Copied"): ("generated", "Caliper 1.2 ResourceManagementEvent"),
}

# Slots that do not apply: event → slot. 1.1 says it of these two; 1.2 dropped the sentence.
NOT_APPLICABLE_1_1 = {"GradeEvent": "target", "OutcomeEvent": "target"}

# Slots that every event has, whatever its type.
COMMON_SLOTS: dict[str, tuple[str, ...]] = {
    "edApp": ("SoftwareApplication",),
    "group": ("Organization",),
    "membership": ("Membership",),
    "session": ("Session",),
    "federatedSession": ("LtiSession",),
}
