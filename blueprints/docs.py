"""/api/openapi.json, /api/asyncapi.json and /api/docs: the interface, described by the code that serves it."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask import Flask, Response, jsonify, render_template_string

from blueprints import openapi
from realtime import asyncapi
from realtime.dispatch import Events
from schemas import events

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fieldroom API</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font: 0.92em ui-monospace, monospace }
h2 { margin-top: 2.2rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
details { margin: .35rem 0; padding: .4rem .7rem; border-radius: .4rem;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent) }
summary { cursor: pointer } .method { display: inline-block; min-width: 4.2rem; font-weight: 600 }
.muted { opacity: .7 } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }
</style></head><body>
<h1>Fieldroom API</h1>
<p>HTTP: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1). Socket.IO: <a href="/api/asyncapi.json">asyncapi.json</a>
(AsyncAPI 3.0). Both are made from the code that serves them.</p>
{% for tag, operations in tags.items() %}<h2>{{ tag }}</h2>
{% for path, method, operation in operations %}<details><summary><span class="method">{{ method }}</span><code>{{ path }}</code>
<span class="muted">{{ operation.summary }}</span></summary>
{% if operation.description %}<p>{{ operation.description }}</p>{% endif %}
<table>{% for parameter in operation.parameters or [] %}<tr><th><code>{{ parameter.name }}</code></th><td>{{ parameter.in }}</td>
<td><code>{{ parameter.schema | tojson }}</code></td></tr>{% endfor %}
{% if operation.requestBody %}<tr><th>body</th><td></td>
<td><code>{{ operation.requestBody.content["application/json"].schema | tojson }}</code></td></tr>{% endif %}
{% for status, response in operation.responses.items() %}<tr><th>{{ status }}</th><td></td>
<td>{{ response.description }}</td></tr>{% endfor %}
</table></details>{% endfor %}{% endfor %}
<h2>Socket.IO</h2>
{% for name, channel in channels.items() %}<h3>namespace <code>{{ channel.address }}</code></h3><table>
{% for message, shape in channel.messages.items() if not message.endswith(".ack") %}<tr><th><code>{{ message }}</code></th>
<td>{{ shape.summary or "" }}</td></tr>{% endfor %}</table>{% endfor %}
</body></html>"""


def register(app: Flask, namespaces: Sequence[Events[Any]]) -> None:
    """Attach the three paths. namespaces: what clients may send over Socket.IO."""

    @cache
    def asyncapi_document() -> dict[str, Any]:
        return asyncapi.build(namespaces, events.SERVER_EVENTS)

    @app.get("/api/openapi.json")
    def openapi_json() -> Response:
        return jsonify(openapi.document())

    @app.get("/api/asyncapi.json")
    def asyncapi_json() -> Response:
        return jsonify(asyncapi_document())

    @app.get("/api/docs")
    def docs_page() -> str:
        tags: dict[str, list[Any]] = {}
        for path, methods in openapi.document()["paths"].items():
            for method, operation in methods.items():
                tags.setdefault(operation["tags"][0], []).append((path, method.upper(), operation))
        return render_template_string(_PAGE, tags=tags, channels=asyncapi_document()["channels"])
