"""The page without a browser, on the small networks of the other tests."""

import io
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from inspector.ui import doors, network, preload

SCRIPT = Path(__file__).parents[3] / "app.py"


@pytest.fixture(scope="package", autouse=True)
def empty_doors():
    """What the tests left behind the doors is not kept for other tests."""
    yield
    st.cache_resource.clear()
    doors.clear()


@pytest.fixture(autouse=True)
def small_networks(monkeypatch, small):
    """Doors open to small networks, a random one first; nothing is imported in the background."""
    monkeypatch.setattr(network, "FIRST_MODEL", "resnet50_mrlab")
    monkeypatch.setattr(doors, "load_model", small)
    monkeypatch.setattr(preload, "start", lambda: None)


@pytest.fixture
def page():
    """Opens the page at an address, as a session of its own."""

    def open_page(**address):
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for key, value in address.items():
            test.query_params[key] = value
        return test.run()

    return open_page


@pytest.fixture
def typed():
    """Opens the page with a name typed into the list of networks, which AppTest itself cannot."""

    def open_page(name):
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        test.session_state["model"] = name
        return test.run()

    return open_page


@pytest.fixture
def png():
    """The bytes of a picture of one grey, 40 x 30."""

    def draw(grey):
        file = io.BytesIO()
        Image.fromarray(np.full((30, 40, 3), grey, np.uint8)).save(file, "PNG")
        return file.getvalue()

    return draw
