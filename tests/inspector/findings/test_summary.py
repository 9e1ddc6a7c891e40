"""What docs/training.md tells in short is what docs/findings.md tells at length."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"


def test_every_number_in_short_is_one_of_the_page():
    short = (DOCS / "training.md").read_text().partition("In short:")[2].partition("`inspector")[0]
    numbers = set(re.findall(r"\d+\.\d+", short))
    page = set(re.findall(r"\d+\.\d+", (DOCS / "findings.md").read_text()))
    rounded = {f"{float(number):.{places}f}".rstrip("0") for number in page for places in (1, 2)}
    assert len(numbers) > 15
    assert numbers <= page | rounded
