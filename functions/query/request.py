"""One read after routing, with the table to read from."""

from functions.http.parameters import Parameter
from functions.http.request import RoutedRequest
from functions.query.dependencies import Dependencies
from functions.query.settings import QuerySettings
from functions.store.dynamodb.table import Table

TIMEZONE = Parameter(
    name="timezone",
    kind="zone",
    example="America/New_York",
    description="Whose days: an IANA name. Days are of UTC without it; with it a day in `from` and `to` is one there.",
)


class Request(RoutedRequest[Dependencies], frozen=True):
    """A request to `query`."""

    @property
    def table(self) -> Table:
        return self.dependencies.table

    @property
    def registry_table(self) -> Table:
        return self.dependencies.registry_table

    @property
    def settings(self) -> QuerySettings:
        return self.dependencies.settings
