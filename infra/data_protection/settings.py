"""How a deployment protects what it keeps: settings that are part of `infra.config.Config`."""

import re

from pydantic import BaseModel, field_validator

NEW_KEY = "new"
EMAIL = re.compile(r"[^@\s,;:<>]+@[^@\s,;:<>]+\.[^@\s,;:<>.]+")
# RFC 9116 §2.5.3: a URI, and one of the web must be https.
CONTACT = re.compile(rf"https://[^\s/]+(/\S*)?|mailto:{EMAIL.pattern}|tel:\+?[0-9-]{{4,}}")
# A key itself: grants name it, and an alias may lead to another one tomorrow.
KEY_ARN = re.compile(r"arn:aws:kms:([a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]+")


class DataProtectionSettings(BaseModel):
    """Each may be left out."""

    # Under which key of KMS tables and buckets are kept: `new` makes one, or the ARN of one. Empty: AWS's own.
    customer_key: str = ""
    # Whether notices on the bus name learners by their ids beside the pseudonym.
    plain_notices: bool = False
    # Where a weakness of the service is reported: a URI, or an e-mail address. Empty: no one is named.
    security_contact: str = ""

    @field_validator("customer_key")
    @classmethod
    def _key(cls, value: str) -> str:
        value = value.strip()
        if value and value != NEW_KEY and not KEY_ARN.fullmatch(value):
            raise ValueError(
                f"{value} is neither `{NEW_KEY}` nor the ARN of a key (arn:aws:kms:…:key/…): an alias will not do, "
                "because it may lead to another key tomorrow"
            )
        return value

    @field_validator("security_contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        value = value.strip()
        contact = f"mailto:{value}" if EMAIL.fullmatch(value) else value
        if contact and not CONTACT.fullmatch(contact):
            raise ValueError(
                f"{value} is no contact that security.txt may name (RFC 9116): give an e-mail address, or a URI that "
                "begins with https://, mailto: or tel:"
            )
        return contact

    def check_key_region(self, region: str | None) -> None:
        """Raises ValueError if the key is in another region than the stack: neither DynamoDB nor S3 would take it."""
        match = KEY_ARN.fullmatch(self.customer_key)
        if match is not None and region is not None and match[1] != region:
            raise ValueError(f"customer_key is in {match[1]} and must be in {region}, because the stack is there")
