"""Reader: one who clicks through the app without a browser, as many at once as are asked for."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import DoubleArray, StringArray
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

BROKEN_OFF = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
WIDGET = "$$ID-"
LARGEST = 64 * 2**20
"""Bytes of a message."""

Place = tuple[int, ...]


@dataclass(frozen=True)
class Shown:
    """One element of the page, and the fragment whose run renews it; empty for the whole page."""

    element: Element
    fragment: str

    @property
    def content(self) -> Any:
        """What the element is, whatever its kind."""
        return getattr(self.element, self.element.WhichOneof("type"))

    @property
    def id(self) -> str:
        """How the server knows a widget; empty for what is none."""
        return str(getattr(self.content, "id", ""))


class Reader:
    """A session of the app for the length of an `async with` block.

    Args:
        url: of the server.
        address: what follows the question mark.
        timeout_s: for one script run.

    Attributes:
        address: what follows the question mark, as the page keeps it.
        seconds: what each script run took, from the question to the last message.
        received: bytes of each script run.
    """

    def __init__(self, url: str, address: str = "", *, timeout_s: float = 120) -> None:
        self._origin = url
        self._stream = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.address = address
        self._timeout_s = timeout_s
        self._page: dict[Place, Shown] = {}
        self._kept: dict[str, Delta] = {}
        self.seconds: list[float] = []
        self.received: list[int] = []

    async def __aenter__(self) -> Self:
        # a server with a hundred readers answers pings late
        self._socket: ClientConnection = await connect(
            self._stream,
            origin=self._origin,
            subprotocols=["streamlit"],
            max_size=LARGEST,
            ping_interval=None,
            proxy=None,
            open_timeout=self._timeout_s,
        )
        await self._run(BackMsg())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    @property
    def keys(self) -> list[str]:
        """Keys of the widgets on the page."""
        return [name.split("-", 2)[-1] for name in self._ids() if name.startswith(WIDGET)]

    @property
    def figures(self) -> list[dict[str, Any]]:
        """The figures on the page as plotly's dicts, in their order."""
        return [json.loads(chart.spec) for chart in self._all("plotly_chart")]

    @property
    def failures(self) -> list[str]:
        """What the page tells of exceptions and errors."""
        thrown = [f"{thrown.type}: {thrown.message}" for thrown in self._all("exception")]
        return thrown + [told.body for told in self._all("alert") if told.format == told.ERROR]

    def find(self, key: str) -> Shown:
        """Returns the widget with this key.

        Raises:
            LookupError: the page has none.
        """
        for shown in self._page.values():
            if shown.id.startswith(WIDGET) and shown.id.split("-", 2)[-1] == key:
                return shown
        raise LookupError(f"Expected a widget {key!r} on the page, got {', '.join(self.keys)}.")

    async def press(self, key: str) -> float:
        """Presses a button; returns the seconds of the run that follows."""
        return await self._change(key, trigger_value=True)

    async def choose(self, key: str, option: str) -> float:
        """Chooses what an option of a list or of a row says; returns the run's seconds."""
        if self.find(key).element.HasField("selectbox"):
            return await self._change(key, string_value=option)
        return await self._change(key, string_array_value=StringArray(data=[option]))

    async def slide(self, key: str, number: float) -> float:
        """Moves a slider; returns the seconds of the run that follows."""
        return await self._change(key, double_array_value=DoubleArray(data=[number]))

    async def switch(self, key: str, on: bool) -> float:
        """Turns a switch; returns the seconds of the run that follows."""
        return await self._change(key, bool_value=on)

    async def again(self) -> float:
        """Runs the whole page once more; returns the seconds."""
        return await self._run(BackMsg())

    async def _change(self, key: str, **value: Any) -> float:
        shown, asked = self.find(key), BackMsg()
        asked.rerun_script.widget_states.widgets.append(WidgetState(id=shown.id, **value))
        asked.rerun_script.fragment_id = shown.fragment
        return await self._run(asked)

    async def _run(self, asked: BackMsg) -> float:
        asked.rerun_script.query_string = self.address
        asked.rerun_script.cached_message_hashes.extend(self._kept)
        start = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        async with asyncio.timeout(self._timeout_s):
            fresh = await self._drawn()
        self.seconds.append(time.perf_counter() - start)
        of = asked.rerun_script.fragment_id
        stay = {at: shown for at, shown in self._page.items() if of and shown.fragment != of}
        self._page = stay | fresh
        return self.seconds[-1]

    async def _drawn(self) -> dict[Place, Shown]:
        """The elements of one script run, read until its end."""
        fresh: dict[Place, Shown] = {}
        read, kept = 0, {}
        while True:
            frame = await self._socket.recv(decode=False)
            message, read = ForwardMsg.FromString(frame), read + len(frame)
            match message.WhichOneof("type"):
                case "delta" | "ref_hash":
                    delta = self._delta(message)
                    if message.metadata.cacheable:
                        kept[message.hash or message.ref_hash] = delta
                    _place(fresh, tuple(message.metadata.delta_path), delta)
                case "page_info_changed":
                    self.address = message.page_info_changed.query_string
                case "script_finished" if message.script_finished != BROKEN_OFF:
                    break
        self._kept |= kept
        self.received.append(read)
        return fresh

    def _delta(self, message: ForwardMsg) -> Delta:
        return self._kept[message.ref_hash] if message.HasField("ref_hash") else message.delta

    def _ids(self) -> list[str]:
        return [shown.id for shown in self._page.values()]

    def _all(self, kind: str) -> list[Any]:
        ordered = (self._page[place] for place in sorted(self._page))
        return [shown.content for shown in ordered if shown.element.HasField(kind)]


def _place(page: dict[Place, Shown], place: Place, delta: Delta) -> None:
    """Puts an element in its place; a block or nothing at that place takes it away."""
    kind = delta.WhichOneof("type")
    if kind == "new_transient":
        return
    page.pop(place, None)
    if kind == "new_element" and not delta.new_element.HasField("empty"):
        page[place] = Shown(delta.new_element, delta.fragment_id)
