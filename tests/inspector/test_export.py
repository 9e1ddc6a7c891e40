"""Exports are opened again with other tools, and what they say is compared with what went in."""

import io
import re
import stat
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr
from PIL import Image

from inspector import export, renderer
from inspector.export import ExportUnavailable, arrays_bytes, figure_bytes, html_page, save
from inspector.figures import Scale, caption, heatmap


@pytest.fixture(scope="module")
def values():
    return xr.DataArray(
        np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
        dims=["layer", "channel"],
        coords={"layer": [f"layer1.{i}" for i in range(3)]},
        attrs={"long_name": "gate"},
    )


@pytest.fixture(scope="module")
def figure(values):
    drawn = heatmap({"layer1": values}, x="channel", y="layer", scale=Scale.unit("gate of DIA"))
    return caption(drawn, ["model dia_resnet, sha256 1234"], warning="RANDOM WEIGHTS")


@pytest.fixture(scope="module", autouse=True)
def _browser_ends_with_the_tests():
    yield
    renderer.RENDERER.close()


# --- pictures ---------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("scale", [1, 2])
def test_a_png_has_the_size_of_the_layout(figure, scale):
    picture = Image.open(io.BytesIO(figure_bytes(figure, "png", scale=scale)))
    picture.load()
    assert picture.size == (scale * figure.layout.width, scale * figure.layout.height)


@pytest.mark.browser
def test_pixels_of_a_png_are_the_colours_of_the_values():
    """Looked up in viridis as matplotlib publishes it, at 0, 0.25, 0.5, 0.75 and 1."""
    viridis = [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)]
    shares = np.array([0, 1, 2, 3, 4, 4, 3, 2, 1, 0, np.nan, 2]).reshape(3, 4) / 4
    values = xr.DataArray(shares, dims=["layer", "channel"])
    drawn = heatmap(values, x="channel", y="layer", scale=Scale.unit("gate"))
    picture = Image.open(io.BytesIO(figure_bytes(drawn, "png", scale=1))).convert("RGB")
    margin = drawn.layout.margin
    width = (drawn.layout.width - margin.l - margin.r) / 4
    height = (drawn.layout.height - margin.t - margin.b) / 3
    for row, column in np.ndindex(3, 4):
        at = (int(margin.l + (column + 0.3) * width), int(margin.t + (row + 0.3) * height))
        share = shares[row, column]
        expected = (198, 198, 198) if np.isnan(share) else viridis[int(4 * share)]
        np.testing.assert_allclose(picture.getpixel(at), expected, atol=3)


@pytest.mark.browser
def test_the_text_of_an_svg_stays_text(figure):
    root = ElementTree.fromstring(figure_bytes(figure, "svg"))
    texts = {"".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")}
    for expected in ("layer", "channel", "gate of DIA", "RANDOM WEIGHTS", "layer1", "0.25"):
        assert expected in texts
    assert any("sha256 1234" in text for text in texts)


@pytest.mark.browser
def test_the_same_figure_makes_the_same_svg_and_no_two_names_in_it_meet(values):
    """Plotly draws names at random: of the figure, and of each trace of points."""
    holed = values.where(values < 0.9)  # absent cells have an entry of points in the legend
    drawn = heatmap({"layer1": holed}, x="channel", y="layer").checked
    drawn.add_scatter(x=["0", "1"], y=[1, 2])
    first, second = (figure_bytes(drawn, "svg") for _ in range(2))
    assert first == second
    traces = re.findall(rb'class="trace [a-z]+ trace([0-9a-f]{6})"', first)
    assert len(set(traces)) == len(traces) >= 2
    other = figure_bytes(go.Figure(go.Scatter(y=[1])), "svg")
    assert not {*traces} & {*re.findall(rb"trace([0-9a-f]{6})", other)}


@pytest.mark.browser
def test_a_pdf_is_a_pdf(figure):
    content = figure_bytes(figure, "pdf")
    assert content.startswith(b"%PDF")
    assert b"/Font" in content  # letters, not drawn outlines


@pytest.mark.browser
def test_dark_and_light_differ_only_in_paper_and_text(figure):
    corners = [
        Image.open(io.BytesIO(figure_bytes(figure, "png", scale=1, dark=dark)))
        .convert("RGB")
        .getpixel((2, figure.layout.height - 2))
        for dark in (False, True)
    ]
    assert corners == [(255, 255, 255), (14, 17, 23)]


def test_without_a_browser_the_message_says_what_to_do_and_html_still_works(
    figure, monkeypatch, tmp_path
):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nowhere"))
    monkeypatch.setattr(export, "RENDERER", renderer.Renderer())
    with pytest.raises(ExportUnavailable, match=r"Install Chromium .* HTML pages .* without it"):
        figure_bytes(figure, "png")
    with pytest.raises(ExportUnavailable):
        save(figure, tmp_path / "figure.svg")
    assert list(tmp_path.iterdir()) == []
    assert figure_bytes(figure, "html").startswith(b"<!doctype html>")


# --- pages ------------------------------------------------------------------------------------


def test_a_page_loads_nothing_and_offers_no_upload(figure):
    page = figure_bytes(figure, "html", title="Gates <1>").decode()
    assert "<title>Gates &lt;1&gt;</title>" in page
    tags = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*>", page)
    assert tags
    assert not [tag for tag in tags if re.search(r"(?:src|href)\s*=", tag)]
    assert '"showSendToCloud": false' in page
    assert "plotlyServerURL" not in page.rsplit("Plotly.newPlot", 1)[1]


def test_a_page_of_several_figures_holds_the_library_once(figure):
    one = len(html_page({"a": figure}))
    two = html_page({"a": figure, "b <c>": figure})
    assert len(two) - one < 100_000
    assert b"<h2>b &lt;c&gt;</h2>" in two


@pytest.mark.browser
def test_a_page_opens_with_the_network_off(figure, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    path = save(figure, tmp_path / "figure.html", title="Gates")
    asked = []
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=renderer._path(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector(".main-svg")
        page.hover(".js-plotly-plot")
        buttons = [b.get_attribute("data-title") for b in page.locator(".modebar-btn").all()]
        browser.close()
    assert asked == [path.as_uri()]
    assert buttons
    assert not [
        title for title in buttons if re.search("share|cloud|studio|plotly", title or "", re.I)
    ]


# --- arrays -----------------------------------------------------------------------------------


def reopened(content, opener=xr.open_dataset):
    return opener(io.BytesIO(content), engine="h5netcdf").load()


def test_arrays_come_back_with_labels_and_attributes(values):
    data = xr.Dataset({"gate": values, "on": ("layer", [True, False, True])})
    back = reopened(arrays_bytes(data))
    xr.testing.assert_identical(back, data)


def test_large_arrays_are_compressed_without_loss():
    ramp = np.linspace(0, 1, 2**19, dtype=np.float32).reshape(512, 1024)
    tree = xr.DataTree.from_dict({"/inspection": xr.Dataset({"logits": (("y", "x"), ramp)})})
    content = arrays_bytes(tree)
    assert len(content) < 0.7 * ramp.nbytes
    back = xr.load_datatree(io.BytesIO(content), engine="h5netcdf")
    assert np.array_equal(back["inspection"]["logits"].values, ramp)
    assert back["inspection"]["logits"].dtype == np.float32


def test_a_single_array_needs_no_name(values):
    back = reopened(arrays_bytes(values))
    xr.testing.assert_identical(back["values"], values.rename("values"))


def test_a_tree_comes_back_node_by_node_with_the_attributes_of_empty_nodes(values):
    leaf = xr.Dataset({"gate": values}, attrs={"chain": "layer1", "depth": 3})
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs={"error": 1e-7}), "/dia/layer1.0": leaf})
    xr.testing.assert_identical(reopened(arrays_bytes(tree), xr.open_datatree), tree)


