"""What a run of the lake costs beside AWS: CPU of this process without moto's, and calls by name."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.core.botocore_stubber import BotocoreStubber


@dataclass(slots=True)
class Meter:
    """`cpu_s` is of our code, pyiceberg, DuckDB and botocore; `calls` are requests by verb and service."""

    cpu_s: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    _moto_s: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens meanwhile."""
        self._moto_s, began = 0.0, time.process_time()
        yield
        self.cpu_s += time.process_time() - began - self._moto_s

    def answered(self, request: Any, seconds: float) -> None:
        """An answer of moto took `seconds` of CPU, which are AWS's."""
        self._moto_s += seconds
        host = request.url.split("/")[2]
        service = next((name for name in ("glue", "sqs", "dynamodb") if host.startswith(name)), "s3")
        self.calls[f"{service} {request.method}"] += 1


@contextmanager
def metered(patch: pytest.MonkeyPatch) -> Iterator[Meter]:
    """A meter over everything that moto answers meanwhile."""
    meter, answer = Meter(), BotocoreStubber.process_request

    def timed(stubber: BotocoreStubber, request: Any) -> Any:
        began = time.process_time()
        try:
            return answer(stubber, request)
        finally:
            meter.answered(request, time.process_time() - began)

    with patch.context() as inner:
        inner.setattr(BotocoreStubber, "process_request", timed)
        yield meter
