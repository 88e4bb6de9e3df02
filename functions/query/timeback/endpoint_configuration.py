"""`GET` on an ingest path: the Caliper 1.2 endpoint configuration, read by a sensor before it sends (STANDARD §2.3).

Both spellings of its properties: the text of the standard and its own fixture differ.
"""

from functions.core.caliper.contexts import SUPPORTED_DATA_VERSIONS
from functions.core.caliper.envelope.request_body import MAX_BODY_KILOBYTES
from functions.http.answers import Answer, answer
from functions.http.request import Request


def get_configuration(request: Request) -> Answer:  # noqa: ARG001  # every route takes the request
    versions = list(SUPPORTED_DATA_VERSIONS)
    return answer(
        200,
        {
            "caliperSupportedVersions": versions,
            "caliperMaximumPayloadSize": MAX_BODY_KILOBYTES,
            "caliper_supported_versions": versions,
            "caliper_maximum_payload_size": MAX_BODY_KILOBYTES,
        },
    )
