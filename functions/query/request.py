"""One read after routing, with the table to read from."""

from functions.http.request import RoutedRequest
from functions.query.dependencies import Dependencies
from functions.settings import QuerySettings
from functions.store.dynamodb.table import Table


class Request(RoutedRequest[Dependencies]):
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
