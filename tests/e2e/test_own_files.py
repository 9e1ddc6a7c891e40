"""Own pictures and weights in a browser: uploaded, pasted, and under the page's own policy."""

import base64
import io

import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from inspector.gallery import GALLERY
from inspector.zoo import load_model

pytestmark = pytest.mark.browser

PASTED = """(box, content) => {
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
  const clipboard = new DataTransfer();
  clipboard.items.add(new File([bytes], "image.png", {type: "image/png"}));
  const options = {clipboardData: clipboard, bubbles: true, cancelable: true};
  box.dispatchEvent(new ClipboardEvent("paste", options));
}"""


def png(colour):
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, "PNG")
    return file.getvalue()


def pictures(page):
    return page.get_by_role("radiogroup", name="Picture").get_by_role("radio")


@pytest.fixture
def page(app, browser):
    """The page, and in `complaints` what the browser's console says of it."""
    page = browser.open(f"{app.url}/?model=dia_resnet")
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    browser.rerun(page, lambda: page.reload(wait_until="domcontentloaded"))
    yield page
    assert page.complaints == []


def test_several_pictures_come_at_once_and_one_from_the_clipboard(browser, page):
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="Your own pictures")
    files = [
        {"name": f"{colour}.png", "mimeType": "image/png", "buffer": png(colour)}
        for colour in ("red", "green")
    ]
    picker = uploader.locator('input[type="file"]')
    browser.rerun(page, lambda: picker.set_input_files(files))
    expect(pictures(page)).to_have_count(len(GALLERY) + 2)
    page.get_by_text("Paste or photograph").click()
    form = page.get_by_test_id("stChatInput")
    box = form.locator("textarea")
    box.evaluate(PASTED, base64.b64encode(png("blue")).decode())
    # The file is named as soon as its upload begins, and Enter does nothing until it is over.
    expect(form.get_by_role("button", name="Send message")).to_be_enabled()
    browser.rerun(page, lambda: box.press("Enter"))
    expect(pictures(page)).to_have_count(len(GALLERY) + 3)
    expect(page.get_by_text("image.png, 60 by 40 pixels")).to_be_visible()
    assert "-image.png" in page.url


def test_uploaded_weights_are_looked_at_and_told(browser, page):
    file = io.BytesIO()
    weights = load_model("dia_resnet", seed=1, depth=20).module.state_dict()
    torch.save({"state_dict": weights}, file)
    page.get_by_text("Your own weights").click()
    content = {"name": "mine.pth", "mimeType": "application/zip", "buffer": file.getvalue()}
    browser.upload(page, "Weights", content)
    expect(page.get_by_text("with mine.pth")).to_be_visible()
    assert page.get_by_role("alert").filter(has_text="RANDOM WEIGHTS").count() == 0
    assert "weights=" in page.url
