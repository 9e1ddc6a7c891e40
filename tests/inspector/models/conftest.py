"""Plain forward hooks, to read from networks what the goldens hold."""

from __future__ import annotations

import pytest
import torch

torch.set_num_threads(1)  # these networks are too small to share out, and cores may be busy


@pytest.fixture
def watch():
    """Runs a module and returns its output and, by path, what came out of the paths named.

    With ``entering`` the first input of each path instead. A path that runs several times gives a
    list.
    """

    def run(module, *inputs, paths, entering=False):
        seen = {path: [] for path in paths}
        note = _entry if entering else _exit
        handles = [
            module.get_submodule(path).register_forward_hook(note(seen[path])) for path in paths
        ]
        with torch.no_grad():
            out = module(*inputs)
        for handle in handles:
            handle.remove()
        return out, {path: found if len(found) > 1 else found[0] for path, found in seen.items()}

    return run


def _entry(found):
    return lambda module, inputs, output: found.append(inputs[0])


def _exit(found):
    return lambda module, inputs, output: found.append(output)
