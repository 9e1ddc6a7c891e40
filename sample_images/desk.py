"""A desk: the cluttered scene, some seventy things from above, many of them half covered."""

import numpy as np

from sample_images.drawing import (
    Canvas,
    Field,
    Points,
    blend,
    box,
    colour,
    disc,
    ellipse,
    polygon,
    stroke,
    turned,
    uniform,
    waves,
)
from sample_images.things import INK, PAPER, WHITE, shadow

BRIGHT = tuple(colour(c) for c in ("E2604A", "EFB03A", "2A9D8F", "7A5C8E", "4D7EA8", "D98FA3"))
BRASS, STEEL = colour("D4A64A"), colour("B9C2CC")


def clutter() -> Canvas:
    """A desk with papers, tools, a cup, leaves, coins, buttons and clips all over it."""
    canvas = Canvas.plain(640, 480, colour("C99F73"))
    _grain(canvas)
    _papers(canvas)
    _scatter(canvas, 30, seed=4)
    _tools(canvas)
    _plant(canvas.around(590 + 52j, 140), 590 + 52j)
    _cup(canvas.around(118 + 120j, 130), 118 + 120j)
    _scatter(canvas, 16, seed=9)
    return canvas


def _grain(canvas: Canvas) -> None:
    points = canvas.points
    for board in range(5):
        seam = np.abs(points.imag - 96 * board) - 0.8
        canvas.lay(seam, colour("8A6038"), opacity=0.6)
    bent = points.imag + 5 * np.sin(points.real / 90) + 3 * np.sin(points.real / 31 + 2)
    canvas.lay(waves(bent, 11) + 1.5, colour("A97B4D"), opacity=0.28, softness=3)


def _papers(canvas: Canvas) -> None:
    _sheet(canvas, 250 + 330j, 210 + 270j, -9)
    _sheet(canvas, 470 + 190j, 190 + 250j, 12)
    _notebook(canvas, 356 + 214j, -14)
    _phone(canvas.around(540 + 372j, 130), 540 + 372j, 17)
    _photo(canvas.around(70 + 330j, 100), 70 + 330j, -12, "F7B267", "4D7EA8")
    _photo(canvas.around(150 + 412j, 100), 150 + 412j, 9, "BFE3E6", "5B8768")
    for centre, degrees, paint in (
        (300 + 44j, 6, BRIGHT[1]), (352 + 58j, -8, BRIGHT[5]), (430 + 420j, -16, BRIGHT[2]),
    ):  # fmt: skip
        _sticky_note(canvas.around(centre, 70), centre, degrees, paint)


def _tools(canvas: Canvas) -> None:
    _ruler(canvas, 250 + 452j, -4)
    _spectacles(canvas.around(236 + 250j, 140), 236 + 250j, 24)
    _scissors(canvas.around(456 + 300j, 130), 456 + 300j, 38)
    for index, (centre, degrees) in enumerate((
        (226 + 96j, 62), (60 + 232j, 96), (330 + 380j, -28), (486 + 60j, 14), (598 + 214j, 80),
        (402 + 130j, 148),
    )):  # fmt: skip
        _pencil(canvas.around(centre, 110), centre, degrees, BRIGHT[index])


def _sheet(canvas: Canvas, centre: complex, size: complex, degrees: float) -> None:
    local = turned(canvas.points, centre, degrees)
    sheet = box(local, 0, size, corner=2)
    shadow(canvas, sheet)
    canvas.lay(sheet, colour("FAF7F0"))
    length = 0.38 * size.real * (0.75 + 0.25 * np.sin(7 * np.floor(local.imag / 14)))
    lines = np.maximum(waves(local.imag, 14) + 2.2, np.abs(local.real) - length)
    canvas.lay(np.maximum(lines, sheet + 20), colour("8A8F9C"))


def _notebook(canvas: Canvas, centre: complex, degrees: float) -> None:
    local = turned(canvas.points, centre, degrees)
    cover = box(local, 0, 150 + 200j, corner=8)
    shadow(canvas, cover, softness=22)
    canvas.lay(cover, blend(colour("2F5D73"), colour("234656"), local.real / 150 + 0.5))
    canvas.lay(box(local, 12 - 40j, 84 + 44j, corner=4), PAPER)
    for line in (-50, -36):
        canvas.lay(stroke(local, complex(-16, line), complex(40, line), 2.5), colour("8A8F9C"))
    canvas.lay(np.maximum(np.abs(local.real - 54) - 3, cover), colour("E2604A"))
    for hole in range(-84, 85, 14):
        canvas.lay(disc(local, complex(-62, hole), 3.4), INK)
        canvas.lay(stroke(local, complex(-80, hole), complex(-63, hole), 2.6), STEEL)


