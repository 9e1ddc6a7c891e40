"""A pattern: a picture of repeated or shapeless matter, in which no one thing stands out."""

import numpy as np

from sample_images.drawing import (
    Canvas,
    Field,
    Points,
    blend,
    box,
    clouds,
    colour,
    disc,
    turned,
    waves,
)

PAPER, INK = colour("F6F1E7"), colour("22304A")
CORAL, MUSTARD, TEAL, PLUM = (colour(code) for code in ("E2604A", "EFB03A", "2A9D8F", "7A5C8E"))


def blank() -> Canvas:
    """One mid grey."""
    return Canvas.plain(512, 512, colour("808080"))


def soft_lights() -> Canvas:
    """Coloured light without an edge."""
    canvas = Canvas.plain(512, 512, colour("1E2A4F"))
    lights = (
        (110 + 120j, 330, "3F6FB5"),
        (420 + 90j, 300, "7B5EA7"),
        (380 + 400j, 360, "E2725B"),
        (130 + 430j, 300, "2A9D8F"),
        (300 + 250j, 220, "F4C77B"),
    )
    for centre, reach, code in lights:
        near = np.exp(-4 * (np.abs(canvas.points - centre) / reach) ** 2)
        canvas.rgb = blend(canvas.rgb, colour(code), 0.85 * near)
    return canvas


def stripes() -> Canvas:
    """Twelve gratings: four directions across, three frequencies down."""
    canvas = Canvas.plain(640, 488, PAPER)
    for column, ink in enumerate((CORAL, MUSTARD, TEAL, PLUM)):
        for row, period in enumerate((32, 16, 8)):
            centre = complex(92 + 152 * column, 92 + 152 * row)
            tile = box(canvas.points, centre, 136 + 136j, corner=18)
            lines = waves(turned(canvas.points, centre, 45 * column).imag, period)
            canvas.lay(tile, 0.78 * PAPER + 0.22 * ink)
            canvas.lay(np.maximum(tile, lines), ink)
    return canvas


def textures() -> Canvas:
    """Six materials side by side."""
    canvas = Canvas.plain(640, 432, PAPER)
    for index, material in enumerate((_checks, _dots, _ripples, _bricks, _grain, _scales)):
        centre = complex(111 + 209 * (index % 3), 112 + 208 * (index // 3))
        tile = box(canvas.points, centre, 196 + 194j, corner=18)
        canvas.lay(tile, material(canvas.points - centre))
    return canvas


def _checks(local: Points) -> Field:
    across, down = waves(local.real, 56), waves(local.imag, 56)
    unlike = np.where(across * down < 0, -1, 1) * np.minimum(np.abs(across), np.abs(down))
    return blend(INK, PAPER, 0.5 + unlike)


def _dots(local: Points) -> Field:
    nearest = 28 * (np.round(local.real / 28) + 1j * np.round(local.imag / 28))
    return blend(colour("FBE3D6"), CORAL, 0.5 - disc(local, nearest, 8))


def _ripples(local: Points) -> Field:
    bent = local.imag + 9 * np.sin(local.real / 13)
    return blend(colour("CFE8E3"), TEAL, 0.5 - waves(bent, 24))


def _bricks(local: Points) -> Field:
    row = np.floor(local.imag / 26)
    shifted = local.real + 27 * (row % 2)
    tone = (7 * row + 5 * np.floor(shifted / 54)) % 11 / 11
    mortar = np.minimum(_to_line(shifted, 54), _to_line(local.imag, 26)) - 1.8
    return blend(colour("E9DCCB"), blend(colour("A94B36"), colour("CF7A5A"), tone), mortar + 0.5)


def _to_line(coordinate: Field, period: float) -> Field:
    return np.abs(coordinate - period * np.round(coordinate / period))


def _grain(local: Points) -> Field:
    return blend(colour("4B3B63"), colour("D9C9E8"), np.floor(8 * clouds(local, 3, seed=11)) / 7)


def _scales(local: Points) -> Field:
    paint = np.ones((*local.shape, 3)) * MUSTARD
    for row in range(-8, 9):
        shift = 16 * (row % 2)
        middle = 32 * np.round((local.real - shift) / 32) + shift + 16j * row
        scale = disc(local, middle, 17)
        fill = blend(colour("F8DE9B"), MUSTARD, 0.5 - (local - middle).imag / 30)
        rimmed = blend(fill, colour("9A6A14"), 1.4 - np.abs(scale + 1))
        paint = blend(paint, rimmed, 0.5 - scale)
    return paint
