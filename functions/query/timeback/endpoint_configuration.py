"""`GET` on an ingest path: the Caliper 1.2 endpoint configuration, which a sensor may read before it sends.

Its properties are in both spellings: the text of the standard and its fixture differ.
"""

from typing import TYPE_CHECKING

from functions.core.caliper.contexts import SUPPORTED_DATA_VERSIONS
from functions.core.caliper.envelope.request_body import MAX_BODY_KILOBYTES
from functions.http.answers import Answer, answer
from functions.query.request import Request

if TYPE_CHECKING:
    from functions.http.shapes.ingest import EndpointConfiguration


def get_configuration(_request: Request) -> Answer:
    versions = list(SUPPORTED_DATA_VERSIONS)
    configuration: EndpointConfiguration = {
        "caliperSupportedVersions": versions,
        "caliperMaximumPayloadSize": MAX_BODY_KILOBYTES,
        "caliper_supported_versions": versions,
        "caliper_maximum_payload_size": MAX_BODY_KILOBYTES,
    }
    return answer(200, configuration)
