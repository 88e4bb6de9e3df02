"""A person on the running stack: copied, erased by command and by route, and not brought back by anything."""

import gzip
import json
import time
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from functions.core import packing
from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message, pack
from functions.operate.registry.registration import Registration
from infra.local.workspace import Workspace
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import another_app, described, envelope
from tests.e2e.lake.lake_of_stack import LakeOfStack
from tests.e2e.operator import succeeds


class School:
    """An app of one test with an admin's client, a person and another one."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.app: Registration = another_app(stack, admin=True)
        number = uuid.uuid4().hex
        self.ada, self.ben = f"https://school.example/{number}/1", f"https://school.example/{number}/2"
        self.mail = f"ada-{number[:8]}@school.example"
        self.person = {"id": self.ada, "type": "Person", "name": f"Ada {number}", "email": self.mail}
        self.name = self.person["name"]
        self.session = f"urn:uuid:{uuid.uuid4()}"

    @property
    def tenant(self) -> str:
        return self.app.app.tenant

    def own(self) -> dict[str, Any]:
        return described(id=uuid.uuid4().urn, actor=self.person)

    def about(self) -> dict[str, Any]:
        """What another person did, which names the person."""
        return described(
            id=uuid.uuid4().urn, actor={"id": self.ben, "type": "Person"}, extensions={"about": self.person}
        )

    def send(self, *events: dict[str, Any]) -> None:
        answer = self.stack.http.post(
            f"{self.stack.endpoint.url}/caliper/event",
            json=envelope(*events),
            headers={"Authorization": f"Bearer {self.app.sensor_key}"},
        )
        assert answer.status_code in (200, 202), answer.text

    def headers(self) -> dict[str, str]:
        answer = self.stack.http.post(
            self.stack.endpoint.token_url,
            auth=(self.app.client_id, self.app.client_secret),
            data={"grant_type": "client_credentials"},
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def call(self, verb: str, path: str, **how: Any) -> httpx.Response:
        return self.stack.http.request(verb, f"{self.stack.endpoint.url}{path}", headers=self.headers(), **how)

    def events(self, learner: str) -> list[dict[str, Any]]:
        answer = self.call("GET", "/events", params={"actor": learner})
        return answer.json().get("events", []) if answer.status_code == 200 else []

    def texts(self) -> Iterator[str]:
        """Every stored byte of the stack: rows of both tables, every version of every object of the bucket."""
        s3, it = self.stack.client("s3"), self.stack.endpoint
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=it.bucket):
            for version in page.get("Versions", []):
                named = {"Key": version["Key"], "VersionId": version["VersionId"]}
                body = s3.get_object(Bucket=it.bucket, **named)["Body"].read()
                yield (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8", "replace")
        dynamodb = self.stack.client("dynamodb")
        for table in (it.table, it.registry_table):
            for page in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    for value in item.values():
                        binary = value.get("B")
                        if binary is not None and binary[:4] == b"(\xb5/\xfd":
                            yield packing.decompress(binary).decode("utf-8", "replace")
                        yield str(value)

    def assert_gone(self) -> None:
        for text in self.texts():
            plain = text.replace("\\/", "/")
            assert self.ada not in plain
            assert self.mail not in plain
            assert self.name not in plain


def settled(stack: Stack, school: School, own: int, others: int) -> None:
    def stored() -> bool:
        return (len(school.events(school.ada)), len(school.events(school.ben))) == (own, others)

    stack.wait_for("the events", stored)


def test_a_person_is_copied_erased_and_not_brought_back(stack: Stack, place: Path, workspace: Workspace) -> None:
    school = School(stack)
    sent = [school.own() for _ in range(3)]
    school.send(*sent, school.about())
    settled(stack, school, 3, 1)
    lake = LakeOfStack(workspace)
    lake.load()
    app = school.app.app.app_id

    succeeds(place, f"make export-person LEARNER={school.mail} APP={app} FILE={place}/ada.zip")
    with zipfile.ZipFile(place / "ada.zip") as file:
        copied = [json.loads(line)["item"]["id"] for line in file.read("events.ndjson").splitlines()]
    assert sorted(copied) == sorted(event["id"] for event in sent)

    counted = json.loads(succeeds(place, f"make erase LEARNER={school.ada} APP={app} JSON=1"))
    counts = counted["apps"][app]
    assert (counts["events"], counts["archive lines of others"]) == (3, 1)
    assert counts["lake: raw"] == 4
    letter = Message(
        tenant=school.tenant,
        app_id=app,
        job=job_id(job_key(1, b"x"), [sent[0]["id"]], 1),
        received_us=time.time_ns() // 1000,
        items=[Item("event", json.dumps(sent[0]).encode())],
    )
    erased = succeeds(place, f"make erase LEARNER={school.ada} APP={app} CODE={counted['code']} NO_WAIT=1")
    assert "Erased." in erased
    school.assert_gone()
    with lake.opened() as tables:
        names = [row["learner"] for row in tables.rows(f"SELECT learner FROM people WHERE app = '{app}'")]
        assert names == [school.ben]
        (raw,) = [row["raw"] for row in tables.rows(f"SELECT raw FROM raw WHERE app = '{app}'")]
        assert school.mail not in raw

    # From the dead letters, from the archive, and into a new table.
    stack.client("sqs").send_message(QueueUrl=stack.endpoint.dlq_url, MessageBody=pack(letter))
    succeeds(place, "make redrive")
    today = datetime.now(UTC).date()
    succeeds(place, f"make replay FROM={today - timedelta(days=1)} TO={today} APP={app}")
    lake.load()
    stack.wait_for("an empty queue", lambda: "No dead letters" in succeeds(place, "make dlq"))
    twin = f"twin-{uuid.uuid4().hex[:8]}"
    succeeds(place, f"make rebuild INTO={twin}")
    # A worker learns of an erasure within a minute: what it stored until then, the second walk takes out.
    succeeds(place, "make erase AGAIN=1 NO_WAIT=1 JSON=1")
    school.assert_gone()
    again = json.loads(succeeds(place, "make erase AGAIN=1 NO_WAIT=1 JSON=1"))
    assert {name: counts for name, counts in again["apps"].items() if counts} == {}
    assert school.events(school.ada) == []
    (other,) = school.events(school.ben)
    assert other["event"]["extensions"]["about"]["id"].startswith("urn:erased:")


def outcome_of(stack: Stack, school: School, path: str, body: dict[str, str]) -> dict[str, Any]:
    """What becomes of a request about a person."""
    taken = school.call("POST", path, json=body)
    assert taken.status_code == 202, taken.text
    request = taken.json()["id"]

    def done() -> dict[str, Any]:
        answer = school.call("GET", path, params={"id": request})
        said: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return said if said.get("state") in ("done", "refused") or (said.get("counts", {}) and "code" in body) else {}

    return stack.wait_for(f"{path} {request}", done)


def test_a_route_counts_copies_and_erases(stack: Stack) -> None:
    school = School(stack)
    school.send(school.own(), school.own(), school.about())
    settled(stack, school, 2, 1)
    copied = outcome_of(stack, school, "/person-exports", {"learner": school.mail})
    assert copied["counts"]["events.ndjson"] == 2
    file = stack.http.get(copied["url"])
    assert file.content[:2] == b"PK", (copied["url"], file.text[:500])
    counted = outcome_of(stack, school, "/erasures", {"learner": school.ada})
    assert counted["counts"]["events"] == 2
    assert outcome_of(stack, school, "/erasures", {"learner": school.ada, "code": "wrong"})["state"] == "refused"
    erased = outcome_of(stack, school, "/erasures", {"learner": school.ada, "code": counted["code"]})
    assert erased["state"] in ("running", "done")  # the second walk comes five minutes later
    school.assert_gone()
    assert school.events(school.ada) == []
