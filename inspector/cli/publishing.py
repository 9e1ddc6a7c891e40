"""Publishing is what is done with figures once they are made: commands that keep, tell and check.

They stand beside those of `inspector.cli.commands`, whose options they share.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from inspector.cli.commands import (
    Caption,
    Choices,
    Force,
    Width,
    of_a_network,
    of_a_stored_network,
    program,
)
from inspector.cli.messages import one_line, say
from inspector.cli.outputs import require_writable
from inspector.zoo import Request


@program.command()
@of_a_network
def report(
    request: Request,
    images: Annotated[list[str], typer.Argument(metavar="IMAGE", help="Picture files.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Page to write, REPORT.html.")],
    view: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Which view; may be repeated. All that fit if not given."),
    ] = None,
    costly: Annotated[
        bool, typer.Option("--costly", help="With views that run the network again.")
    ] = False,
    force: Force = False,
) -> None:
    """Write all views of some images into one page that opens offline.

    Each figure stands with what it does not show, where it comes from, and its largest and
    smallest values; views that do not fit the network are listed with the reason. Views that run
    the network again (attribution, interventions) are left out unless asked for.
    """
    require_writable(output, (".html",), force=force)
    from inspector.cli import reporting  # noqa: PLC0415 - xarray, plotly, torch

    wanted = reporting.known(view or ())
    reporting.report_to(output, request, images, wanted, costly=costly, force=force)


@program.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A.nc", help="What `inspector capture` wrote.")],
    b: Annotated[Path, typer.Argument(metavar="B.nc", help="The same of what A is held against.")],
    view: Annotated[str, typer.Option(metavar="KEY", help="Which view of both.")],
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="OUT.nc for arrays, FIG.svg ... for the figure, FIG.zip for a capsule of both; "
            "may be repeated.",
        ),
    ] = None,
    choices: Choices = None,
    force: Force = False,
) -> None:
    """Hold one view of two captured files against each other, and tell B minus A.

    Both are drawn on one scale, with the signed difference below. Layers are matched by name; what
    does not match is refused with the reason.
    """
    from inspector.cli import comparing  # noqa: PLC0415 - xarray and plotly

    told = comparing.compare_to(output or (), (a, b), view, choices or (), force=force)
    typer.echo(told)


@program.command()
@of_a_stored_network
def reproduce(  # noqa: PLR0913, PLR0917 - each parameter is an option
    ask: Any,
    capsule: Annotated[Path, typer.Argument(metavar="CAPSULE", help="FIG.zip.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="FIG.svg, .png, .pdf, .html or .zip, drawn again."),
    ] = None,
    width: Width = None,
    caption: Caption = True,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Run the network again, and compare the arrays.")
    ] = False,
    image: Annotated[
        list[str] | None,
        typer.Option("--image", metavar="FILE", help="An original picture, for --rerun."),
    ] = None,
    network: Annotated[
        str | None, typer.Option(metavar="NAME", help="For --rerun; as the capsule tells.")
    ] = None,
    force: Force = False,
) -> int:
    """Draw the figure of a capsule again, and tell whether it is the same.

    The arrays are drawn by their view once more. The exit status is 0 only if the figure is
    identical to the stored one. With --rerun, the network is given the original pictures again,
    with the options it had, and the arrays have to be identical as well. Nothing in a capsule is
    run, and one that is damaged or would take too much memory is refused.
    """
    from inspector.cli import drawing, reproducing  # noqa: PLC0415 - xarray and plotly

    paper = drawing.paper(width, captioned=caption)
    if output:
        require_writable(output, drawing.ENDINGS, force=force)
    if rerun and not image:
        raise ValueError("Expected --image FILE for each picture of the capsule with --rerun.")
    opened, findings = reproducing.reproduced(capsule)
    if rerun:
        reproducing.run_again(opened, ask, network, image or (), findings)
    if output:
        reproducing.write_again(opened, output, paper, force=force)
        say(f"{output}: {opened.exhibit.view.key} of {capsule}")
    typer.echo("\n".join(map(one_line, findings.lines)))
    return 0 if findings.identical else 1