def _phone(canvas: Canvas, centre: complex, degrees: float) -> None:
    local = turned(canvas.points, centre, degrees)
    case = box(local, 0, 84 + 166j, corner=14)
    shadow(canvas, case)
    canvas.lay(case, colour("15181F"))
    screen = box(local, 0, 74 + 150j, corner=9)
    canvas.lay(screen, blend(colour("3B2F63"), colour("E2725B"), local.imag / 150 + 0.5))
    for index in range(8):
        place = complex(-24 + 16 * (index % 4), 24 + 20 * (index // 4))
        canvas.lay(box(local, place, 11 + 11j, corner=3), BRIGHT[index % 6])


def _photo(canvas: Canvas, centre: complex, degrees: float, sky: str, land: str) -> None:
    local = turned(canvas.points, centre, degrees)
    frame = box(local, 0, 92 + 108j, corner=2)
    shadow(canvas, frame)
    canvas.lay(frame, colour("FDFCF8"))
    view = box(local, -7j, 78 + 76j)
    canvas.lay(view, blend(colour(sky), WHITE, 0.5 - local.imag / 80))
    hill = 4 + 12 * np.sin(local.real / 14) - local.imag
    canvas.lay(np.maximum(view, hill), colour(land))
    canvas.lay(disc(local, 18 - 24j, 8), colour("FFF3D6"))


def _sticky_note(canvas: Canvas, centre: complex, degrees: float, paint: Field) -> None:
    local = turned(canvas.points, centre, degrees)
    note = box(local, 0, 58 + 58j)
    shadow(canvas, note)
    canvas.lay(note, blend(paint, WHITE, 0.25 + local.imag / 150))
    for line in (-14, -4, 6):
        canvas.lay(stroke(local, complex(-19, line), complex(17 - line, line), 2), 0.5 * paint)


def _ruler(canvas: Canvas, centre: complex, degrees: float) -> None:
    local = turned(canvas.points, centre, degrees)
    body = box(local, 0, 330 + 30j, corner=3)
    shadow(canvas, body)
    canvas.lay(body, colour("EBCB6B"))
    for index in range(65):
        long = 13 if index % 5 == 0 else 7
        start = complex(-160 + 5 * index, -15)
        canvas.lay(stroke(local, start, start + 1j * long, 1), INK)


def _spectacles(canvas: Canvas, centre: complex, degrees: float) -> None:
    local = turned(canvas.points, centre, degrees)
    for side in (-1, 1):
        lens = ellipse(local, 36 * side, 28, 23)
        canvas.lay(lens, WHITE, opacity=0.3)
        shadow(canvas, np.abs(lens) - 2, softness=9)
        canvas.lay(np.abs(lens) - 2.2, colour("3A2A20"))
        canvas.lay(stroke(local, complex(63 * side, -5), complex(74 * side, 66), 4.5), INK)
    canvas.lay(stroke(local, -9 - 5j, 9 - 5j, 4), colour("3A2A20"))


def _scissors(canvas: Canvas, centre: complex, degrees: float) -> None:
    for side in (-1, 1):
        local = turned(canvas.points, centre, degrees + 13 * side)
        blade = polygon(local, -6 - 2j, 0 - 86j, 6 - 2j, 4 + 14j, -4 + 14j)
        shadow(canvas, blade, softness=9)
        canvas.lay(blade, blend(colour("7E8995"), STEEL, 0.5 + side * local.real / 8))
        ring = np.abs(ellipse(local, complex(-4 * side, 42), 15, 24)) - 4
        shadow(canvas, ring, softness=9)
        canvas.lay(ring, BRIGHT[0])
    canvas.lay(disc(canvas.points, centre, 4), colour("6E7782"))


def _pencil(canvas: Canvas, centre: complex, degrees: float, paint: Field) -> None:
    local = turned(canvas.points, centre, degrees)
    whole = box(local, 6, 148 + 10j)
    shadow(canvas, whole, softness=9)
    canvas.lay(polygon(local, 56 - 5j, 80 + 0j, 56 + 5j), colour("E8C79B"))
    canvas.lay(polygon(local, 72 - 1.7j, 80 + 0j, 72 + 1.7j), paint)
    canvas.lay(box(local, 0, 114 + 10j), blend(paint, WHITE, 0.35 - np.abs(local.imag + 1.5) / 8))
    canvas.lay(box(local, -60, 8 + 10j), STEEL)
    canvas.lay(box(local, -67, 8 + 10j, corner=3), colour("E79AA0"))


def _cup(canvas: Canvas, centre: complex) -> None:
    local = canvas.points - centre
    shadow(canvas, disc(local, 6 + 8j, 74), softness=26)
    canvas.lay(disc(local, 0, 74), blend(WHITE, colour("CFD6DC"), np.abs(local + 40 + 40j) / 160))
    canvas.lay(np.abs(disc(local, 0, 58)) - 0.8, colour("B8C2CA"))
    handle = stroke(local, 30 + 30j, 58 + 58j, 15)
    shadow(canvas, np.minimum(handle, disc(local, 3 + 4j, 47)), softness=14)
    canvas.lay(handle, colour("C6503C"))
    canvas.lay(
        disc(local, 0, 46), blend(BRIGHT[0], colour("A63C2C"), np.abs(local + 30 + 30j) / 90)
    )
    canvas.lay(disc(local, 0, 39), blend(colour("3E2415"), colour("6B432A"), local.imag / 60 + 0.5))
    swirl = np.abs(local) - 5 * np.angle(local) * 1.6 - 18
    foam = np.maximum(np.abs(swirl) - 2.5, disc(local, 0, 33))
    canvas.lay(foam, colour("D9B48A"), opacity=0.75, softness=3)


def _plant(canvas: Canvas, centre: complex) -> None:
    local = canvas.points - centre
    shadow(canvas, disc(local, 5 + 6j, 46), softness=24)
    canvas.lay(disc(local, 0, 46), colour("D8CBB8"))
    canvas.lay(disc(local, 0, 38), colour("4A3526"))
    for index in range(13):
        leaf = turned(local, 0, 137.5 * index)
        size = 88 - 4 * index
        blade = ellipse(leaf, 0.5 * size, 0.5 * size, 0.17 * size)
        shadow(canvas, blade, softness=10)
        shade = blend(colour("2F7A55"), colour("8CC27A"), leaf.imag / (0.3 * size) + 0.5)
        canvas.lay(blade, shade)
        canvas.lay(stroke(leaf, 4 + 0j, complex(0.94 * size), 1.4), colour("CFE6B8"))


def _scatter(canvas: Canvas, count: int, *, seed: int) -> None:
    """Strew buttons, coins, clips and beads; the seed decides where."""
    things = (_button, _coin, _clip, _bead)
    for index, (across, down, spin) in enumerate(uniform(seed, count, 3)):
        centre = complex(20 + 600 * across, 16 + 448 * down)
        window = canvas.around(centre, 40)
        local = turned(window.points, centre, 360 * spin)
        things[index % 4](window, local, BRIGHT[index % 6])


def _button(canvas: Canvas, local: Points, paint: Field) -> None:
    shadow(canvas, disc(local, 0, 13), softness=9)
    canvas.lay(disc(local, 0, 13), paint)
    canvas.lay(np.abs(disc(local, 0, 9.5)) - 0.7, 0.7 * paint)
    for hole in (3 + 3j, 3 - 3j, -3 + 3j, -3 - 3j):
        canvas.lay(disc(local, hole, 1.6), 0.35 * paint)


def _coin(canvas: Canvas, local: Points, _paint: Field) -> None:
    shadow(canvas, disc(local, 0, 15), softness=9)
    canvas.lay(disc(local, 0, 15), blend(BRASS, colour("8F6A22"), local.real / 40 + 0.4))
    canvas.lay(np.abs(disc(local, 0, 12)) - 0.7, colour("F0D48A"))
    canvas.lay(box(local, 0, 9 + 9j, corner=2, degrees=45), colour("F0D48A"))


def _clip(canvas: Canvas, local: Points, paint: Field) -> None:
    for centre, size in ((0j, 44 + 14j), (3 + 0j, 30 + 8j)):
        loop = np.abs(box(local, centre, size, corner=size.imag / 2)) - 1.1
        shadow(canvas, loop, softness=6)
        canvas.lay(loop, paint)


def _bead(canvas: Canvas, local: Points, paint: Field) -> None:
    shadow(canvas, disc(local, 0, 8), softness=9)
    canvas.lay(disc(local, 0, 8), blend(paint, 0.5 * paint, np.abs(local) / 10 - 0.2))
    canvas.lay(disc(local, -3 - 3j, 2), WHITE, opacity=0.8, softness=2)
