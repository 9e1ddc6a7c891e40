"""A gate is what every request passes on its way to the app: who may come in, and how many.

Streamlit checks the name of the server for its websocket only, and the origin only where one is
told; it serves figures of its own use to everybody, and keeps as many uploads as are sent. The gate
stands in front of all of it.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from inspector.ui.room import Room, kept_uploads

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_SESSIONS = 128
"""Pages open at once: beyond about 100, a server answers each of them late."""

CLOSED = ("/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent")
"""What Streamlit offers to whoever runs the server or drives the app, and strangers do not need."""

_UPLOADS = "/_stcore/upload_file/"
_FULL = (
    "<!doctype html><html lang='en'><meta charset='utf-8'><meta http-equiv='refresh' content='30'>"
    "<title>Attention inspector</title><p>The app has as many visitors as it can serve. "
    "This page tries again in half a minute.</p></html>"
)


def _own_scripts() -> str:
    """Returns the digests of the scripts that stand in Streamlit's page itself."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    return "".join(f" 'sha256-{digest}'" for digest in digests)


_POLICY = {
    "default-src": "'self'",
    "script-src": f"'self'{_own_scripts()}",
    "style-src": "'self' 'unsafe-inline'",  # Streamlit and plotly write their styles while running
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "content-security-policy": "; ".join(f"{what} {whence}" for what, whence in _POLICY.items()),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""What every answer tells the browser: nothing from elsewhere, in no frame, under no other type."""


def gates() -> list[Middleware]:
    """Returns what stands in front of the app, outermost first."""
    hosts = [_in_header(host) for host in st.get_option("server.allowedHosts") or ["*"]]
    return [
        Middleware(Labels),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(Gate),
    ]


class Labels:
    """Puts `HEADERS` on every answer."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Passes the request on, and the answer back with the headers."""

        async def labelled(message: "Message") -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *ours]}
            await send(message)

        await self._app(scope, receive, labelled)


class Gate:
    """Lets in so many sessions and so many bytes, and nobody to what is closed.

    Args:
        app: what lies behind it.
        sessions: pages that may be open at once.
        room: for uploads.
    """

    def __init__(
        self, app: "ASGIApp", sessions: int = MAX_SESSIONS, room: Room | None = None
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._room = room or Room(kept_uploads)
        self._open = 0

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Passes on what may come in, and answers the rest."""
        if scope["type"] == "websocket":
            await self._connected(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "PUT" and _UPLOADS in scope["path"]:
            await self._uploaded(scope, receive, send)
        else:
            refusal = self._refusal(scope) if scope["type"] == "http" else None
            await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: "Scope") -> Response | None:
        if any(closed in scope["path"] for closed in CLOSED):
            return PlainTextResponse("Not found", status_code=404)
        if self._open >= self._sessions and scope["path"].endswith("/"):
            return HTMLResponse(_FULL, status_code=503, headers={"retry-after": "30"})
        return None

    async def _connected(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if "origin" not in Headers(scope=scope):  # which every browser sends
            refusal = PlainTextResponse("Expected a browser, which names an origin.", 403)
            await refusal(scope, receive, send)
        elif self._open >= self._sessions:
            await PlainTextResponse("Too many visitors.", 503)(scope, receive, send)
        else:
            self._open += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._open -= 1

    async def _uploaded(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            await PlainTextResponse("Length required", 411)(scope, receive, send)
            return
        session = scope["path"].partition(_UPLOADS)[2].partition("/")[0]
        with self._room.taken(session, int(length)) as granted:
            refusal = PlainTextResponse("No room for more uploads", 413)
            await (self._app if granted else refusal)(scope, receive, send)


def _in_header(host: str) -> str:
    """Returns a host as a browser writes it; a number of IPv6 stands in brackets there."""
    return f"[{host}]" if ":" in host else host
