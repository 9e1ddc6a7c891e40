"""Served is the app with a tally: forward passes so far, and hooks that lie on open networks.

`python -m tests.soak.served TALLY PORT` writes the tally to a file several times a second.
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

PERIOD = 0.1
"""Seconds between two tallies."""


class Tally:
    """What the networks of a server have been through."""

    def __init__(self) -> None:
        self._passes = 0
        self._modules: list[Any] = []

    def counting(self, load: Any) -> Any:
        """Returns the door to networks with each network counting its forward passes."""

        def opened(*names: Any, **options: Any) -> Any:
            model = load(*names, **options)
            forward = model.module.forward
            model.module.forward = lambda *batch, **more: self._count(forward, *batch, **more)
            self._modules.append(model.module)
            return model

        return opened

    def _count(self, forward: Any, *batch: Any, **more: Any) -> Any:
        self._passes += 1
        return forward(*batch, **more)

    def told(self) -> dict[str, int]:
        """Returns the number of passes, and of hooks on any module."""
        modules = [module for network in tuple(self._modules) for module in network.modules()]
        hooks = sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in modules)
        return {"passes": self._passes, "hooks": hooks, "networks": len(self._modules)}


def _write(tally: Tally, path: Path) -> None:
    while True:
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(tally.told()))
        beside.replace(path)  # whoever reads finds the whole
        time.sleep(PERIOD)


def main(path: str, port: str) -> None:
    """Serves the app as `inspector app` does, until it is stopped."""
    from inspector.ui import __main__ as app  # noqa: PLC0415 - Streamlit's warnings come first
    from inspector.ui import doors  # noqa: PLC0415
    from inspector.ui.options import MAX_UPLOAD_MB  # noqa: PLC0415

    tally = Tally()
    doors.load_model = tally.counting(doors.load_model)
    threading.Thread(target=_write, args=(tally, Path(path)), daemon=True).start()
    app.main("127.0.0.1", port, str(MAX_UPLOAD_MB))


if __name__ == "__main__":
    main(*sys.argv[1:])
