"""The entity types of both versions: supertype and own properties (STANDARD §3.2, §7).

The type of a property is spelled so: `string`, `DateTime` … is a value; `Person` is an entity of that type or a
subtype, or its IRI; `[Person]` is an array of them; `metric` … is a term of that enumeration. `Entity` admits any type.
To add an entity type, add one row.
"""

from msgspec import Struct


class EntityType(Struct, frozen=True):
    """`supertypes` in order; `own` maps a property to its type; `required` goes beyond id and type."""

    supertypes: tuple[str, ...]
    own: dict[str, str]
    required: tuple[str, ...] = ()
    deprecated: bool = False


def _type(supertypes: str, own: str = "", required: str = "", deprecated: bool = False) -> EntityType:
    properties = dict(pair.split(":", 1) for pair in own.split())
    return EntityType(tuple(supertypes.split()), properties, tuple(required.split()), deprecated)


_INTERVAL = "startedAtTime:DateTime endedAtTime:DateTime duration:Duration "
_ASSIGNABLE = (
    "dateToActivate:DateTime dateToShow:DateTime dateToStartOn:DateTime dateToSubmit:DateTime "
    "maxAttempts:integer maxSubmits:integer maxScore:decimal "
)
_SCORED = "attempt:Attempt scoredBy:Agent comment:string "

# What both versions have.
_BOTH = {
    "Agent": _type("Entity"),
    "Annotation": _type("Entity", "annotator:Person annotated:DigitalResource"),
    "AssessmentItem": _type("AssignableDigitalResource", "isTimeDependent:boolean"),
    "AssignableDigitalResource": _type("DigitalResource", _ASSIGNABLE),
    # isPartOf: missing from the 1.2 table, in its context, schema and examples (STANDARD §9.6).
    "Attempt": _type("Entity", _INTERVAL + "assignee:Person assignable:DigitalResource count:integer isPartOf:Attempt"),
    "AudioObject": _type("MediaObject", "volumeLevel:string volumeMin:string volumeMax:string muted:boolean"),
    "BookmarkAnnotation": _type("Annotation", "bookmarkNotes:string"),
    "Chapter": _type("DigitalResource"),
    "CourseOffering": _type("Organization", "courseNumber:string academicSession:string"),
    "CourseSection": _type("CourseOffering", "category:string"),
    "Document": _type("DigitalResource"),
    "FillinBlankResponse": _type("Response", "values:[string]"),
    "Frame": _type("DigitalResource", "index:integer"),
    "Group": _type("Organization"),
    # selection: missing from the 1.2 table, in its context, schema and examples (STANDARD §9.6).
    "HighlightAnnotation": _type("Annotation", "selection:TextPositionSelector selectionText:string"),
    "ImageObject": _type("MediaObject"),
    "LearningObjective": _type("Entity"),
    "LtiSession": _type("Session", "messageParameters:object"),
    "MediaLocation": _type("DigitalResource", "currentTime:Duration"),
    "MediaObject": _type("DigitalResource", "duration:Duration"),
    "Membership": _type("Entity", "organization:Organization member:Person roles:[role] status:status"),
    "Message": _type("DigitalResource", "replyTo:Message body:string attachments:[DigitalResource]"),
    "MultipleChoiceResponse": _type("Response", "value:string"),
    "MultipleResponseResponse": _type("Response", "values:[string]"),
    # 1.1 gives these two to CourseOffering and Group only, its examples use them on any Organization.
    "Organization": _type("Agent", "subOrganizationOf:Organization members:[Agent]"),
    "Page": _type("DigitalResource"),
    "Person": _type("Agent"),
    "Response": _type("Entity", _INTERVAL + "attempt:Attempt"),
    "Result": _type("Entity", _SCORED + "maxResultScore:decimal resultScore:decimal"),
    # scoreType: TimeBack's (seed 000), the one property that it adds to a standard entity; any sender may use it.
    "Score": _type("Entity", _SCORED + "maxScore:decimal scoreGiven:decimal scoreType:string"),
    "SelectTextResponse": _type("Response", "values:[string]"),
    # user: typed Person without "or IRI"; the examples use IRIs (STANDARD §9.7).
    "Session": _type("Entity", _INTERVAL + "user:Person"),
    "SharedAnnotation": _type("Annotation", "withAgents:[Agent]"),
    "SoftwareApplication": _type("Agent", "version:string"),
    "TagAnnotation": _type("Annotation", "tags:[string]"),
    "TextPositionSelector": _type("", "start:integer end:integer", "start end"),
    "TrueFalseResponse": _type("Response", "value:string"),
    "VideoObject": _type("MediaObject"),
    "WebPage": _type("DigitalResource"),
}

_BASE = "id:IRI type:Term name:string description:string dateCreated:DateTime dateModified:DateTime extensions:object "
_RESOURCE = (
    "creators:[Agent] mediaType:string keywords:[string] learningObjectives:[LearningObjective] isPartOf:Entity "
    "datePublished:DateTime version:string "
)

