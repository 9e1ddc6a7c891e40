"""Visitor: a session of the app without a browser, which speaks the page's own protocol."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect


class Visitor:
    """One open page for the length of a `with` block, its first script run over.

    Args:
        port: of a server on this machine.
        query: what follows the question mark of the address.

    Attributes:
        session: how the server names this session.
    """

    def __init__(self, port: int, query: str = "", *, timeout_s: float = 90) -> None:
        self._port = port
        self._query = query
        self._timeout_s = timeout_s
        self._states: dict[str, tuple[str, Any]] = {}
        self._placed: dict[tuple[int, ...], Any] = {}
        self.session = ""

    def __enter__(self) -> Self:
        address = f"127.0.0.1:{self._port}"
        connection = connect(
            f"ws://{address}/_stcore/stream",
            origin=f"http://{address}",
            subprotocols=["streamlit"],
            max_size=None,
            proxy=None,
        )
        with ExitStack() as stack:
            self._socket = stack.enter_context(connection)
            self.run()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def elements(self) -> dict[str, list[Any]]:
        """By kind, what stands on the page after the latest run, as protocol messages."""
        found: dict[str, list[Any]] = {}
        for element in self._placed.values():
            kind = element.WhichOneof("type")
            found.setdefault(kind, []).append(getattr(element, kind))
        return found

    def of(self, kind: str, label: str = "") -> Any:
        """The first element of a kind, whose label begins so."""
        found = [found for found in self.elements[kind] if found.label.startswith(label)]
        return found[0]

    def run(self) -> None:
        """Has the whole page made anew with what is chosen, and waits for it."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        for key, (kind, value) in self._states.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id = key
            field = getattr(state, kind)
            if hasattr(field, "CopyFrom"):
                field.CopyFrom(value)
            else:
                setattr(state, kind, value)
        self._placed = {}
        self._socket.send(message.SerializeToString())
        self._receive("script_finished")

    def choose(self, element: Any, kind: str, value: Any) -> None:
        """Sets a widget to a value; the kind is that of its state in the protocol."""
        self._states[element.id] = (kind, value)
        self.run()

    def upload(self, label: str, *files: tuple[str, bytes]) -> list[int]:
        """Puts files, each a name and bytes, into an uploader; the server's status for each."""
        uploader = self.of("file_uploader", label)
        addresses = self._addresses([name for name, _ in files])
        pairs = list(zip(files, addresses, strict=True))
        statuses = [self.put(urls.upload_url, name, data) for (name, data), urls in pairs]
        state = BackMsg().rerun_script.widget_states.widgets.add().file_uploader_state_value
        for (name, data), urls in pairs:
            info = state.uploaded_file_info.add()
            info.file_id, info.name, info.size = urls.file_id, name, len(data)
            info.file_urls.CopyFrom(urls)
        self.choose(uploader, "file_uploader_state_value", state)
        return statuses

    def put(
        self, path: str, name: str, data: bytes, headers: Mapping[str, str] | None = None
    ) -> int:
        """Sends one file to an address of the server; its status."""
        token = xsrf_token(self._port)
        ours = {"Cookie": f"_streamlit_xsrf={token}", "X-Xsrftoken": token}
        return put(self._port, path, name, data, ours if headers is None else headers)

    def _addresses(self, names: list[str]) -> list[Any]:
        message = BackMsg()
        message.file_urls_request.request_id = "addresses"
        message.file_urls_request.session_id = self.session
        message.file_urls_request.file_names.extend(names)
        self._socket.send(message.SerializeToString())
        return list(self._receive("file_urls_response").file_urls_response.file_urls)

    def _receive(self, awaited: str) -> ForwardMsg:
        """Takes messages in until one of the awaited kind comes."""
        while True:
            message = ForwardMsg.FromString(self._socket.recv(self._timeout_s))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._placed[tuple(message.metadata.delta_path)] = message.delta.new_element
            if kind == awaited and not _broken_off(message):
                return message


def xsrf_token(port: int) -> str:
    """The token that the server gives a browser against requests forged elsewhere."""
    answer = request(port, "GET", "/_stcore/health")
    found = re.search(r"_streamlit_xsrf=([^;]+)", answer.getheader("set-cookie") or "")
    assert found is not None
    return found[1]


def put(port: int, path: str, name: str, data: bytes, headers: Mapping[str, str]) -> int:
    """Sends a file as a browser does; the server's status."""
    start = (
        f'--XX\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = start.encode() + data + b"\r\n--XX--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=XX"}
    return request(port, "PUT", path, body, {**kind, **headers}).status


def request(
    port: int, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> http.client.HTTPResponse:
    """One request to a server on this machine; its answer, with the body read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def _broken_off(message: ForwardMsg) -> bool:
    early = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
    return message.WhichOneof("type") == "script_finished" and message.script_finished == early
