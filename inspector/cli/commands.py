"""A command is one thing the inspector does from a shell; here are its options and their checks.

What takes long to import is imported by the command that needs it, once its words are in order.
"""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from importlib.metadata import version as installed
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from inspector.cli.assignments import literals
from inspector.cli.listing import models_json, models_table
from inspector.cli.messages import say
from inspector.cli.outputs import require_writable
from inspector.cli.server import Folders, Settings, serve
from inspector.zoo import Request

program = typer.Typer(add_completion=False, rich_markup_mode=None)

Assignments = list[str] | None
Force = Annotated[bool, typer.Option("--force", help="Replace an output that exists.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="As `inspector models` or timm names it.")
]
Checkpoint = Annotated[
    str | None, typer.Option(metavar="FILE", help="Trained weights: file, folder, hf-hub:NAME.")
]
Entry = Annotated[str | None, typer.Option(help="Of a checkpoint, such as model_ema.")]
Partial = Annotated[bool, typer.Option("--partial", help="Load whatever fits of a checkpoint.")]
Classes = Annotated[
    str | None, typer.Option(metavar="FILE", help="Class names, one on each line; or cifar-10 ...")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, ...")]
Seed = Annotated[int, typer.Option(help="Of random weights.")]
Options = Annotated[
    Assignments, typer.Option(metavar="KEY=VALUE", help="Of the network, such as depth=20.")
]
View = Annotated[str | None, typer.Option(metavar="KEY", help="Which view to draw.")]
Choices = Annotated[
    Assignments, typer.Option("--set", metavar="KEY=VALUE", help="Choice of the view.")
]


Width = Annotated[
    str | None,
    typer.Option(
        metavar="single|middle|double|MM",
        help="Of a figure in print: 85, 114 or 178 mm, or so many.",
    ),
]
Caption = Annotated[
    bool,
    typer.Option(help="Whether the caption is in the figure too, besides the file's metadata."),
]


def requested(  # noqa: PLR0913, PLR0917 - each parameter is an option of a command
    model: Model,
    checkpoint: Checkpoint = None,
    entry: Entry = None,
    partial: Partial = False,
    classes: Classes = None,
    device: Device = "auto",
    seed: Seed = 0,
    option: Options = None,
) -> Request:
    """Returns the network that the words of a command ask for."""
    return Request(
        name=model,
        checkpoint=checkpoint,
        entry=entry,
        strict=not partial,
        classes=classes,
        device=device,
        seed=seed,
        options=literals(option or ()),
    )


def of_a_network(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of `requested` in place of its first parameter, the request."""
    first, *others = signature(requested).parameters.values()
    return _with_words(command, [first], others, requested)


def of_a_stored_network(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same without the name: the first parameter makes the request, given it as `model`."""
    _, *others = signature(requested).parameters.values()
    return _with_words(command, [], others, partial(partial, requested))


def _with_words(
    command: Callable[..., Any],
    before: Sequence[Parameter],
    behind: Sequence[Parameter],
    first: Callable[..., Any],
) -> Callable[..., Any]:
    """The command with words before and behind its own, from which its first parameter is made."""
    _, *own = signature(command).parameters.values()
    words = [entry.name for entry in (*before, *behind)]

    @wraps(command)
    def asked(**given: Any) -> Any:
        made = first(**{name: given.pop(name) for name in words})
        return command(made, **given)

    named = [entry.replace(kind=Parameter.KEYWORD_ONLY) for entry in (*before, *own, *behind)]
    asked.__signature__ = Signature(named)  # type: ignore[attr-defined]
    asked.__annotations__ = {entry.name: entry.annotation for entry in named}
    return asked


@program.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """See, test and publish what layer attention does inside a vision network.

    Results go to standard output or to -o, messages to standard error. A failure is one line;
    with --debug, anywhere on the line, its traceback is shown too.
    """
    if version:
        typer.echo(f"attention-inspector {installed('attention-inspector')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@program.command()
def app(  # noqa: PLR0913, PLR0917 - each parameter is an option
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port; if not given, 8501 or the next free one."),
    ] = None,
    checkpoints: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of weights that the app offers.")
    ] = None,
    surveys: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of finished surveys that it opens.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Whose folders and files it may survey."),
    ] = None,
    upload_mb: Annotated[
        int | None,
        typer.Option(min=1, help="Largest upload; if not given, 128, or 20 where others come."),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Under which others open it, as behind a proxy."),
    ] = None,
) -> None:
    """Open the app in a browser.

    This machine serves it until Ctrl-C, and by default serves nobody else. SECURITY.md tells what
    to set before others come.
    """
    folders = Folders(checkpoints, surveys, pictures)
    serve(host, port, Settings(folders, upload_mb, tuple(allowed_host or ())))


@program.command()
def models(as_json: Json = False) -> None:
    """List the networks with layer attention, and some of timm's to compare them with.

    Every other name of timm can be opened as well. Trained weights that can be downloaded are
    loaded with --option pretrained=True.
    """
    typer.echo(models_json() if as_json else models_table())


@program.command()
@of_a_network
def doctor(
    request: Request,
    as_json: Json = False,
) -> int:
    """Tell what a network and a checkpoint are, and whether they go together.

    It lists the layers that are recognised, the names that are missing or too many, what no file
    of weights can tell, and the next step; and it checks a capture of one picture. The exit status
    is 0 only if the network can be opened and the capture proves itself.
    """
    from inspector.cli.examining import examine  # noqa: PLC0415 - torch

    return examine(request, as_json=as_json)


@program.command()
@of_a_network
def capture(
    request: Request,
    images: Annotated[list[str], typer.Argument(metavar="IMAGE", help="Picture files.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, OUT.nc.")],
    detail: Annotated[
        Literal["full", "summary"], typer.Option(help="summary leaves out what few views need.")
    ] = "full",
    force: Force = False,
) -> None:
    """Write the attention of some images to a file.

    The images run through the network as one batch. The file is netCDF: labelled arrays, the
    logits, the pixels that the network saw, and where all of it comes from.
    """
    require_writable(output, (".nc",), force=force)
    from inspector.cli.capturing import capture_to  # noqa: PLC0415 - xarray, plotly, torch

    capture_to(output, request, images, detail=detail, force=force)


@program.command()
@of_a_network
def analyse(  # noqa: PLR0913, PLR0917 - as above
    request: Request,
    images: Annotated[list[str], typer.Argument(metavar="IMAGE", help="Picture files.")],
    view: View = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="OUT.nc for arrays, FIG.svg, .png, .pdf, .html for the figure, FIG.zip for a "
            "capsule of both; may be repeated.",
        ),
    ] = None,
    choices: Choices = None,
    width: Width = None,
    caption: Caption = True,
    force: Force = False,
) -> None:
    """Compute one view of some images, one that runs the network again included.

    Such are attributions and their quality, interventions, the sweep over all connections, and
    controls with random weights. Without -o, the views of the network are listed, and why others
    are not for it; with --view, the choices of that one.
    """
    from inspector.cli import analysing, drawing  # noqa: PLC0415 - xarray, plotly, torch

    if not output:
        typer.echo(analysing.analyses(request, images, view))
    elif view is None:
        raise ValueError("Expected --view KEY as well. Without -o, the views are listed.")
    else:
        paper = drawing.paper(width, captioned=caption)
        for path in output:
            require_writable(path, analysing.ENDINGS, force=force)
        shown = analysing.analysed(request, images, view, choices or ())
        analysing.write_all(output, shown, paper, force=force)


