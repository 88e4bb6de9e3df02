"""`GET /.well-known/security.txt`: to whom a weakness of this service is reported (RFC 9116). It calls nothing."""

from functions.core.times import DAY_US, format_time
from functions.http.answers import TEXT, Answer, error
from functions.query.request import Request

GOOD_DAYS = 90  # the RFC recommends less than a year; the file is written anew for each request


def get_security_txt(request: Request) -> Answer:
    """The two fields that the RFC asks for. 404 if the operator has published no address."""
    contact = request.dependencies.settings.security_contact
    if not contact:
        message = "The operator of this service has published no address: write to the school or district that uses it."
        return error(404, "no-security-contact", message)
    expires = format_time(request.now_us + GOOD_DAYS * DAY_US)
    headers = {"Content-Type": TEXT, "Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    body = f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n"
    return {"statusCode": 200, "headers": headers, "body": body}
