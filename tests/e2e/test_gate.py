"""The server before strangers: raw requests to a page of two lines behind the app's own gate."""

import re
import socket
import sys

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from inspector.ui.options import streamlit_options
from tests.server import App
from tests.visitor import Visitor, put, request, xsrf_token

SCRIPT = """
import streamlit as st
from inspector.ui.gate import gates
from inspector.ui.messages import unexpected

if __name__ == "__main__":
    file = st.file_uploader("File", type=["png"])
    st.text(f"{file.name}, {file.size} bytes" if file else "no file")
    if "broken" in st.query_params:
        raise LookupError("a secret of " + __file__)
else:
    app = st.App(__file__, middleware=gates(), on_script_error=unexpected)
"""
MB = 2**20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    script = folder / "script.py"
    script.write_text(SCRIPT)
    options = [word for word in streamlit_options() if not word.startswith("--server.port")]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    with App([*command, "--server.maxUploadSize=1", "--server.port"], cwd=folder) as server:
        yield server


@pytest.fixture
def visitor(server):
    with Visitor(server.port) as visitor:
        yield visitor


def upload_path(visitor, name="one"):
    return f"/_stcore/upload_file/{visitor.session}/{name}"


def handshake(port, **headers):
    """The first line of the answer to a websocket's beginning, with these headers and no others."""
    ours = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    lines = [f"{name}: {value}" for name, value in {**ours, **headers}.items()]
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall("\r\n".join(["GET /_stcore/stream HTTP/1.1", *lines, "", ""]).encode())
        return client.recv(200).split(b"\r\n")[0].decode()


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/favicon.png", "/_stcore/metrics"])
def test_every_answer_keeps_the_browser_from_elsewhere(server, path):
    answer = request(server.port, "GET", path)
    policy = dict(
        rule.strip().split(" ", 1)
        for rule in answer.getheader("content-security-policy").split(";")
    )
    assert policy["default-src"] == "'self'"
    assert re.fullmatch(r"'self'( 'sha256-[\w+/]{43}=')*", policy["script-src"])
    assert not any("http" in whence or "*" in whence for whence in policy.values())
    assert policy["frame-ancestors"] == "'none'"
    assert answer.getheader("x-frame-options") == "DENY"
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert answer.getheader("referrer-policy") == "no-referrer"
    assert "geolocation=()" in answer.getheader("permissions-policy")


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics?families=cache_memory_bytes",
        "/%5fstcore/metrics",
        "/_stcore/script-health-check",
        "/_stcore/agent/openapi.json",
    ],
)
def test_what_only_who_runs_it_needs_is_closed(server, path):
    answer = request(server.port, "GET", path)
    assert (answer.status, answer.body) == (404, b"Not found")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/stream"])
def test_another_name_for_this_machine_is_refused(server, host, path):
    assert request(server.port, "GET", path, headers={"Host": host}).status == 400


def test_a_page_from_elsewhere_cannot_connect(server):
    port = server.port
    ours, other = f"http://127.0.0.1:{port}", "http://evil.example"
    assert "101" in handshake(port, Origin=ours)
    assert "403" in handshake(port, Origin=other)
    assert "403" in handshake(port)
    assert "400" in handshake(port, Origin=other, Host="evil.example")


def test_an_upload_needs_the_token_of_its_page_and_a_session(visitor, server):
    path, token = upload_path(visitor), xsrf_token(server.port)
    with_token = {"Cookie": f"_streamlit_xsrf={token}", "X-Xsrftoken": token}
    assert put(server.port, path, "a.png", b"x", {}) == 403
    assert put(server.port, path, "a.png", b"x", {"X-Xsrftoken": token}) == 403
    stranger = path.replace(visitor.session, "0" * 36)
    assert put(server.port, stranger, "a.png", b"x", with_token) == 400
    assert put(server.port, path, "a.png", b"x", with_token) == 204


def test_a_file_that_is_too_large_is_refused_by_the_server(visitor):
    assert visitor.put(upload_path(visitor), "a.png", bytes(MB + 1)) == 413
    assert visitor.put(upload_path(visitor), "a.png", bytes(MB // 2)) == 204


def test_a_session_may_keep_so_much_and_no_more(visitor):
    """Also what no uploader shows."""
    sent = [visitor.put(upload_path(visitor, str(n)), "a.png", bytes(MB // 2)) for n in range(5)]
    assert sent == [204, 204, 204, 413, 413]  # two of the largest, and their multipart frames


def test_an_upload_tells_its_length(visitor, server):
    chunks = iter([b"--XX\r\n", b"x" * 100])  # of which nobody knows how many follow
    answer = request(server.port, "PUT", upload_path(visitor), chunks)
    assert answer.status == 411


@pytest.mark.parametrize("name", ["../../etc/passwd.png", "a\x1bb.png", "<b>x</b>.png"])
def test_a_name_is_only_a_name(visitor, name):
    assert visitor.upload("File", (name, b"xyz")) == [204]
    (text,) = visitor.elements["text"]
    assert text.body == f"{name}, 3 bytes"


@pytest.mark.parametrize("name", ["a\0b.png", "a.exe", "a.png.html"])
def test_a_name_that_the_page_would_not_send_is_refused(visitor, name):
    visitor.upload("File", (name, b"xyz"))
    assert "text" not in visitor.elements
    assert visitor.elements["alert"][0].body.startswith("Something went wrong")


def test_what_goes_wrong_is_told_without_what_and_where(server):
    with Visitor(server.port, "broken=1") as visitor:
        assert "exception" not in visitor.elements
        (alert,) = visitor.elements["alert"]
        page = repr(visitor.elements)
    assert "its log says what" in alert.body
    assert not any(word in page for word in ("LookupError", "secret", "script.py"))
    assert "a secret of" in server.log()


def test_what_is_no_message_ends_the_connection_alone(server, visitor):
    address = f"127.0.0.1:{server.port}"
    with connect(f"ws://{address}/_stcore/stream", origin=f"http://{address}", proxy=None) as other:
        other.send(b"\xff" * 100)
        with pytest.raises(ConnectionClosedError):
            other.recv(10)
        assert other.close_code == 1002
    visitor.run()
    assert visitor.elements["text"][0].body == "no file"


@pytest.mark.parametrize(
    "path", ["/../script.py", "/%2e%2e/script.py", "/app/static/script.py", "/media/..%2fscript.py"]
)
def test_no_path_leads_to_the_files_of_the_server(server, path):
    answer = request(server.port, "GET", path)
    assert b"LookupError" not in answer.body