@program.command()
def figure(  # noqa: PLR0913, PLR0917 - as above
    captured: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `inspector capture` or `survey` wrote.")
    ],
    view: View = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="FIG.png, .svg, .pdf or .html; FIG.zip for a capsule."),
    ] = None,
    choices: Choices = None,
    against: Annotated[
        Path | None, typer.Option(metavar="OTHER.zarr", help="Survey to take away from this one.")
    ] = None,
    width: Width = None,
    caption: Caption = True,
    listing: Annotated[
        bool, typer.Option("--list", help="List the file's views, or the choices of a view.")
    ] = False,
    force: Force = False,
) -> None:
    """Draw one view of a captured file, or of a survey.

    Without --view, the views that the file has are listed, and why it lacks others.
    """
    from inspector.cli import drawing, surveyed  # noqa: PLC0415 - xarray and plotly

    if listing or (view is None and output is None):
        typer.echo(drawing.listed(captured, view))
    elif view is None or output is None:
        lacking = "-o FIG.svg" if view else "--view KEY"
        raise ValueError(f"Expected {lacking} as well. `inspector figure {captured}` lists views.")
    else:
        paper, words = drawing.paper(width, captioned=caption), choices or ()
        if captured.suffix == surveyed.ENDING:
            stores = surveyed.Stores(captured, against)
            drawing.draw_survey(stores, view, output, words, paper=paper, force=force)
        else:
            drawing.draw(captured, view, output, words, paper=paper, force=force)
        say(f"{output}: {view} of {captured}")
