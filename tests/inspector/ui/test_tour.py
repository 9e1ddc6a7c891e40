"""The tour: step by step, closed for the session, and begun again from the sidebar."""

from inspector.ui.tour import STEPS


def heading(page):
    found = [said.value for said in page.sidebar.markdown if "How to read" in said.value]
    return found[0] if found else None


def test_it_goes_through_its_steps_and_back(page):
    shown = page(model="dia_resnet")
    for place, (title, told) in enumerate(STEPS, start=1):
        assert heading(shown) == f"**How to read this page, {place} of {len(STEPS)}: {title}**"
        assert told in [said.value for said in shown.sidebar.caption]
        if place < len(STEPS):
            shown.get_by_key("tour-next").click().run()
    assert shown.get_by_key("tour-next").disabled
    shown.get_by_key("tour-back").click().run()
    assert STEPS[-2][0] in heading(shown)


def test_it_stays_closed_until_it_is_asked_for(page):
    shown = page(model="dia_resnet")
    shown.get_by_key("tour-close").click().run()
    shown.get_by_key("picture").set_value("coffee").run()
    assert heading(shown) is None
    (again,) = [button for button in shown.sidebar.button if "How to read" in button.label]
    again.click().run()
    assert STEPS[0][0] in heading(shown)