ENTITIES_1_1 = _BOTH | {
    "Entity": _type("", _BASE),
    "Assessment": _type("DigitalResourceCollection", _ASSIGNABLE),
    "DigitalResource": _type("Entity", _RESOURCE),
    "DigitalResourceCollection": _type("DigitalResource", "items:[DigitalResource]"),
    "EpubChapter": _type("DigitalResource", deprecated=True),
    "EpubPart": _type("DigitalResource", deprecated=True),
    "EpubSubChapter": _type("DigitalResource", deprecated=True),
    "EpubVolume": _type("DigitalResource", deprecated=True),
    "Forum": _type("DigitalResourceCollection", "items:[Thread]"),
    "Reading": _type("DigitalResource", deprecated=True),
    "Thread": _type("DigitalResourceCollection", "items:[Message]"),
}

ENTITIES_1_2 = _BOTH | {
    "Entity": _type("", _BASE + "otherIdentifiers:[SystemIdentifier]"),
    "AggregateMeasure": _type(
        "Entity",
        "metric:metric metricValue:decimal maxMetricValue:decimal startedAtTime:DateTime endedAtTime:DateTime",
        "metric metricValue",
    ),
    "AggregateMeasureCollection": _type("Collection", "items:[AggregateMeasure]"),
    "Assessment": _type("AssignableDigitalResource DigitalResourceCollection", "items:[AssessmentItem]"),
    "Collection": _type("Entity", "items:[Entity]"),
    "Comment": _type("Entity", "commenter:Person commentedOn:Entity value:string"),
    "DateTimeQuestion": _type("Question", "minDateTime:DateTime minLabel:string maxDateTime:DateTime maxLabel:string"),
    "DateTimeResponse": _type("Response", "dateTimeSelected:DateTime"),
    "DigitalResource": _type("Entity", _RESOURCE + "storageName:string"),
    "DigitalResourceCollection": _type("Collection DigitalResource", "items:[DigitalResource]"),
    "Forum": _type("DigitalResourceCollection", "items:[Thread]"),
    "LikertScale": _type("Scale", "scalePoints:integer itemLabels:[string] itemValues:[string]"),
    "Link": _type("Entity"),
    "LtiLink": _type("DigitalResource", "messageType:message_type"),
    "MultiselectQuestion": _type("Question", "points:integer itemLabels:[string] itemValues:[string]"),
    "MultiselectResponse": _type("Response", "selections:[string]"),
    "MultiselectScale": _type(
        "Scale",
        "scalePoints:integer itemLabels:[string] itemValues:[string] isOrderedSelection:boolean "
        "minSelections:integer maxSelections:integer",
    ),
    "NumericScale": _type("Scale", "minValue:decimal minLabel:string maxValue:decimal maxLabel:string step:decimal"),
    "OpenEndedQuestion": _type("Question"),
    "OpenEndedResponse": _type("Response", "value:string"),
    "Query": _type("Entity", "creator:Person searchTarget:Entity searchTerms:string"),
    "Question": _type("DigitalResource", "questionPosed:string"),
    "Questionnaire": _type("DigitalResourceCollection", "items:[QuestionnaireItem]", "items"),
    # categories: an array in the table and the examples, one string in the machine model (STANDARD §9.9).
    "QuestionnaireItem": _type("DigitalResource", "question:Question categories:[string] weight:decimal"),
    "Rating": _type("Entity", "rater:Person rated:Entity question:Question selections:[string] ratingComment:Comment"),
    "RatingScaleQuestion": _type("Question", "scale:Scale"),
    "RatingScaleResponse": _type("Response", "selections:[string]"),
    "Scale": _type("Entity"),
    "SearchResponse": _type(
        "Entity", "searchProvider:SoftwareApplication searchTarget:Entity query:Query searchResultsItemCount:integer"
    ),
    "Session": _type("Entity", _INTERVAL + "user:Person client:SoftwareApplication"),
    "SoftwareApplication": _type("Agent", "host:string ipAddress:string userAgent:string version:string"),
    # items: QuestionnaireItem in the machine model, Questionnaire in text and examples (STANDARD §9.9).
    "Survey": _type("Collection", "items:[Questionnaire]"),
    "SurveyInvitation": _type("DigitalResource", "rater:Person survey:Survey sentCount:integer dateSent:DateTime"),
    "SystemIdentifier": _type(
        "",
        "identifierType:identifier_type identifier:string source:SoftwareApplication extensions:object",
        "identifierType identifier",
    ),
    "Thread": _type("DigitalResourceCollection", "items:[Message]"),
}

NO_ID = frozenset({"TextPositionSelector", "SystemIdentifier"})  # these two are not entities

# 1.1 §Appendix: MUST NOT be used, still in its context and schemas; told as deprecated in either version.
_RESULT_SCORES = "normalScore penaltyScore extraCreditScore totalScore curvedTotalScore curveFactor"
DEPRECATED_PROPERTIES = {
    "DigitalResource": frozenset({"objectType", "alignedLearningObjective"}),
    "Attempt": frozenset({"actor"}),
    "Response": frozenset({"actor", "assignable"}),
    "Result": frozenset({"actor", "assignable", *_RESULT_SCORES.split()}),
    "Session": frozenset({"actor"}),
    "Entity": frozenset({"@id", "@type"}),
}
