"""The clients of a stack that exists in a test only."""

# ruff: noqa: N803  # botocore spells arguments so

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.session import get_session
from botocore.validate import ParamValidator


class Asked:
    """A client of the test behind the checks of botocore, by the model of its service. Keeps what was asked of it."""

    def __init__(self, service: str, client: Any) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._model, self._client = get_session().get_service_model(service), client
        self._operations = {xform_name(name): name for name in self._model.operation_names}

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        return partial(self._ask, name, member) if name in self._operations else member

    def _ask(self, name: str, answer: Callable[..., Any], **request: Any) -> Any:
        shape = self._model.operation_model(self._operations[name]).input_shape
        assert shape is not None
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()
        self.requests.append((name, request))
        return answer(**request)

    def get_paginator(self, name: str) -> Any:
        paginate = self._client.get_paginator(name).paginate
        return SimpleNamespace(paginate=partial(self._ask, name, paginate))


class Queues:
    """SQS: queues by their address, each message received once until it is made visible again."""

    def __init__(self, *urls: str) -> None:
        self.queues: dict[str, list[dict[str, Any]]] = {url: [] for url in urls}
        self.hidden: set[str] = set()
        self.policies: dict[str, str] = {}
        self.count = 0
        self.exceptions = SimpleNamespace(QueueDoesNotExist=LookupError)

    def create_queue(self, *, QueueName: str, Attributes: Mapping[str, str]) -> Any:
        self.queues[f"https://{QueueName}"] = []
        return {"QueueUrl": f"https://{QueueName}"}

    def get_queue_url(self, *, QueueName: str) -> Any:
        if f"https://{QueueName}" not in self.queues:
            raise LookupError(QueueName)
        return {"QueueUrl": f"https://{QueueName}"}

    def delete_queue(self, *, QueueUrl: str) -> None:
        del self.queues[QueueUrl]

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:
        return {"Attributes": {"QueueArn": f"arn:{QueueUrl}"}}

    def set_queue_attributes(self, *, QueueUrl: str, Attributes: Mapping[str, str]) -> None:
        self.policies[QueueUrl] = Attributes["Policy"]

    def put(self, url: str, body: str) -> None:
        self.count += 1
        self.queues[url].append({"MessageId": f"m{self.count}", "ReceiptHandle": f"m{self.count}", "Body": body})

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:
        for entry in Entries:
            self.put(QueueUrl, entry["MessageBody"])
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def receive_message(self, *, QueueUrl: str, **_: Any) -> Any:
        visible = [queue for queue in self.queues[QueueUrl] if queue["MessageId"] not in self.hidden]
        self.hidden |= {message["MessageId"] for message in visible}
        return {"Messages": visible}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        self.hidden.discard(ReceiptHandle)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        self.queues[QueueUrl] = [queue for queue in self.queues[QueueUrl] if queue["MessageId"] != ReceiptHandle]

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:
        for entry in Entries:
            self.delete_message(QueueUrl=QueueUrl, ReceiptHandle=entry["ReceiptHandle"])
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


class Pages:
    """A client with one paginated operation."""

    def __init__(self, *pages: Mapping[str, Any], **methods: Any) -> None:
        self._pages = pages
        for name, method in methods.items():
            setattr(self, name, method)

    def get_paginator(self, _operation: str) -> Any:
        def paginate(**_: Any) -> Iterator[Mapping[str, Any]]:
            return iter(self._pages)

        return SimpleNamespace(paginate=paginate)
