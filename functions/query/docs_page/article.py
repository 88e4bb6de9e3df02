"""One path and verb as HTML: its scope, parameters and answers, an example of each, and a command to copy."""

from html import escape
from typing import Any

from functions.query.docs_page.prose import example, kind, prose, table
from functions.query.openapi.examples import FORM, curl

type Json = dict[str, Any]


def operation_article(verb: str, path: str, operation: Json, variables: list[Json]) -> str:
    """The description of one path and verb."""
    command = escape(curl(verb, path, operation, variables))
    return "".join(
        [
            f"<article id={escape(operation['operationId'])}>",
            f"<h3><span class='verb {verb}'>{verb.upper()}</span> <code>{escape(path)}</code></h3>",
            f"<p>{prose(operation['summary'])}.</p>",
            f"<p>{prose(operation['description'])}</p>" if "description" in operation else "",
            f"<p class=dim>{_scope(operation, variables)}</p>",
            _parameters([*variables, *operation.get("parameters", [])]),
            f"<h4>Example</h4><div class=command><pre tabindex=0>{command}</pre></div>",
            _body(operation),
            _answers(operation),
            "</article>",
        ]
    )


def _scope(operation: Json, variables: list[Json]) -> str:
    for requirement in operation["security"]:
        if "token" in requirement:
            return "Scope: " + " or ".join(f"<code>{escape(scope)}</code>" for scope in requirement["token"])
    if any(variable["name"] == "key" for variable in variables):
        return "The sensor key is in the path."
    return "No credential is needed."


def _parameters(parameters: list[Json]) -> str:
    if not parameters:
        return ""
    rows = [
        (
            f"<code>{escape(parameter['name'])}</code>",
            f"<span class=dim>{kind(parameter['schema'])}{', required' if parameter.get('required') else ''}</span>",
            prose(parameter.get("description", "")),
        )
        for parameter in parameters
    ]
    return "<h4>Parameters</h4>" + table(("Name", "Type", "Meaning"), rows)


def _body(operation: Json) -> str:
    if "requestBody" not in operation:
        return ""
    ((media_type, content),) = operation["requestBody"]["content"].items()
    how = "a form" if media_type == FORM else escape(media_type)
    return f"<h4>Takes</h4><p>{how}: {kind(content['schema'])}</p>"


def _answers(operation: Json) -> str:
    rows, success = [], ""
    for status, response in operation["responses"].items():
        shapes: list[str] = []
        for media_type, content in response["content"].items():
            shapes.append(kind(content["schema"]) if "json" in media_type else escape(media_type))
            if "example" in content:
                label = f"<summary>Example of {escape(status)}</summary>"
                success = f"<details open>{label}{example(content['example'])}</details>"
        rows.append((escape(status), prose(response["description"]), ", ".join(shapes)))
    return "<h4>Answers</h4>" + table(("Status", "", "Shape"), rows) + success
