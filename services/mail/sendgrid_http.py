"""The connection of SendGrid's client, which by itself follows a redirect with its key and keeps to no time limit on the way."""

from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request

from python_http_client.client import Client


class _StayThere(HTTPRedirectHandler):
    """Asked before urllib's own handler: a redirect is an error."""

    handler_order = HTTPRedirectHandler.handler_order - 1

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        raise HTTPError(req.full_url, code, msg, headers, fp)


class OneHostClient(Client):  # type: ignore[misc]  # it has no types
    """The client for one host, which is told the key and nobody else."""

    def _build_client(self, name: str | None = None) -> "OneHostClient":
        path = [*self._url_path, name] if name else self._url_path
        return OneHostClient(
            self.host, version=self._version, request_headers=self.request_headers, url_path=path, timeout=self.timeout
        )  # fmt: skip

    def _make_request(self, opener: OpenerDirector, request: Request, timeout: float | None = None) -> Any:
        opener.add_handler(_StayThere())
        return super()._make_request(opener, request, timeout=timeout)
