"""Sessions that meet on one network: each has its own picture and changes, as if it were alone."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from PIL import Image

from inspector.ui.wording import plain
from tests.visitor import Visitor

CHANGES = (
    "",
    "dia~layer1.ModuleList.3~channel~3~cut",
    "dia~layer2.ModuleList.1~channel~0~cut~~dia~layer1.ModuleList.10~channel~2~scale~0.5",
)
"""What each of three sessions changes in the network that all look at."""
MEMORY = re.compile(r"The app holds .* of memory")
"""What the page says of the whole server, which others change."""
VIEW = "predictions"


def picture(seed):
    """Blocks of colours as the bytes of a PNG."""
    blocks = np.random.default_rng(seed).integers(0, 255, (7, 7, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(blocks).resize((224, 224), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def seen(app, number, name, start=lambda: None):
    """What a session with this picture and change is shown: classes, figures and what they say."""
    query = f"model=dia_resnet&view={VIEW}&do={CHANGES[number]}"
    with Visitor(app.port, query) as visitor:
        start()
        assert visitor.upload("Your own pictures", (name, picture(number))) == [204]
        assert "exception" not in visitor.elements
        figures = [chart.spec for chart in visitor.elements["plotly_chart"]]
        words = [text.body for text in visitor.elements["markdown"]]
    assert any(name in figure for figure in figures)
    whole = MEMORY.sub("", "\n".join([*figures, *words]))
    return whole.replace(plain(name), "the picture").replace(name, "the picture")


@pytest.mark.slow
def test_each_sees_what_it_would_see_alone(app):
    together = Barrier(len(CHANGES))
    with ThreadPoolExecutor(len(CHANGES)) as sessions:
        waiting = [
            sessions.submit(seen, app, number, f"with-{number}.png", lambda: together.wait(120))
            for number in range(len(CHANGES))
        ]
        found = [one.result(120) for one in waiting]
    # another name is another subject, so that nothing of the above is only taken from where it lies
    alone = [seen(app, number, f"solo-{number}.png") for number in range(len(CHANGES))]
    assert found == alone
    assert len(set(found)) == len(CHANGES)
