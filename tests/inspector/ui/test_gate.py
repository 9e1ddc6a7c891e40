"""The gate and the room for uploads, without a server."""

import asyncio

import pytest

from inspector.ui.gate import Gate, _in_header
from inspector.ui.room import Room


class Uploads:
    """Uploads of some sessions, of which some are still open."""

    def __init__(self, sizes, closed=()):
        self._sizes, self._closed = dict(sizes), closed

    def sizes(self):
        return dict(self._sizes)

    def drop(self, session):
        del self._sizes[session]

    def is_open(self, session):
        return session not in self._closed


def answers(gate, *scopes):
    """What the gate answers when the requests come in together."""
    sent = [[] for _ in scopes]

    async def one(scope, messages):
        async def send(message):
            messages.append(message)

        await gate(scope, None, send)

    async def all_of_them():
        await asyncio.gather(*map(one, scopes, sent))

    asyncio.run(all_of_them())
    return [messages[0].get("status", "passed") if messages else "nothing" for messages in sent]


async def behind(_scope, _receive, send):
    """An app in which every page stays open for a moment."""
    await asyncio.sleep(0.01)
    await send({"type": "passed"})


def page(path="/"):
    return {"type": "http", "method": "GET", "path": path, "headers": []}


def socket():
    return {
        "type": "websocket",
        "path": "/_stcore/stream",
        "headers": [(b"origin", b"http://localhost")],
        "extensions": {"websocket.http.response": {}},
    }


def upload(session, length):
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    path = f"/_stcore/upload_file/{session}/one"
    return {"type": "http", "method": "PUT", "path": path, "headers": headers}


def gate(**options):
    return Gate(behind, **{"room": Room(lambda: Uploads({}), largest=100), **options})


def test_so_many_pages_may_be_open_and_then_others():
    two = gate(sessions=2)
    assert answers(two, socket(), socket(), socket()) == ["passed", "passed", 503]
    assert answers(two, socket()) == ["passed"]


def test_who_comes_too_late_is_told_so_and_tries_again():
    assert answers(gate(sessions=1), socket(), page()) == ["passed", 503]
    assert answers(gate(sessions=1), socket(), page("/_stcore/health")) == ["passed", "passed"]


def test_uploads_on_their_way_count_too():
    assert answers(gate(), *[upload("a", 90)] * 3, upload("b", 90)) == [
        "passed",
        "passed",
        413,
        "passed",
    ]


def test_an_upload_tells_its_length():
    assert answers(gate(), upload("a", None), upload("a", "x")) == [411, 411]


@pytest.mark.parametrize(
    ("closed", "granted", "left"), [((), False, 8), (("1", "5"), True, 6)], ids=["open", "gone"]
)
def test_sessions_that_are_gone_make_room(closed, granted, left):
    uploads = Uploads({str(session): 100 for session in range(8)}, closed)
    with Room(lambda: uploads, largest=100).taken("new", 50) as found:
        assert found is granted
    assert len(uploads.sizes()) == left


def test_the_closed_paths_are_closed_below_a_base_path_too():
    found = answers(gate(), page("/lab/_stcore/metrics"), page("/lab/_stcore/health"))
    assert found == [404, "passed"]


def test_a_number_of_ipv6_stands_in_brackets():
    assert [_in_header(host) for host in ("localhost", "::1")] == ["localhost", "[::1]"]
