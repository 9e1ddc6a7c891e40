"""A thing: a drawing of one object, laid on a canvas wherever it is wanted."""

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
    waves,
)

INK, PAPER, WHITE = colour("22304A"), colour("FBF6EC"), colour("FFFFFF")


def shadow(canvas: Canvas, shape: Field, *, opacity: float = 0.28, softness: float = 16) -> None:
    """Darken the surroundings of a shape."""
    canvas.lay(shape, colour("1B2238"), opacity=opacity, softness=softness)


def ball(canvas: Canvas, centre: complex, radius: float, paint: Field) -> None:
    """A ball lit from the upper left, on a table seen from the front."""
    points = canvas.points
    ground = ellipse(points, centre + radius * (0.42 + 0.93j), 1.05 * radius, 0.2 * radius)
    shadow(canvas, ground, opacity=0.34, softness=0.34 * radius + 2)
    lit = np.abs(points - centre + radius * (0.38 + 0.42j)) / (1.45 * radius)
    body = blend(blend(paint, WHITE, 0.45 - 0.9 * lit), 0.42 * paint, (lit - 0.35) * 1.25)
    canvas.lay(disc(points, centre, radius), body)
    glint = ellipse(points, centre - radius * (0.4 + 0.46j), 0.2 * radius, 0.12 * radius, -42)
    canvas.lay(glint, WHITE, opacity=0.75, softness=0.12 * radius + 1)


def cylinder(canvas: Canvas, top: complex, radius: float, height: float, paint: Field) -> None:
    """A standing cylinder; `top` is the middle of its upper face."""
    points, flat = canvas.points, 0.26 * radius
    foot = top + 1j * height
    shadow(canvas, ellipse(points, foot + 0.5 * radius, 1.3 * radius, flat), softness=20)
    side = np.minimum(
        box(points, (top + foot) / 2, complex(2 * radius, height)),
        ellipse(points, foot, radius, flat),
    )
    across = (points - top).real / radius
    canvas.lay(side, blend(blend(paint, WHITE, 0.3 - np.abs(across + 0.4)), 0.45 * paint, across))
    canvas.lay(ellipse(points, top, radius, flat), blend(paint, WHITE, 0.45 - 0.1 * across))


def cone(canvas: Canvas, foot: complex, radius: float, height: float, paint: Field) -> None:
    """A standing cone; `foot` is the middle of its base."""
    points, flat = canvas.points, 0.26 * radius
    shadow(canvas, ellipse(points, foot + 0.5 * radius, 1.3 * radius, flat), softness=20)
    mantle = polygon(points, foot - 1j * height, foot + radius, foot - radius)
    shape = np.minimum(mantle, ellipse(points, foot, radius, flat))
    across = (points - foot).real / np.maximum((points - foot).imag + height, 1) * height / radius
    shade = blend(blend(paint, WHITE, 0.3 - np.abs(across + 0.4)), 0.45 * paint, across)
    canvas.lay(shape, shade)


def ladybird(canvas: Canvas, centre: complex, radius: float, degrees: float) -> None:
    """A ladybird from above; at 0 degrees its head is at the top."""
    local = turned(canvas.points, centre, degrees)
    shadow(canvas, disc(local, 4 + 5j, radius), softness=0.6 * radius)
    local = local / radius * 24
    for side in (-1, 1):
        for height in (-10, 2, 13):
            knee = complex(28 * side, 1.7 * height - 2)
            canvas.lay(stroke(local, complex(12 * side, height), knee, 2.4), INK)
        canvas.lay(stroke(local, -26j, complex(8 * side, -36), 1.6), INK)
    canvas.lay(disc(local, -20j, 11), INK)
    wings = ellipse(local, 1j, 22, 24)
    canvas.lay(wings, blend(colour("E8503A"), colour("9E2B25"), np.abs(local + 8 + 9j) / 38))
    for spot, size in ((-11 - 7j, 4.4), (11 - 7j, 4.4), (-12 + 8j, 4), (12 + 8j, 4), (-14j, 4.6)):
        canvas.lay(np.maximum(disc(local, spot, size), wings), INK)
    canvas.lay(np.maximum(np.abs(local.real) - 0.8, wings), INK)
    for side in (-1, 1):
        canvas.lay(disc(local, complex(6 * side, -23), 2.6), WHITE)
    canvas.lay(ellipse(local, -9 - 11j, 5, 2.6, -38), WHITE, opacity=0.55, softness=3)


