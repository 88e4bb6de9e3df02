"""An operator's desk for the tests of registration: an in-memory register, and a pool of clients."""

from typing import Any

from functions.core.apps import App
from functions.operate.registry.registration import Registration, register
from functions.store.registry import Registry
from tests.fakes import Calls, MemoryTable

POOL = "eu-west-2_ThisPool"
NOW_US = 1_769_508_180_000_000


class ClientPool:
    """The part of Cognito that keeps app clients."""

    def __init__(self) -> None:
        self.clients: dict[str, dict[str, Any]] = {}
        self.down = False
        self.clients_made = 0

    def create_user_pool_client(self, **request: Any) -> Any:
        if self.down:
            raise ConnectionError("the pool does not answer")
        client_id = f"client{self.clients_made}"
        self.clients_made += 1
        self.clients[client_id] = request
        return {"UserPoolClient": request | {"ClientId": client_id, "ClientSecret": f"secret of {client_id}"}}

    def delete_user_pool_client(self, **request: Any) -> Any:
        assert request["UserPoolId"] == POOL
        del self.clients[request["ClientId"]]


class Desk:
    """An operator's desk: the register, the pool, and what is done at it."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.table = MemoryTable(self.calls)
        self.registry = Registry(self.table)
        self.pool = ClientPool()

    def register(
        self, name: str = "Fractions", *, app_id: str = "", admin: bool = False, **settings: Any
    ) -> Registration:
        app = App(app_id=app_id, tenant="", name=name, **settings)
        return register(self.registry, self.pool, app, user_pool_id=POOL, admin=admin, now_us=NOW_US)
