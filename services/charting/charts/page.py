"""A chart as one HTML file that needs no network."""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

# `ast` makes Vega interpret its expressions instead of compiling them, so that the page needs no 'unsafe-eval'.
_BOOT = """
const spec = JSON.parse(document.getElementById("spec").textContent);
vegaEmbed("#chart", spec, {ast: true, renderer: "svg"}).then(
  () => { document.body.dataset.drawn = "yes"; },
  (error) => { document.body.textContent = String(error); });
"""

_STYLE = """
html, body { margin: 0; min-height: 100%; }
body { display: flex; justify-content: center; padding: 16px; box-sizing: border-box; font-family: sans-serif; }
#chart { max-width: 100%; }
"""

_HEAD = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{scheme}">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
<style>body {{ background: {background}; }}</style>
</head>
<body>
<div id="chart"></div>
<script id="spec" type="application/json">{spec}</script>
<script>"""

_TAIL = f"""</script>
<script>{_BOOT}</script>
</body>
</html>
"""


def page(spec: Mapping[str, Any], bundle: bytes) -> bytes:
    """An HTML document, in UTF-8, that draws the specification with the libraries of `bundle` and asks no network for anything.

    spec: a Vega-Lite specification as trend_spec gives it. bundle: JavaScript in UTF-8 that defines
    window.vegaEmbed.

    Names of sensors are other people's text. They reach the page as JSON with "<" escaped, in an element that is not
    run, and the page's own Content-Security-Policy runs nothing but the two scripts it knows by their hashes.
    """
    title = spec.get("title")
    text = title.get("text", "") if isinstance(title, Mapping) else title or ""
    background = str(spec.get("config", {}).get("background", "#ffffff"))
    head = _HEAD.format(
        lang=html.escape(str(spec.get("usermeta", {}).get("locale", "en"))),
        scheme="light" if background == "#ffffff" else "dark",
        policy=page_policy(bundle),
        title=html.escape(str(text)),
        style=_STYLE,
        background=html.escape(background),
        spec=json_for_script(spec),
    )
    return b"".join((head.encode(), bundle, _TAIL.encode()))


@lru_cache(maxsize=4)
def page_policy(bundle: bytes) -> str:
    """The Content-Security-Policy of the pages that draw with this bundle.

    A server sends it as a header with `sandbox allow-scripts allow-downloads` added: then the page cannot act as the
    person who opens it.
    """
    scripts = " ".join(f"'sha256-{_sha256(script)}'" for script in (bundle, _BOOT.encode()))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def json_for_script(value: Any) -> str:
    """JSON that can stand inside a <script> element: nothing in it ends the element or opens a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _sha256(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()
