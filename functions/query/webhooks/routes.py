"""The reads of webhooks. Their changes are routes of `manage` (`functions.http.changes.routes`)."""

from functions.http import paths
from functions.http.gate import READ_WEBHOOKS
from functions.http.parameters import APP, Parameter
from functions.http.route import Route
from functions.query.request import Request

WEBHOOK_ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.WEBHOOKS,
        function="functions.query.webhooks.webhooks:get_webhooks",
        description="The webhooks of an app",
        answers="WebhookList",
        scope=READ_WEBHOOKS,
        parameters=(
            Parameter(
                name="sensor",
                kind="text",
                example="https://learn.example.org/app/sensor",
                description="Only webhooks for this sensor.",
            ),
            APP,
        ),
        strict=False,
        statuses=(404,),
    ),
    Route(
        path=paths.SENDER_ALARMS,
        function="functions.query.webhooks.sender_alarms:get_sender_alarms",
        description="The alarms of an app about its own sending, and which of them ring",
        answers="Senders",
        scope=READ_WEBHOOKS,
        parameters=(APP,),
        statuses=(404,),
    ),
    *(
        Route[Request](
            path=path,
            function=f"functions.query.webhooks.webhooks:{function}",
            description=description,
            answers=answers,
            scope=READ_WEBHOOKS,
            parameters=(APP,),
            strict=False,
            statuses=(404,),
        )
        for path, function, description, answers in (
            (paths.WEBHOOK, "get_webhook", "One webhook", "WebhookAnswer"),
            (
                paths.WEBHOOK_ATTEMPTS,
                "get_attempts",
                "The last attempts to deliver to a webhook, newest first",
                "Attempts",
            ),
            (paths.FILTERS, "get_filters", "The filters of an app's webhooks", "FilterList"),
            (paths.FILTER, "get_filter", "One filter", "FilterAnswer"),
            (paths.WEBHOOK_FILTERS, "get_filters_of_webhook", "The filters of a webhook", "FilterList"),
        )
    ),
)
