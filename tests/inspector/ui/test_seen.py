"""What was seen: classes with their shares, and a click that asks what speaks for one."""

import re

import numpy as np

from inspector.ui.wording import plain


def classes(page):
    return [button for button in page.main.button if (button.key or "").startswith("class-")]


def shares(page):
    bodies = (node.proto.body for node in page.get("html"))
    return [
        float(found[1]) for found in (re.search(r"([\d.]+)%</p>", text) for text in bodies) if found
    ]


def test_the_likeliest_classes_stand_with_their_probabilities(page, inspected):
    shown = page(model="dia_resnet")
    logits = _logits(shown)
    softmax = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    order = np.argsort(-softmax)[:5]
    assert [int(button.key.removeprefix("class-")) for button in classes(shown)] == list(order)
    np.testing.assert_allclose(shares(shown), 100 * softmax[order], atol=0.051)


def _logits(shown):
    from inspector.gallery import GALLERY  # noqa: PLC0415
    from inspector.ui import doors  # noqa: PLC0415
    from inspector.ui.subject import Subject  # noqa: PLC0415

    return doors.inspection(Subject("dia_resnet", (GALLERY[0].load(),))).logits.values[0]


def test_a_click_on_a_class_asks_what_speaks_for_it(page):
    shown = page(model="dia_resnet")
    third = classes(shown)[2]
    third.click().run()
    assert shown.session_state["view"] == "attribution"
    (box,) = [box for box in shown.main.selectbox if box.label == "Class"]
    assert f"class-{box.value}" == third.key
    assert plain(box.format_func(box.value)) == third.label


def test_a_changed_network_cannot_be_asked(page):
    shown = page(model="dia_resnet", do="dia~layer1.ModuleList.0~channel~*~cut~of~gate")
    assert not shown.exception
    assert all(button.disabled for button in classes(shown))
