"""A scene: a picture of things, which an attention map may find, miss or mistake."""

import numpy as np

from sample_images.drawing import Canvas, Field, blend, colour, disc, uniform
from sample_images.things import (
    ball,
    balloon,
    cat,
    cloud,
    cone,
    cylinder,
    fence,
    fish,
    ladybird,
    sail,
)


def small_object() -> Canvas:
    """One ladybird on a wide plain ground."""
    canvas = _falling(640, 448, "CFE3BA", "AECB97", 448)
    ladybird(canvas.around(446 + 168j, 70), 446 + 168j, 23, 32)
    return canvas


def still_life() -> Canvas:
    """Solids of several sizes on a table."""
    canvas = _falling(640, 448, "EFE6D6", "D3C0A4", 300)
    down = canvas.points.imag
    canvas.lay(292 - down, blend(colour("B58A63"), colour("DDB68C"), (down - 292) / 156))
    cylinder(canvas, 470 + 168j, 54, 150, colour("4D7EA8"))
    ball(canvas, 196 + 236j, 104, colour("D9593F"))
    cone(canvas, 352 + 344j, 58, 146, colour("3F9C8B"))
    ball(canvas, 562 + 334j, 44, colour("EDB33D"))
    ball(canvas, 78 + 358j, 30, colour("7A5C8E"))
    ball(canvas, 446 + 384j, 20, colour("F2EBDD"))
    ball(canvas, 262 + 398j, 12, colour("33507A"))
    return canvas


def balloons() -> Canvas:
    """One thing in five sizes: hot-air balloons above hills."""
    canvas = _falling(512, 640, "6FA8D6", "F7E3C3", 520)
    for place, width in ((92 + 92j, 96), (398 + 372j, 110), (62 + 330j, 64), (432 + 72j, 74)):
        cloud(canvas, place, width)
    hills = ((512, 22, 0.4, "A9BFA0"), (550, 26, 2.2, "7FA383"), (592, 18, 4.4, "5B8768"))
    for height, swing, phase, code in hills:
        ridge = height + swing * np.sin(canvas.points.real / 78 + phase)
        canvas.lay(ridge - canvas.points.imag, colour(code))
    balloon(canvas, 322 + 446j, 17, "7A5C8E", "F4C77B")
    balloon(canvas, 104 + 412j, 28, "2A9D8F", "FBF6EC")
    balloon(canvas, 434 + 226j, 42, "EFB03A", "B8503C")
    balloon(canvas, 58 + 206j, 12, "D9593F", "FBF6EC")
    balloon(canvas, 238 + 188j, 108, "D9593F", "FBE8CF")
    return canvas


def horizon() -> Canvas:
    """A lake at dusk: sky, three ranges, water and one boat."""
    canvas = _falling(640, 427, "34507F", "C98A9B", 170)
    points = canvas.points
    canvas.rgb = blend(canvas.rgb, colour("FBC07A"), (points.imag - 110) / 110)
    glow = np.exp(-np.abs(points - 366 - 170j) / 70)
    canvas.rgb = blend(canvas.rgb, colour("FFE6B5"), 0.9 * glow)
    canvas.lay(disc(points, 366 + 170j, 27), colour("FFF6DF"))
    ranges = ((172, 70, 3, "A7849F"), (204, 56, 8, "6C6490"), (232, 36, 21, "3E466C"))
    for peak, reach, seed, code in ranges:
        canvas.lay(_skyline(canvas, peak, reach, seed), colour(code))
    _flood(canvas, 256)
    sail(canvas, 190 + 306j, 92)
    return canvas


def odd_one_out() -> Canvas:
    """Thirty-five fish, one of which is red and swims the other way."""
    canvas = _falling(640, 480, "C9E8EA", "7FBFCB", 480)
    jitter = 16 * (uniform(5, 35, 2) - 0.5)
    for index, (across, down) in enumerate(jitter):
        centre = complex(74 + 82 * (index % 7) + across, 60 + 88 * (index // 7) + down)
        odd = index == 26
        fish(
            canvas.around(centre, 60),
            centre,
            colour("E2604A" if odd else "2F6F8F"),
            facing=-1 if odd else 1,
        )
    return canvas


def hidden_cat() -> Canvas:
    """A cat behind a fence: one thing in several pieces."""
    canvas = _falling(448, 576, "BFD9E8", "EDF3E6", 420)
    bushes = ((20, 110, "8DB58A"), (140, 80, "A3C59A"), (330, 96, "8DB58A"), (440, 90, "A3C59A"))
    for across, size, code in bushes:
        canvas.lay(disc(canvas.points, across + 400j, size), colour(code))
    canvas.lay(430 - canvas.points.imag, colour("7FA66F"))
    cat(canvas, 224 + 236j)
    fence(canvas, 236)
    return canvas


def _falling(width: int, height: int, top: str, bottom: str, reach: float) -> Canvas:
    """Return a canvas whose colour changes from the top to `reach` pixels below it."""
    canvas = Canvas.plain(width, height, colour(top))
    canvas.rgb = blend(canvas.rgb, colour(bottom), canvas.points.imag / reach)
    return canvas


def _skyline(canvas: Canvas, middle: float, reach: float, seed: int) -> Field:
    """Return the distance to a mountain range that rises and falls by about half its reach."""
    across = canvas.points.real
    phases = 6.3 * uniform(seed, 6)
    folds = [np.abs(np.sin(across * 1.8**k / 190 + p)) / 1.8**k for k, p in enumerate(phases)]
    return middle + reach * (np.sum(folds, axis=0) - 1.4) - canvas.points.imag


def _flood(canvas: Canvas, shore: int) -> None:
    """Mirror the canvas below the shore, rippled and darkened."""
    depth, across = np.indices(canvas.rgb[shore:].shape[:2])
    ripple = np.sin(0.9 * depth**0.9 + 1.5 * np.sin(across / 37)) * (1 + depth / 34)
    rows = np.clip(shore - 1 - depth + np.round(ripple), 0, shore - 1).astype(int)
    columns = np.clip(across + np.round(2 * ripple), 0, across.max()).astype(int)
    dusk = 0.16 + 0.36 * depth / depth.max()
    canvas.rgb[shore:] = blend(canvas.rgb[rows, columns], colour("2B3F6B"), dusk)
    canvas.lay(np.abs(canvas.points.imag - shore) - 0.6, colour("C9B3C4"), opacity=0.55)
