"""Small files that would unpack to gigabytes: refused while the memory stays flat."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "nasty"
STATUS = Path("/proc/self/status")

# Prints the growth of the peak resident set in MiB. VmHWM starts anew with the process, whereas
# ru_maxrss is inherited from the parent, a large one under pytest.
PROBE = """
import sys
from pathlib import Path
from inspector.images import BadImage, read_image

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

read_image(sys.argv[1])
before = peak()
for bomb in sys.argv[2:]:
    try:
        read_image(bomb)
    except BadImage:
        continue
    raise SystemExit(f"{bomb} was accepted")
print(peak() - before)
"""

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="needs Linux's /proc/self/status")


def growth(folder, bombs):
    """Return by how many MiB reading these files raised the peak of a fresh process."""
    harmless = folder / "harmless.png"
    Image.new("RGB", (64, 64)).save(harmless)
    command = [sys.executable, "-W", "ignore", "-c", PROBE, harmless, *bombs]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, pixel_bytes):
    """A one-bit PNG whose header claims width x height, with that many zero bytes of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(pixel_bytes), 9)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_generated_bombs_leave_the_memory_flat(tmp_path):
    bombs = {
        "pixels.png": png(30000, 30000, 30000 * 3751),
        "below_pillows_limit.png": png(12000, 12000, 12000 * 1501),
        "lying_header.png": png(2**31 - 1, 2**31 - 1, 10),
    }
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * 2**26, zip=True)
    Image.new("RGB", (64, 64)).save(tmp_path / "text.png", pnginfo=text)
    assert growth(tmp_path, [*map(tmp_path.joinpath, bombs), tmp_path / "text.png"]) < 24


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/nasty")
def test_shared_bombs_leave_the_memory_flat(tmp_path):
    names = (
        "bomb_30000x30000_1bit.png",
        "huge_header.png",
        "huge_header.bmp",
        "ztxt_bomb.png",
        "zip_bomb.png",
        "billion_laughs.svg",
    )
    assert growth(tmp_path, [SHARED / name for name in names]) < 24
