"""The segmentation view: the class of every pixel, named with its share, in colours that last."""

import numpy as np
import pytest

from inspector.figures import KINDS, OTHER
from inspector.inspection import Inspection, load_inspection
from inspector.views import NothingToDraw, starts, view_of

VIEW = view_of("segmentation")


@pytest.fixture
def planted(inspected, changed):
    """An inspection in which the likeliest classes are given: 33 x 33 pixels, column by column."""

    def plant(columns):
        def change(tree):
            logits = tree["inspection"]["logits"]
            logits.values[:] = 0
            for column, place in enumerate(np.repeat(*zip(*columns, strict=True))):
                logits.values[0, place, :, column] = 3

        return changed(inspected("eanet_r50"), change)

    return plant


def legend(figure):
    """The colour of each entry of the colour bar, by its words, from the top."""
    axis = figure.layout.coloraxis
    colours = [colour for _, colour in axis.colorscale][::2]
    return dict(reversed(list(zip(axis.colorbar.ticktext, colours, strict=True))))


def words(figure, values):
    """The words of the colour bar for each cell."""
    return np.array(figure.layout.coloraxis.colorbar.ticktext)[values.astype(int)]


def test_every_pixel_is_of_its_likeliest_class(drawn, heat, pair):
    for place in (0, 1):
        seen = pair("eanet_r50")
        chosen = tuple(map(str, np.unique(seen.logits.values[place].argmax(0))[:7]))
        _, figure = drawn("segmentation", seen, image=str(place), classes=chosen)
        best = seen.logits.values[place].argmax(axis=0)
        (cells,) = heat(figure)
        for (y, x), word in np.ndenumerate(words(figure, cells)):
            name = str(seen.logits["class"].values[best[y, x]])
            known = str(best[y, x]) in chosen
            assert word.startswith(f"{best[y, x]} {name} ") if known else "other" in word


def test_the_legend_names_what_is_there_with_its_share_largest_first(drawn, planted):
    seen = planted([(7, 3), (0, 20), (3, 10)])
    computed, figure = drawn("segmentation", seen)
    assert list(legend(figure)) == ["0 background 60.6%", "3 bird 30.3%", "7 car 9.1%"]
    assert computed.notes == (
        "3 of 21 classes are the likeliest somewhere: 0 background 60.6%, 3 bird 30.3%, "
        "7 car 9.1%.",
    )


def test_classes_beyond_the_colours_are_one_grey_kind(drawn, heat, planted):
    seen = planted([(place, 8 - place if place else 5) for place in range(8)])
    _, figure = drawn("segmentation", seen)
    entries = legend(figure)
    assert len(entries) == len(KINDS) + 1
    assert entries["1 other class 3.0%"] == OTHER
    assert sorted(entries.values()) == sorted([*KINDS, OTHER])
    assert [word for word in entries if word.startswith("7 ")] == []


def test_chosen_classes_are_coloured_and_the_others_told_together(drawn, planted):
    seen = planted([(7, 3), (0, 20), (3, 10)])
    _, figure = drawn("segmentation", seen, classes=("3", "8"))
    assert legend(figure) == {"3 bird 30.3%": KINDS[0], "8 cat 0.0%": KINDS[1]} | {
        "2 other classes 69.7%": OTHER
    }


def test_colours_follow_the_classes_not_their_shares(drawn, planted):
    one, other = (
        legend(drawn("segmentation", planted(columns), classes=("0", "3", "7"))[1])
        for columns in ([(0, 20), (3, 10), (7, 3)], [(7, 20), (0, 10), (3, 3)])
    )
    assert list(one) != list(other)
    for name in ("background", "bird", "car"):
        first, second = (
            next(colour for word, colour in entries.items() if name in word)
            for entries in (one, other)
        )
        assert first == second


def test_a_share_too_small_to_print_is_not_told_as_none(planted):
    """One pixel of 33 x 33 is 0.1 %; of 300 x 300 it is less."""
    seen = planted([(0, 33)])
    seen.tree["inspection"]["logits"].values[0, 5, 0, 0] = 9
    computed = VIEW.compute(seen, starts(VIEW, seen))
    assert "5 bottle 0.1%" in computed.notes[0]
    computed.panels["segmentation"]["share"].values[5] = 1 / 300**2
    figure = VIEW.draw(computed, starts(VIEW, seen))
    assert list(legend(figure)) == ["0 background 99.9%", "5 bottle &lt;0.1%"]


def test_the_other_picture_is_the_probability_of_that_class(drawn, heat, bars, inspected):
    seen = inspected("eanet_r50")
    _, figure = drawn("segmentation", seen, shown="probability")
    logits = seen.logits.values[0].astype(float)
    odds = np.exp(logits - logits.max(axis=0))
    np.testing.assert_allclose(heat(figure)[0], (odds / odds.sum(0)).max(0), rtol=1e-5)
    assert bars(figure) == [(0, 1)]
    assert "0.0476 all alike" in figure.layout.coloraxis.colorbar.ticktext


def test_the_picture_is_of_the_chosen_image(drawn, pair):
    seen = pair("eanet_r50")
    for place in (0, 1):
        computed, _ = drawn("segmentation", seen, image=str(place))
        image = np.rint(computed.panels["image"]["image"].values * 255)
        np.testing.assert_array_equal(image, seen.pixels.values[place])
    assert not np.array_equal(*seen.pixels.values)


def test_a_saved_segmentation_draws_the_same_figure(drawn, inspected, tmp_path):
    seen = inspected("eanet_r50")
    back = load_inspection(seen.save(tmp_path / "seen.nc"))
    one, other = (drawn("segmentation", each)[1].to_json() for each in (seen, back))
    assert one == other


def test_only_one_of_two_views_of_predictions_applies(inspected):
    predictions = view_of("predictions")
    dense, single = inspected("eanet_r50"), inspected("dia_resnet")
    assert VIEW.applies(dense) is None
    assert predictions.applies(single) is None
    assert VIEW.applies(single).startswith("Needs a network that gives every pixel a class")
    assert predictions.applies(dense).startswith("Needs a network that gives the whole image one")


def test_logits_that_are_no_numbers_are_said(drawn, inspected, changed):
    def break_logits(tree):
        tree["inspection"]["logits"].values[0, 3, 4, 5] = np.nan

    broken = changed(inspected("eanet_r50"), break_logits)
    assert isinstance(broken, Inspection)
    with pytest.raises(NothingToDraw, match="returned values that are not numbers"):
        drawn("segmentation", broken)
