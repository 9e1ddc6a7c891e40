"""The predictions view: the likeliest classes of the chosen image, if there are any."""

import numpy as np
import pytest

from inspector.views import NothingToDraw


@pytest.mark.parametrize("place", [0, 1])
def test_the_likeliest_classes_are_the_bars(drawn, pair, place):
    seen = pair("dia_resnet")
    (trace,) = drawn("predictions", seen, image=str(place))[1].data
    probability = np.exp(seen.logits.values[place].astype(float))
    probability /= probability.sum()
    np.testing.assert_allclose(trace.x, sorted(probability)[:-11:-1])
    assert next(iter(trace.y)) == seen.logits["class"].values[probability.argmax()]


def test_logits_that_are_no_numbers_are_said(drawn, inspected, changed):
    def break_logits(tree):
        tree["inspection"]["logits"].values[0, 3] = np.nan

    with pytest.raises(NothingToDraw, match="the network returned values that are not numbers"):
        drawn("predictions", changed(inspected("dia_resnet"), break_logits))
