"""A module tree against torch's own listing."""

import pytest
from torch import nn

from hooks.modules import Modules


def shared_and_absent():
    """A part that stands in two places, one in none, and blocks within blocks."""
    shared = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    inner = nn.ModuleDict({"a": shared, "b": nn.Sequential(nn.Conv2d(1, 1, 1), shared)})
    host = nn.Sequential(inner, nn.ModuleList([nn.Identity()]), shared)
    host.register_module("absent", None)
    return host


def test_modules_are_those_that_torch_lists_in_its_order():
    host = shared_and_absent()
    modules = Modules(host)
    assert list(modules.items()) == list(host.named_modules())
    everywhere = list(host.named_modules(remove_duplicate=False))
    assert modules.every == dict(everywhere)
    assert len(modules.every) > len(modules)
    for module in host.modules():
        assert modules.paths[module] == [path for path, one in everywhere if one is module]


def test_holders_are_the_modules_with_children():
    host = shared_and_absent()
    expected = [path for path, module in host.named_modules() if list(module.children())]
    assert [path for path, _ in Modules(host).holders] == expected


@pytest.mark.parametrize("names", [("a",), ("0", "1"), ("b", "a"), ("a", "none"), ("absent",)])
def test_modules_are_found_by_their_childrens_names(names):
    host = shared_and_absent()
    expected = [
        (path, module)
        for path, module in host.named_modules()
        if set(names) <= {name for name, _ in module.named_children()}
    ]
    assert list(Modules(host).having(names)) == expected


def test_a_tree_without_repetition_is_listed_once():
    modules = Modules(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    assert modules.every is modules
