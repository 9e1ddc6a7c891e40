"""Sessions that meet: what one does is seen by no other. `make soak` has more of them."""

import asyncio

import pytest

from tests.soak import alone
from tests.soak.crowd import crowd
from tests.soak.server import Watched


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    with Watched(tmp_path_factory.mktemp("tally")) as app:
        yield app


@pytest.mark.slow
def test_each_session_sees_what_it_would_see_alone_and_no_hook_is_left(watched):
    seen = asyncio.run(crowd(watched.url, sessions=4, actions=4, models=["dia_resnet"]))
    assert len(seen) == 4 * (1 + 4)
    assert sum(bool(one.figures) for one in seen) > len(seen) / 2
    known = alone.figures(one.address for one in seen)
    others = [one for one in seen if known[one.address] != one.figures]
    assert [(one.did, one.address) for one in others] == []
    assert watched.tally()["hooks"] == 0