def fish(canvas: Canvas, centre: complex, paint: Field, *, facing: int) -> None:
    """A fish of 60 by 40 pixels, facing right (1) or left (-1)."""
    local = canvas.points - centre
    local = facing * local.real + 1j * local.imag
    pale = blend(paint, PAPER, np.full(local.shape, 0.25))
    shadow(canvas, ellipse(local, 30j, 26, 5), opacity=0.14, softness=12)
    canvas.lay(polygon(local, -36 - 15j, -14 + 0j, -36 + 15j, -29 + 0j), pale)
    canvas.lay(polygon(local, -36 - 15j, -14 + 0j, -29 + 0j), pale)
    canvas.lay(polygon(local, -36 + 15j, -29 + 0j, -14 + 0j), pale)
    canvas.lay(polygon(local, -8 - 11j, 0 - 23j, 14 - 10j), pale)
    body = ellipse(local, 2 + 0j, 26, 15)
    canvas.lay(body, blend(paint, PAPER, (local.imag - 1) / 22))
    stripes = np.maximum(waves(local.real + 5.5, 13) + 1, np.abs(local.real + 3) - 14)
    canvas.lay(np.maximum(body, stripes), 0.8 * paint, opacity=0.7)
    canvas.lay(disc(local, 17 - 4j, 4.4), WHITE)
    canvas.lay(disc(local, 18 - 4j, 2.4), INK)


def cloud(canvas: Canvas, centre: complex, width: float) -> None:
    """A flat-bottomed cloud."""
    local = (canvas.points - centre) / width * 100
    puffs = [disc(local, place, size) for place, size in
             ((-26 + 2j, 20), (4 - 9j, 27), (32 + 3j, 18))]  # fmt: skip
    base = box(local, 3 + 13j, 112 + 18j, corner=9)
    shape = np.maximum(np.min([*puffs, base], axis=0), local.imag - 22) * width / 100
    canvas.lay(shape, WHITE, opacity=0.86, softness=2.5)


def balloon(canvas: Canvas, centre: complex, radius: float, first: str, second: str) -> None:
    """A hot-air balloon of two colours; `centre` is that of its round part."""
    local = (canvas.points - centre) / radius
    neck = 1.5
    wide = 0.94 - 0.76 * np.clip((local.imag - 0.34) / (neck - 0.34), 0, 1)
    half = np.where(local.imag < 0.34, np.sqrt(np.clip(1 - local.imag**2, 1e-6, None)), wide)
    cone = polygon(local, -0.94 + 0.34j, 0.94 + 0.34j, complex(0.18, neck), complex(-0.18, neck))
    shape = radius * np.minimum(disc(local, 0, 1), cone)
    angle = np.arcsin(np.clip(local.real / half, -1, 1))
    gores = waves(angle + np.pi / 16, np.pi / 4) * half * np.cos(angle) * radius
    body = blend(colour(first), colour(second), 0.5 - gores)
    lit = np.abs(local + 0.4 + 0.45j)
    for corner in (-1, 1):
        rope = stroke(local, complex(0.17 * corner, neck), complex(0.12 * corner, 1.86), 0)
        canvas.lay(radius * rope - max(0.5, 0.012 * radius), INK)
    canvas.lay(shape, blend(blend(body, WHITE, 0.28 - 0.4 * lit), 0.45 * body, (lit - 0.7) * 0.62))
    basket = radius * box(local, 1.98j, 0.3 + 0.26j, corner=0.05)
    canvas.lay(basket, blend(colour("9A6B3F"), colour("5F3E22"), (local.real + 0.15) / 0.3))


def sail(canvas: Canvas, foot: complex, height: float) -> None:
    """A sailing boat and its reflection; `foot` is where the mast meets the hull."""
    for upright, opacity in ((-0.55, 0.3), (1.0, 1.0)):
        local = canvas.points - foot - 9j
        local = (local.real + 1j * local.imag / upright) / height * 100 + 9j
        hull = polygon(local, -46 + 2j, 52 + 2j, 36 + 18j, -34 + 18j)
        canvas.lay(stroke(local, 0j, -104j, 2.4), INK, opacity=opacity)
        canvas.lay(polygon(local, 4 - 102j, 46 - 6j, 4 - 6j), colour("FFF4DF"), opacity=opacity)
        canvas.lay(polygon(local, -4 - 92j, -4 - 6j, -38 - 6j), colour("F2C9A0"), opacity=opacity)
        canvas.lay(hull, colour("7A2E2A"), opacity=opacity)