def test_attributes_that_netcdf_does_not_know_become_ones_that_it_does(values):
    attrs = {
        "flag": True,
        "none": None,
        "grid": (7, 7),
        "names": ("a", "b"),
        "mixed": [1, "a"],
        "empty": [],
        "nested": {"size": [1, 2], "path": Path("a")},
    }
    data = values.astype(np.float16).assign_attrs(attrs)
    tree = xr.DataTree.from_dict(
        {"/": xr.Dataset(attrs={"flag": False}), "/a": data.to_dataset(name="v")}
    )
    back = reopened(arrays_bytes(tree), xr.open_datatree)
    found = dict(back["a/v"].attrs)
    assert back.attrs == {"flag": 0}
    assert found.pop("grid").tolist() == [7, 7]
    assert found == {
        "long_name": "gate",
        "flag": 1,
        "names": ["a", "b"],
        "mixed": '[1, "a"]',
        "empty": "[]",
        "nested": '{"size": [1, 2], "path": "a"}',
    }
    assert back["a/v"].dtype == np.float32
    np.testing.assert_array_equal(back["a/v"], values.astype(np.float16))
    assert data.attrs == values.attrs | attrs  # what was given stays as it was


# --- files ------------------------------------------------------------------------------------


def test_the_ending_decides_and_an_unknown_one_is_explained(figure, values, tmp_path):
    assert save(values, tmp_path / "a.NC").read_bytes().startswith(b"\x89HDF")
    assert save(figure, str(tmp_path / "a.html")).read_bytes().startswith(b"<!doctype")
    with pytest.raises(
        ValueError, match=r"figure to be saved as \.png, .* or \.html; got 'a\.gif'"
    ):
        save(figure, tmp_path / "a.gif")
    with pytest.raises(ValueError, match=r"arrays to be saved as \.nc; got 'a\.png'"):
        save(values, tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"expected a figure as .*; got 'gif'"):
        figure_bytes(figure, "gif")


def test_an_existing_file_is_kept_unless_forced(values, tmp_path):
    path = tmp_path / "a.nc"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"a\.nc' exists: choose another name, or overwrite"):
        save(values, path)
    assert path.read_text() == "mine"
    save(values, path, force=True)
    xr.testing.assert_identical(reopened(path.read_bytes())["values"], values.rename("values"))


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path):
    path = tmp_path / "a.bin"
    path.write_text("mine")
    with pytest.raises(TypeError):
        export.write_atomically(path, "not bytes", force=True)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.bin", "mine")]


def test_a_saved_file_may_be_read_by_whoever_reads_its_neighbours(values, tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    saved = save(values, tmp_path / "a.nc")
    assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_a_figure_from_elsewhere_is_exported_too():
    assert b"newPlot" in figure_bytes(go.Figure(go.Bar(y=[1, 2])), "html")
