"""What an operator may call an app and a credential by."""

import pytest

from functions.operate.errors import RegistryError
from functions.operate.registry.lookup import find_app, find_credential
from tests.unit.operate.desk import Desk


def test_an_app_is_found_by_its_name_its_id_or_its_bare_uuid(desk: Desk) -> None:
    app = desk.register().app
    for called in ("Fractions", app.app_id, app.app_id.removeprefix("urn:uuid:").upper()):
        assert find_app(desk.registry, called) == app
    with pytest.raises(RegistryError, match="No apps are called"):
        find_app(desk.registry, "Decimals")


def test_the_credential_of_another_app_is_not_found(desk: Desk) -> None:
    registration, other = desk.register(), desk.register("Other")
    with pytest.raises(RegistryError, match="has no credential"):
        find_credential(desk.registry, other.app, registration.client_id)
