"""Learning is what the networks that ship have behind them: commands that train and evaluate.

They stand beside those of `inspector.cli.commands`, whose options they share.
"""

from pathlib import Path
from typing import Annotated

import typer

from inspector.cli.commands import Device, Json, of_a_network, program
from inspector.zoo import Request

Data = Annotated[
    Path, typer.Option(metavar="PATH", help="CIFAR-10: a packed .npz, or torchvision's folder.")
]


@program.command()
def train(  # noqa: PLR0913, PLR0917 - each parameter is an option
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Name of a network that ships.")],
    data: Data,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Of weights, record and state.")
    ],
    seed: Annotated[int | None, typer.Option(help="In the place of the recipe's own.")] = None,
    epochs: Annotated[int | None, typer.Option(help="In the place of the recipe's own.")] = None,
    device: Device = "auto",
    compiled: Annotated[
        bool, typer.Option("--compile", help="Faster after minutes; needs a C++ compiler.")
    ] = False,
) -> None:
    """Train one of the networks that ship, as it was trained.

    After each epoch the state is written, and the same command goes on from there after whatever
    ended it. At the end stand the weights in half precision, and a record with their accuracy on
    all test images.
    """
    from inspector.cli import training  # noqa: PLC0415 - torch

    found = training.recipe_of(recipe, seed, epochs)
    training.train_to(output, found, data, device, compiled=compiled)


@program.command()
@of_a_network
def evaluate(request: Request, data: Data, as_json: Json = False) -> int:
    """Tell how many test images of CIFAR-10 a network names rightly.

    The interval is where the share of all such images may lie, and tells nothing of another
    training run. For the networks that ship, the exit status is 0 only if the number is that of
    their record.
    """
    from inspector.cli import training  # noqa: PLC0415 - torch

    return training.evaluate(request, data, as_json=as_json)


@program.command()
def findings(
    data: Data,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Of findings.md and figures.")
    ],
    images: Annotated[
        int | None, typer.Option(min=2, help="Test images, from the first on; all if not given.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="One finding; may be given again.")
    ] = None,
    kept: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where findings are kept once made, and taken from if code, weights and images "
            "are the same.",
        ),
    ] = None,
    device: Device = "auto",
) -> None:
    """Write what the networks that ship show of layer attention, with intervals and controls.

    All test images of CIFAR-10 are shown to the trained networks, some of them to 19 random twins
    of each. It takes an hour or two on two processor cores.
    """
    from inspector.cli import finding  # noqa: PLC0415 - torch

    finding.write(output, data, images, only or (), kept, device)
