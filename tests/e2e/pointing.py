"""Pointing at a figure in the browser: where its cells lie on the page."""

from playwright.sync_api import Locator


def cell(figure: Locator, panel: int, place: tuple[int, int], shape: tuple[int, int]) -> tuple:
    """Where on the page, scrolled to it, the middle of a cell of a heat map lies."""
    image = figure.locator("..").locator(".heatmaplayer .hm image").nth(panel)
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    (row, column), (rows, columns) = place, shape
    x = box["x"] + (column + 0.5) / columns * box["width"]
    return x, box["y"] + (row + 0.5) / rows * box["height"]
