"""The closed lists of terms: actions, profiles, metrics, roles, statuses, identifier and message types."""

ACTIONS_1_1 = frozenset(
    """
    Abandoned Activated Added Attached Bookmarked ChangedResolution ChangedSize ChangedSpeed ChangedVolume Classified
    ClosedPopout Commented Completed Created Deactivated Deleted Described DisabledClosedCaptioning Disliked
    EnabledClosedCaptioning Ended EnteredFullScreen ExitedFullScreen ForwardedTo Graded Hid Highlighted Identified
    JumpedTo Liked Linked LoggedIn LoggedOut MarkedAsRead MarkedAsUnread Modified Muted NavigatedTo OpenedPopout Paused
    Posted Questioned Ranked Recommended Removed Reset Restarted Resumed Retrieved Reviewed Rewound Searched Shared
    Showed Skipped Started Submitted Subscribed Tagged TimedOut Unmuted Unsubscribed Used Viewed
    """.split()
)
ACTIONS_1_2 = ACTIONS_1_1 | frozenset(
    """
    Accepted Archived Copied Declined Downloaded Launched OptedIn OptedOut Printed Published Restored Returned Saved
    Sent Unpublished Uploaded
    """.split()
)
# The standard spells these two ways; the first is taken for the second (STANDARD §9.1, §9.2).
ACTION_SPELLINGS = {
    "MarkedAsUnRead": "MarkedAsUnread",
    "EnabledCloseCaptioning": "EnabledClosedCaptioning",
    "DisabledCloseCaptioning": "DisabledClosedCaptioning",
    "ExitedFullscreen": "ExitedFullScreen",
}

PROFILES_1_1 = frozenset(
    f"{name}Profile"
    for name in "Annotation Assessment Assignable Forum Grading Media Reading Session ToolUse Basic".split()
)
# Survey: missing from the appendix, in the profile pages (STANDARD §9.5).
PROFILES_1_2 = frozenset(
    f"{name}Profile"
    for name in (
        "Annotation Assessment Assignable Feedback Forum General Grading Media Reading ResourceManagement Search "
        "Session Survey ToolLaunch ToolUse"
    ).split()
)
# The catch-all: typed events do not belong to it by the text, an official NavigationEvent does.
GENERAL_PROFILES = frozenset({"BasicProfile", "GeneralProfile"})

_ROLES = {
    "Administrator": "Administrator Developer ExternalDeveloper ExternalSupport ExternalSystemAdministrator Support "
    "SystemAdministrator",
    "ContentDeveloper": "ContentDeveloper ContentExpert ExternalContentExpert Librarian",
    "Instructor": "ExternalInstructor Grader GuestInstructor Instructor Lecturer PrimaryInstructor SecondaryInstructor "
    "TeachingAssistant TeachingAssistantGroup TeachingAssistantOffering TeachingAssistantSection "
    "TeachingAssistantTemplate",
    "Learner": "ExternalLearner GuestLearner Learner NonCreditLearner",
    "Manager": "AreaManager CourseCoordinator ExternalObserver Manager Observer",
    "Member": "Member",
    "Mentor": "Advisor ExternalAdvisor ExternalAuditor ExternalLearningFacilitator ExternalMentor ExternalReviewer "
    "ExternalTutor LearningFacilitator Mentor Reviewer Tutor",
    "Officer": "Chair Secretary Treasurer Vice-Chair",
}

ENUMERATIONS: dict[str, frozenset[str]] = {
    "metric": frozenset(
        "AssessmentsPassed AssessmentsSubmitted MinutesOnTask SkillsMastered StandardsMastered UnitsCompleted "
        "UnitsPassed WordsRead".split()
    ),
    "role": frozenset(_ROLES) | {f"{role}#{sub}" for role, subs in _ROLES.items() for sub in subs.split()},
    "status": frozenset({"Active", "Inactive"}),
    "identifier_type": frozenset(
        "AccountUserName EmailAddress LisSourcedId LtiContextId LtiDeploymentId LtiToolId LtiPlatformId LtiUserId "
        "OneRosterSourcedId Other SisSourcedId SystemId".split()
    ),
    "message_type": frozenset({"LtiDeepLinkingRequest", "LtiResourceLinkRequest"}),
}
