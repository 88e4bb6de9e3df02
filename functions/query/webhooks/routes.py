"""The reads of webhooks. Their changes are routes of `manage` (`functions.http.changes.routes`)."""

from functions.http import paths
from functions.http.gate import READ_WEBHOOKS
from functions.http.parameters import APP, Parameter
from functions.http.route import Route
from functions.query.request import Request
from functions.query.webhooks import webhooks

WEBHOOK_ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.WEBHOOKS,
        call=webhooks.get_webhooks,
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
    *(
        Route(
            path=path,
            call=call,
            description=description,
            answers=answers,
            scope=READ_WEBHOOKS,
            parameters=(APP,),
            strict=False,
            statuses=(404,),
        )
        for path, call, description, answers in (
            (paths.WEBHOOK, webhooks.get_webhook, "One webhook", "WebhookAnswer"),
            (
                paths.WEBHOOK_ATTEMPTS,
                webhooks.get_attempts,
                "The last attempts to deliver to a webhook, newest first",
                "Attempts",
            ),
            (paths.FILTERS, webhooks.get_filters, "The filters of an app's webhooks", "FilterList"),
            (paths.FILTER, webhooks.get_filter, "One filter", "FilterAnswer"),
            (paths.WEBHOOK_FILTERS, webhooks.get_filters_of_webhook, "The filters of a webhook", "FilterList"),
        )
    ),
)
