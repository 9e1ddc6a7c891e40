"""A verdict is what a capture says of itself: verified, or denied by more than rounding would."""

from collections import Counter

import pytest


def layers_of(tree):
    return [layer for node in tree.children.values() for layer in node.children.values()]


def assert_denied(tree, from_depth=0):
    """The capture as a whole and each layer but the first of each chain, by more than rounding."""
    assert tree.attrs["verified"] == 0
    chains = Counter()
    for layer in layers_of(tree):
        if chains[layer.attrs["chain"]] >= from_depth:
            assert layer.attrs["verified"] == 0, layer.attrs
            assert layer.attrs["verified_error"] > 4 * layer.attrs["verified_tolerance"], (
                layer.attrs
            )
        chains[layer.attrs["chain"]] += 1


def assert_verified(tree):
    assert tree.attrs["verified"] == 1
    assert tree.attrs["verified_error"] <= 1e-5


def cases(**families):
    """One parameter for each mutation, under its name in words."""
    return [
        pytest.param(family, mutate, id=f"{family}: {words}")
        for family, mutations in families.items()
        for words, mutate in mutations.items()
    ]
