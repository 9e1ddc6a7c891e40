"""Who may import whom: each part of the project knows only what lies below it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("hooks", "inspector", "app", "benchmarks", "tests", "sample_images")
STANDARD = sys.stdlib_module_names
DATA = {"numpy", "xarray"}
# Lazy imports inside functions count too: what a part must not know, it must not know later either.
MAY_IMPORT = {
    "hooks": {"hooks", "torch", *DATA},
    "inspector/models": {
        *("inspector.models", "inspector.cards"),
        *("torch", "torchvision", "timm", "safetensors", *DATA),
    },
    "inspector/measures": {"inspector.measures", "inspector.progress", "scipy", "sklearn", *DATA},
    "inspector/figures": {"inspector.figures", "plotly", "PIL", *DATA},
    "inspector/views": {
        *("inspector.views", "inspector.figures", "inspector.measures"),
        *("inspector.inspection", "inspector.attribution", "inspector.surveys"),
        "inspector.provenance",
        *("inspector.retrieval", "inspector.progress"),
        "inspector.controls",
        "inspector.interventions",
        *("hooks.stacking", "hooks.dims", "hooks.errors", "plotly", *DATA),
    },
}
HEAVY = ("torch", "torchvision", "timm", "captum", "skimage", "streamlit", "kaleido")


def sources(part: str) -> list[Path]:
    """The Python files of a package, or of a module and those whose names go on from its own."""
    return [*(ROOT / part).rglob("*.py"), *ROOT.glob(f"{part}*.py")]


def imports_of(path: Path) -> set[str]:
    """Dotted names that a file of the project imports."""
    return imports(path.read_text(), ".".join(path.relative_to(ROOT).parent.parts))


def imports(source: str, package: str) -> set[str]:
    """Dotted names that a source imports, those for the type checker alone left out."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= _imported_from(node, package)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def _imported_from(node: ast.ImportFrom, package: str) -> set[str]:
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    base = ".".join(filter(None, [*above, node.module]))
    names_modules = base.split(".")[0] in OURS
    return {f"{base}.{alias.name}" for alias in node.names} if names_modules else {base}


def strangers(path: Path, allowed: set[str]) -> set[str]:
    """What a file imports and may not; the standard library is always allowed."""
    return {name for name in imports_of(path) if not _below(name, {*allowed, *STANDARD})}


def _below(name: str, roots: set[str]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_only_what_lies_below_it(part):
    found = {str(p.relative_to(ROOT)): strangers(p, MAY_IMPORT[part]) for p in sources(part)}
    assert {path: names for path, names in found.items() if names} == {}


def test_streamlit_lives_in_the_app_and_its_ui():
    assert _users_outside_the_ui({"streamlit"}) == []


def test_only_the_app_knows_its_ui():
    assert _users_outside_the_ui({"inspector.ui"}) == []


def _users_outside_the_ui(modules: set[str]) -> list[Path]:
    ui = ROOT / "inspector" / "ui"
    others = [path for path in sources("inspector") if not path.is_relative_to(ui)]
    return [path for path in others if any(_below(name, modules) for name in imports_of(path))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import torch.nn as nn", {"torch.nn"}),
        ("from torch import nn", {"torch"}),
        ("def late():\n    import torch", {"torch"}),
        ("from inspector import figures, zoo", {"inspector.figures", "inspector.zoo"}),
        ("from . import view", {"inspector.views.view"}),
        ("from ..figures import heatmap", {"inspector.figures.heatmap"}),
        ("if TYPE_CHECKING:\n    import torch\nelse:\n    import numpy", {"numpy"}),
    ],
)
def test_every_way_to_import_is_seen(source, expected):
    assert imports(source, "inspector.views") == expected


def test_what_the_app_starts_with_loads_nothing_heavy():
    """Streamlit shows its first page in two seconds, and torch alone takes as long."""
    names = ["", ".figures", ".measures", ".views", ".zoo", ".cli"]
    modules = [f"inspector{name}" for name in names if _exists(f"inspector{name}")]
    program = (
        "import importlib, sys\n"
        f"for name in {modules}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = sorted(set({HEAVY}) & set(sys.modules))\n"
        "    assert not heavy, f'import {name} loads {heavy}'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


LAZY = sorted(
    path.parent.relative_to(ROOT).as_posix().replace("/", ".")
    for part in ("hooks", "inspector")
    for path in (ROOT / part).rglob("__init__.py")
    if "def __getattr__" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("package", LAZY)
def test_no_lazy_name_is_a_modules_name_too(package):
    """Whoever imports the module first would leave it where the name belongs."""
    loaded = importlib.import_module(package)
    modules = {module.name for module in pkgutil.iter_modules(loaded.__path__)}
    assert LAZY[0] == "hooks"
    assert not modules & set(loaded.__all__)


def _exists(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()
