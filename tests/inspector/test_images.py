"""Reading pictures: what is taken, what is refused in which words, what a network is given."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from inspector import decoding
from inspector.images import BadImage, prepare, read_image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)

# The stored rows and columns of an upright picture, from the table "0th row, 0th column" of the
# EXIF standard: 6, for instance, stores the picture's right side as row 0 and its top as column 0.
STORED = {
    1: lambda u: u,
    2: lambda u: u[:, ::-1],
    3: lambda u: u[::-1, ::-1],
    4: lambda u: u[::-1],
    5: lambda u: u.swapaxes(0, 1),
    6: lambda u: u[:, ::-1].swapaxes(0, 1),
    7: lambda u: u[::-1, ::-1].swapaxes(0, 1),
    8: lambda u: u[::-1].swapaxes(0, 1),
}


@dataclass(frozen=True)
class Card:
    input_size: tuple[int, int, int] = (3, 224, 224)
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    interpolation: str = "bicubic"
    crop_pct: float = 0.875


def encoded(picture, format="PNG", **options):
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = "<script>document.title='taken'</script>"
    return tags


def colours(height=32, width=48, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def smooth(width, height):
    """A photograph-like picture: eight by eight random colours, enlarged."""
    return Image.fromarray(colours(8, 8)).resize((width, height), Image.Resampling.BICUBIC)


def pixels(photo):
    return np.asarray(photo.image)


# What comes back


def test_a_photo_keeps_pixels_name_digest_and_size():
    data = encoded(colours())
    photo = read_image(data, name="heron.png")
    np.testing.assert_array_equal(pixels(photo), colours())
    assert (photo.name, photo.format, photo.size) == ("heron.png", "PNG", (48, 32))
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert photo.notes == ()


def test_a_path_and_its_bytes_are_the_same_photo(tmp_path):
    path = tmp_path / "heron.png"
    path.write_bytes(encoded(colours()))
    assert (
        read_image(path) == read_image(str(path)) == read_image(path.read_bytes(), name=path.name)
    )


def test_quadrants_are_neither_flipped_nor_bgr():
    quadrants = np.empty((64, 64, 3), np.uint8)
    quadrants[:32, :32], quadrants[:32, 32:] = RED, GREEN
    quadrants[32:, :32], quadrants[32:, 32:] = BLUE, WHITE
    seen = prepare(read_image(encoded(quadrants)), Card(input_size=(3, 32, 32), crop_pct=1))
    corners = seen.pixels[[4, 4, 27, 27], [4, 27, 4, 27]]
    np.testing.assert_allclose(corners * 255, [RED, GREEN, BLUE, WHITE], atol=1)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_every_exif_orientation_comes_back_upright(orientation, format):
    upright = colours()
    options = {"lossless": True} if format == "WEBP" else {}
    stored = np.ascontiguousarray(STORED[orientation](upright))
    photo = read_image(encoded(stored, format, exif=exif(orientation), **options))
    np.testing.assert_array_equal(pixels(photo), upright)
    assert photo.size == (48, 32)


def test_a_turned_picture_is_said_to_be_turned():
    photo = read_image(encoded(colours(), exif=exif(6)))
    assert photo.notes == ("turned upright as its EXIF tag says",)


@pytest.mark.parametrize("orientation", [0, 9, 99])
def test_a_nonsense_orientation_is_ignored(orientation):
    photo = read_image(encoded(colours(), exif=exif(orientation)))
    np.testing.assert_array_equal(pixels(photo), colours())


def test_a_broken_exif_block_is_ignored():
    data = encoded(colours(), "WEBP", lossless=True, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    np.testing.assert_array_equal(pixels(read_image(data)), colours())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_no_metadata_leaves_with_the_pixels(format):
    profile = b"not a colour profile"
    data = encoded(colours(), format, exif=exif(1), icc_profile=profile)
    assert b"document.title" in data
    image = read_image(data).image
    assert type(image) is Image.Image
    assert image.info == {}
    assert dict(image.getexif()) == {}
    assert b"document.title" not in encoded(image)


# Colour


def test_alpha_is_laid_on_white_and_hides_the_colour_beneath():
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[..., 0] = 200
    rgba[:, 4:, 3] = 255
    rgba[0, 0, 3] = 51
    photo = read_image(encoded(rgba))
    assert tuple(pixels(photo)[4, 0]) == WHITE
    assert tuple(pixels(photo)[4, 7]) == (200, 0, 0)
    one_fifth = [0.2 * 200 + 0.8 * 255, 0.8 * 255, 0.8 * 255]
    np.testing.assert_allclose(pixels(photo)[0, 0], one_fifth, atol=1)
    assert photo.notes[0] == "transparent parts laid on white"


def test_an_opaque_alpha_channel_is_not_worth_a_note():
    rgba = np.full((40, 40, 4), 255, np.uint8)
    assert read_image(encoded(rgba)).notes == ()


def test_a_transparent_palette_entry_becomes_white():
    image = Image.new("P", (40, 40), 1)
    image.putpalette([*RED, *BLUE])
    image.paste(0, (0, 0, 20, 40))
    seen = pixels(read_image(encoded(image, transparency=0)))
    assert tuple(seen[0, 0]) == WHITE
    assert tuple(seen[0, 39]) == BLUE


@pytest.mark.parametrize("side", [256, 4096])
def test_a_transparent_colour_of_an_rgb_picture_becomes_white(side):
    image = Image.new("RGB", (side, 256), BLUE)
    image.paste(RED, (0, 0, side // 2, 256))
    seen = pixels(read_image(encoded(image, transparency=RED)))
    assert tuple(seen[10, 0]) == WHITE
    assert tuple(seen[10, -1]) == BLUE


def test_sixteen_bit_grey_is_scaled_by_a_fixed_rule():
    wide = np.tile(np.arange(0, 2**16, 16, dtype=np.uint16), (300, 1))[:, ::2]
    seen = pixels(read_image(encoded(wide[:, :2048])))
    np.testing.assert_array_equal(seen[0, :, 1], np.floor(wide[0] / 257 + 0.5))


def test_dark_sixteen_bit_grey_stays_dark():
    dark = np.full((40, 40), 2570, np.uint16)
    assert pixels(read_image(encoded(dark))).max() == 10


def test_sixteen_bit_grey_of_a_big_endian_tiff_is_scaled_alike():
    values = colours(16, 16, 2).astype(">u2")[..., 0] * 257
    buffer = io.BytesIO()
    Image.frombytes("I;16B", (16, 16), values.tobytes()).save(buffer, "TIFF")
    np.testing.assert_array_equal(pixels(read_image(buffer.getvalue()))[..., 0], values // 257)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_fills_three_equal_channels(mode):
    grey = Image.fromarray(colours(40, 40)[..., 0]).convert(mode)
    photo = read_image(encoded(grey))
    np.testing.assert_array_equal(pixels(photo), np.asarray(grey.convert("L"))[..., None] + [0] * 3)
    assert photo.notes == ("grey repeated in the three colour channels",)


@pytest.mark.parametrize("colour", [RED, GREEN, BLUE, WHITE, (0, 0, 0)])
def test_cmyk_keeps_its_colours(colour):
    cmyk = Image.new("RGB", (32, 32), colour).convert("CMYK")
    photo = read_image(encoded(cmyk, "JPEG", quality=95))
    np.testing.assert_allclose(pixels(photo)[9, 9], colour, atol=6)
    assert photo.notes == ("CMYK turned into RGB",)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_values_without_an_agreed_range_are_refused(mode):
    with pytest.raises(BadImage, match=r"brightness range is not agreed\. Save .* 8-bit PNG"):
        read_image(encoded(Image.new(mode, (32, 32)), "TIFF"))


# Size


def test_a_twelve_megapixel_photo_is_reduced_while_decoding():
    photo = read_image(encoded(smooth(4000, 3000), "JPEG"))
    assert (photo.image.size, photo.size) == ((2000, 1500), (4000, 3000))
    assert photo.notes == ("reduced to 2000x1500 from 4000x3000",)
    expected = np.asarray(smooth(4000, 3000).reduce(2), dtype=int)
    assert np.abs(pixels(photo) - expected).mean() < 1.5


def test_the_longest_side_is_bounded_and_the_proportion_kept():
    photo = read_image(encoded(smooth(3000, 300)))
    assert photo.image.size == (2048, 205)
    assert photo.notes == ("reduced to 2048x205 from 3000x300",)


def test_a_reduced_picture_is_turned_with_its_size():
    photo = read_image(encoded(smooth(3000, 300), exif=exif(6)))
    assert (photo.image.size, photo.size) == ((205, 2048), (300, 3000))


def test_a_tiny_picture_is_taken_with_a_warning():
    assert read_image(encoded(colours(4, 4))).notes == (
        "only 4x4 pixels: little to see for a network",
    )


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((5001, 5000), "at most 25 megapixels, got 5001x5000. Save .* smaller"),
        # Pillow warns of these, and warnings are errors here, as they may be for a user.
        ((9600, 9600), "at most 25 megapixels, got far too many pixels"),
        ((1, 1), "at least 2 pixels in width and height, got 1x1"),
        ((10, 201), "at most 20 times as long as wide, got 10x201. Crop it"),
    ],
)
def test_a_size_out_of_bounds_is_refused(size, words):
    with pytest.raises(BadImage, match=words):
        read_image(encoded(Image.new("1", size)))


# Refusals


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "file is empty"),
        (b"just text", "JPEG, PNG, WEBP, BMP, TIFF, GIF.*got something else.*Save it as PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "got markup such as SVG or HTML"),
        (b"\xef\xbb\xbf\n<!doctype html>", "got markup"),
        (b"PK\x03\x04" + bytes(60), "got a ZIP archive"),
        (b"%PDF-1.7", "got a PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "got a PostScript document"),
        (b"\0\0\0\x18ftypheic", "got a HEIC, AVIF or video file"),
        (b"\xff\xd8\xff\xd9", "got a JPEG whose header cannot be read"),
        (bytes(decoding.MAX_BYTES + 1), "at most 20 MiB, got a larger one"),
    ],
)
def test_what_is_no_picture_is_refused_by_content(data, words):
    with pytest.raises(BadImage, match=words):
        read_image(data, name="holiday.png")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_cut_file_is_refused(format, share):
    data = encoded(smooth(96, 64), format)
    read_image(data)
    with pytest.raises(BadImage, match=r"incomplete|header cannot be read"):
        read_image(data[: int(len(data) * share)])


def test_a_wrong_checksum_is_refused():
    data = bytearray(encoded(colours()))
    data[data.index(b"IEND") - 5] ^= 1  # last byte of the CRC that closes the pixel data
    with pytest.raises(BadImage, match="damaged"):
        read_image(bytes(data))


def test_a_jpeg_of_endless_scans_is_refused():
    data = encoded(smooth(64, 64), "JPEG", progressive=True)
    refinement = b"\xff\xda\0\x08\1\1\0\1\x3f\x10"
    with pytest.raises(BadImage, match="at most 100 scans, got 51"):
        read_image(data[:-2] + 500 * refinement + data[-2:])


def test_damaged_bytes_never_raise_anything_else():
    rng = np.random.default_rng(0)
    whole = [
        np.frombuffer(encoded(smooth(48, 32), format), np.uint8)
        for format in ("JPEG", "PNG", "WEBP", "BMP", "GIF")
    ]
    refused = 0
    for trial in range(300):
        data = whole[trial % len(whole)].copy()
        data[rng.integers(0, data.size, 4)] = rng.integers(0, 256, 4)
        try:
            assert read_image(data.tobytes()).image.mode == "RGB"
        except BadImage:
            refused += 1
    assert 0 < refused < 300


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF", "MPO"])
def test_of_several_frames_the_first_is_used_and_that_is_said(format):
    first, second = (Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE))
    data = encoded(first, format, save_all=True, append_images=[second])
    photo = read_image(data)
    np.testing.assert_allclose(pixels(photo)[20, 20], RED, atol=8)
    assert photo.notes == ("several frames or pages: only the first is used",)


def test_later_frames_are_not_decoded():
    frames = [Image.fromarray(colours(32, 32, seed=seed)) for seed in range(2)]
    data = bytearray(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    data[-100:] = bytes(100)
    assert read_image(bytes(data)).notes == ("several frames or pages: only the first is used",)


def test_threads_read_the_same_pixels_and_leave_pillow_alone():
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    files = [encoded(colours(64, 64, seed=seed), format) for seed, format in
             enumerate(["PNG", "BMP", "TIFF"] * 8)]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        photos = list(pool.map(read_image, files))
    for seed, photo in enumerate(photos):
        np.testing.assert_array_equal(pixels(photo), colours(64, 64, seed=seed))
    after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    assert after == before


# Names and paths


@pytest.mark.parametrize(
    ("given", "shown", "slug"),
    [
        ("heron.png", "heron.png", "heron"),
        ("../../etc/passwd.png", "passwd.png", "passwd"),
        (r"C:\pictures\Heron 2.PNG", "Heron 2.PNG", "heron-2"),
        ("a\u202egnp.exe\n\0.png", "agnp.exe.png", "agnp-exe"),
        ("图片.png", "图片.png", "photo"),
        ('it\'s "ü"; $(x).png', 'it\'s "ü"; $(x).png', "it-s-x"),
        ("![x](http://a.b/c)", "c)", "c"),
        ("/", "picture", "picture"),
    ],
)
def test_names_are_shown_without_tricks_and_saved_as_slugs(given, shown, slug):
    photo = read_image(encoded(colours()), name=given)
    assert photo.name == shown
    assert photo.slug == f"{slug}-{photo.sha256[:8]}"


def test_a_long_name_is_cut_from_the_left_and_its_slug_keeps_the_digest():
    photo = read_image(encoded(colours()), name="a" * 300 + ".png")
    assert photo.name == "a" * 76 + ".png"
    assert len(photo.slug) <= 60
    assert photo.slug.endswith("a-" + photo.sha256[:8])


def test_a_misleading_suffix_is_said():
    photo = read_image(encoded(smooth(40, 40), "JPEG"), name="heron.png")
    assert photo.notes == ("named .png, but the content is JPEG",)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("https://example.org/heron.png", "file of this machine, got an address. Download"),
        ("no/such/heron.png", "found none at no/such/heron.png. Check the path"),
        (Path(), "found none at"),
        ("n" * 5000, "readable file, got .*[Nn]ame too long"),
    ],
)
def test_what_is_no_file_is_refused(source, words):
    with pytest.raises(BadImage, match=words):
        read_image(source)


def test_a_file_too_large_is_not_read_whole(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(2**40)  # sparse: a terabyte that takes no room
    with pytest.raises(BadImage, match="at most 20 MiB"):
        read_image(path)


# What a network is given


CARDS = [
    Card(),
    Card(crop_pct=0.9),
    Card(input_size=(3, 288, 288), crop_pct=0.95, interpolation="bilinear"),
    Card(input_size=(3, 32, 32), crop_pct=1.0, interpolation="bilinear"),
    Card(input_size=(3, 192, 256), crop_pct=0.9),
    Card(mean=(0.5,) * 3, std=(0.5,) * 3, crop_pct=1.0),
]


@pytest.mark.parametrize("size", [(451, 300), (300, 451), (224, 224), (97, 131), (640, 427)])
@pytest.mark.parametrize(
    "card", CARDS, ids=lambda c: f"{c.input_size[1]}x{c.input_size[2]}-{c.crop_pct}"
)
def test_prepare_equals_timms_evaluation_transform(card, size):
    from timm.data import create_transform  # noqa: PLC0415 - five seconds, for this test alone

    photo = read_image(encoded(smooth(*size)))
    transform = create_transform(
        input_size=card.input_size, mean=card.mean, std=card.std,
        interpolation=card.interpolation, crop_pct=card.crop_pct,
    )  # fmt: skip
    seen = prepare(photo, card).tensor
    assert seen.shape == (1, *card.input_size)
    np.testing.assert_allclose(seen[0].numpy(), transform(photo.image).numpy(), rtol=0, atol=1e-6)


def test_the_tensor_is_the_normalised_pixels():
    photo = read_image(encoded(np.full((64, 96, 3), (51, 102, 204), np.uint8)))
    seen = prepare(photo, Card())
    np.testing.assert_allclose(seen.pixels[7, 9], [0.2, 0.4, 0.8], rtol=1e-6)
    expected = [(0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (0.8 - 0.406) / 0.225]
    np.testing.assert_allclose(seen.tensor[0, :, 7, 9].numpy(), expected, rtol=1e-5)


def test_a_changed_tensor_changes_nothing_else():
    seen = prepare(read_image(encoded(colours())), Card())
    before = seen.tensor.clone()
    seen.tensor.zero_()
    assert seen.tensor.equal(before)
    with pytest.raises(ValueError, match="read-only"):
        seen.pixels[0] = 0


def test_the_box_is_the_part_of_the_photo_that_was_seen():
    photo = read_image(encoded(smooth(300, 200)))
    small = Card(input_size=(3, 100, 100), crop_pct=1.0)
    assert prepare(photo, small).box == (50, 0, 250, 200)
    assert prepare(photo, replace(small, crop_pct=0.5)).box == (100, 50, 200, 150)


def test_the_description_names_resize_crop_and_normalisation():
    seen = prepare(
        read_image(encoded(smooth(400, 200))), Card(input_size=(3, 80, 80), crop_pct=0.8)
    )
    assert seen.description == (
        "resized from 400x200 to 200x100 (bicubic, antialiased), "
        "centre crop 80x80, 32% of the photo, mean 0.485 0.456 0.406, std 0.229 0.224 0.225"
    )


def test_one_pixel_checks_are_averaged_not_sampled():
    checks = (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)
    seen = prepare(read_image(encoded(checks)), Card(input_size=(3, 32, 32), crop_pct=1.0))
    np.testing.assert_allclose(seen.pixels, 0.5, atol=0.02)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (Card(input_size=(1, 28, 28)), "3 input channels, got 1"),
        (Card(interpolation="random"), "bicubic or bilinear, got 'random'"),
        (Card(crop_pct=0.0), "crop_pct above 0 and at most 1, got 0.0"),
    ],
)
def test_a_card_that_cannot_be_served_is_refused(card, words):
    with pytest.raises(ValueError, match=words):
        prepare(read_image(encoded(colours())), card)