def cat(canvas: Canvas, centre: complex) -> None:
    """A sitting cat of about 240 by 330 pixels; `centre` is that of its face."""
    local = canvas.points - centre
    fur, dark, pale = colour("D98E4A"), colour("A85F2A"), colour("F8E6CF")
    canvas.lay(stroke(local, 90 + 240j, 150 + 150j, 34), dark)
    body = ellipse(local, 170j, 98, 140)
    canvas.lay(body, blend(fur, dark, (local.imag - 60) / 260))
    canvas.lay(np.maximum(body, waves(local.imag + np.abs(local.real) / 3, 44) + 5), dark)
    canvas.lay(ellipse(local, 170j, 46, 110), pale, softness=14)
    for side in (-1, 1):
        mirrored = side * local.real + 1j * local.imag
        canvas.lay(polygon(mirrored, 30 - 66j, 84 - 130j, 100 - 24j), fur)
        canvas.lay(polygon(mirrored, 48 - 68j, 80 - 106j, 88 - 44j), colour("E8A9A0"))
    head = ellipse(local, 0j, 104, 86)
    shadow(canvas, ellipse(local, 10j, 100, 86), softness=24)
    canvas.lay(head, blend(fur, dark, np.abs(local + 30 + 40j) / 300))
    brow = np.maximum(waves(local.real, 30), local.imag + 40 + np.abs(local.real) / 3)
    canvas.lay(np.maximum(head, brow), dark)
    canvas.lay(np.minimum(disc(local, -22 + 38j, 30), disc(local, 22 + 38j, 30)), pale)
    _cat_face(canvas, local)


def _cat_face(canvas: Canvas, local: Points) -> None:
    for side in (-1, 1):
        mirrored = side * local.real + 1j * local.imag
        canvas.lay(ellipse(mirrored, 44 - 8j, 23, 20, -12), INK)
        canvas.lay(ellipse(mirrored, 44 - 8j, 20, 17, -12), colour("A8C64F"))
        canvas.lay(ellipse(mirrored, 43 - 8j, 6.5, 15), INK)
        canvas.lay(stroke(mirrored, 0 + 30j, 0 + 42j, 3), INK)
        canvas.lay(stroke(mirrored, 0 + 42j, 17 + 50j, 3), INK)
        for rise in (-8, 2, 12):
            canvas.lay(stroke(mirrored, 40 + 38j, complex(136, 30 + 2 * rise), 1.6), PAPER)
    canvas.lay(disc(local, -51 - 15j, 4.5), WHITE)
    canvas.lay(disc(local, 37 - 15j, 4.5), WHITE)
    canvas.lay(polygon(local, -12 + 18j, 12 + 18j, 0 + 32j), colour("C9655C"))


def fence(canvas: Canvas, top: float) -> None:
    """White planks with gaps as wide as they are, from `top` to the lower edge."""
    height, width = canvas.points.shape
    paint = blend(colour("FFFFFF"), colour("D9DEE2"), (canvas.points.imag - top) / height)
    for rail in (top + 90, top + 250):
        canvas.lay(
            box(canvas.points, complex(width / 2, rail), complex(2 * width, 30)), 0.9 * paint
        )
    for middle in range(68, width + 50, 104):
        left, right, low = middle - 27, middle + 27, height + 10
        plank = polygon(
            canvas.points,
            complex(left, top + 26),
            complex(middle, top),
            complex(right, top + 26),
            complex(right, low),
            complex(left, low),
        )
        shadow(canvas, plank, opacity=0.3, softness=12)
        canvas.lay(plank, paint)
        canvas.lay(plank + 5, blend(paint, WHITE, 0.5 + 0 * plank), opacity=0.6)
        for rail in (top + 90, top + 250):
            canvas.lay(disc(canvas.points, complex(middle, rail), 3), colour("8C949C"))
