"""Capsules from strangers: what is no capsule is refused in a sentence, quickly and unopened."""

import io
import json
import pickle
import struct
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

from inspector.capsules import BadCapsule, members, open_capsule


def refused(path, words):
    with pytest.raises(BadCapsule, match=words) as caught:
        open_capsule(path)
    assert len(str(caught.value)) < 900


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "manifest.json/..", "run.py", "weights.pkl", "Arrays.nc"],
)
def test_a_member_of_another_name_is_refused(changed, name):
    refused(changed({name: b"x"}), "which no capsule does: expected arrays.nc")


@pytest.mark.parametrize("name", ["arrays.nc", "figure.json", "manifest.json"])
def test_a_missing_member_is_named(changed, capsule, name):
    changed({name: None})
    if name == "manifest.json":
        with zipfile.ZipFile(capsule) as archive:
            kept = {n: archive.read(n) for n in archive.namelist() if n != name}
        with zipfile.ZipFile(capsule, "w") as archive:
            for other, data in kept.items():
                archive.writestr(other, data)
    refused(capsule, f"lacks {name}")


def test_a_member_twice_is_refused(capsule):
    with zipfile.ZipFile(capsule, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("arrays.nc", b"other")
    refused(capsule, "holds a member twice")


def test_a_bomb_is_refused_before_it_unfolds(changed):
    path = changed({"arrays.nc": bytes(members.LARGEST["arrays.nc"] + 1)})
    assert path.stat().st_size < 2**20
    tracemalloc.start()
    refused(path, "would unfold to 128 MiB")
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_a_bomb_that_lies_about_its_size_is_not_followed(capsule, changed):
    """The directory claims ten bytes; the stream holds many more."""
    content = changed({"figure.json": b" " * 2**22}).read_bytes()
    at = content.rindex(b"figure.json") - 46  # its entry in the central directory
    assert content[at : at + 4] == b"PK\x01\x02"
    capsule.write_bytes(content[: at + 24] + struct.pack("<I", 10) + content[at + 28 :])
    refused(capsule, "could not be read as a capsule|is not the one that the manifest")


def test_an_encrypted_member_is_refused(capsule):
    content = bytearray(capsule.read_bytes())
    at = content.rindex(b"arrays.nc") - 46
    content[at + 8] |= 1
    capsule.write_bytes(content)
    refused(capsule, "encrypted")


@pytest.mark.parametrize("content", [b"", b"PK", b"GIF89a", pickle.dumps({"a": 1})])
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    refused(path, "no ZIP archive, damaged or cut short")


def test_a_missing_file_is_named(tmp_path):
    refused(tmp_path / "nowhere.zip", "found no file at")


def test_a_file_cut_short_is_refused(capsule):
    capsule.write_bytes(capsule.read_bytes()[:-200])
    refused(capsule, "damaged or cut short")


def test_a_changed_member_is_told_by_its_digest(changed):
    refused(changed({"figure.json": b"{}"}, signed=False), "figure.json is not the one that the")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("format",), "attention-inspector capsule 9", "Expected the format"),
        (("view",), "dia_gates", "Expected an object as 'view'"),
        (("view", "key"), "rm -rf", "unknown view"),
        (("view", "choices"), {"quantity": {"a": []}}, "texts and numbers by name as 'choices'"),
        (("panels",), [1], "a list of texts as 'panels'"),
        (("panels",), ["layer1", "layer9"], "lacks the panel 'layer9'"),
        (("origin",), None, "as 'origin'"),
        (("images",), [{"name": 3}], "a text as 'name'"),
        (("members", "extra"), "0", "extra is not the one"),
    ],
)
def test_a_manifest_of_another_form_is_refused(changed, path, value, words):
    def change(told):
        *outer, last = path
        for key in outer:
            told = told[key]
        told[last] = value

    refused(changed(manifest=change), words)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"\xff\xfe", b"nope", b"[]"])
def test_a_manifest_that_is_no_object_is_refused(capsule, text):
    with zipfile.ZipFile(capsule) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(capsule, "w") as archive:
        for name, data in (content | {"manifest.json": text}).items():
            archive.writestr(name, data)
    refused(capsule, "manifest")


def test_half_a_character_is_refused(changed):
    refused(changed(manifest=lambda told: told.update(title="\ud800")), "whole characters")


@pytest.mark.parametrize("text", [b"[" * 100_000, b"[]", b"nope"])
def test_a_figure_that_is_no_object_is_refused(changed, text):
    refused(changed({"figure.json": text}), "figure.json")


# --- arrays -----------------------------------------------------------------------------------


def hdf5(fill):
    """The bytes of an HDF5 file that `fill` wrote into."""
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        fill(root)
    return file.getvalue()


def external(root):
    root.create_dataset("layer1", (10,), "u1", external=[("/etc/passwd", 0, 10)])


def linked(root):
    root["layer1"] = h5py.ExternalLink("/tmp/other.nc", "/secret")


def soft(root):
    root["layer1"] = h5py.SoftLink("/nowhere")


def virtual(root):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/tmp/other.nc", "secret", (4,))
    root.create_virtual_dataset("layer1", layout)


def vast(root):
    root.create_dataset("layer1", (10**6, 10**6), "f4", chunks=(1000, 1000))


def texts(root):
    root.create_dataset("layer1", (10**6,), h5py.string_dtype(), chunks=(1000,))


def looped(root):
    root.create_group("layer1")["again"] = root


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        (external, "takes values from another file"),
        (linked, "refers to another place or file"),
        (soft, "refers to another place or file"),
        (virtual, "takes values from another file"),
        (vast, "would unfold to 3814697 MiB"),
        (texts, "1000000 labels"),
        (looped, "more than 4000 arrays"),
    ],
)
def test_arrays_that_leave_their_file_or_fill_the_memory_are_refused(changed, fill, words):
    path = changed({"arrays.nc": hdf5(fill)})
    tracemalloc.start()
    refused(path, words)
    assert tracemalloc.get_traced_memory()[1] < 2**25
    tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", pickle.dumps(np.arange(3))])
def test_arrays_that_are_no_netcdf_are_refused(changed, content):
    refused(changed({"arrays.nc": content}), "could not be read as netCDF")


def test_a_hostile_title_stays_text(changed):
    def change(told):
        told["title"] = "<script>alert(1)</script>"
        told["images"][0]["name"] = "<img src=x onerror=alert(1)>"

    shown = open_capsule(changed(manifest=change)).exhibit
    figure = json.dumps([note.text for note in shown.figure().layout.annotations])
    assert "<img" not in figure
    assert "&lt;img src=x" in figure
