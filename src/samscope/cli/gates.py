"""``samscope fit-rule``: a memory rule of one's own out of studies."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from samscope.cli.help_text import examples, print_table
from samscope.support.errors import UsageError
from samscope.trackers.rules.gate import MEASUREMENTS

commands = typer.Typer()


@commands.command(
    name="fit-rule",
    epilog=examples(
        ("samscope record --videos TRAIN --model my-model --out train", "clips of videos to learn from"),
        ("samscope fit-rule train --out gate.json", "a gate, and what each measurement tells"),
        (
            "samscope study --videos DAVIS --model my-model --memory presence:gate=gate.json --out gated",
            "the gate at work, on videos that it never saw",
        ),
        (
            "samscope fit-rule train more --measurements object_score,memory_distance --out two.json",
            "two studies, and a gate that weighs two measurements",
        ),
    ),
)
def fit_rule(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDY",
            help="Folders written by `samscope study` or `samscope record`, of one model at one size.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="The gate's file, JSON; it must not exist.", rich_help_panel="Input and output"
        ),
    ],
    *,
    measurements: Annotated[
        str,
        typer.Option(
            "--measurements", help="What the gate weighs, separated by commas.", rich_help_panel="Gate"
        ),
    ] = ",".join(MEASUREMENTS),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace --out.", rich_help_panel="Input and output")
    ] = False,
) -> None:
    """Fit the gate of the memory rule presence to a model's studies; show what each measurement tells."""
    from samscope.analysis.presence_gate import fit_rule as fitted  # noqa: PLC0415
    from samscope.records.store import open_study  # noqa: PLC0415

    if out.is_dir() or (out.exists() and not overwrite):
        raise UsageError(f"--out {out}: exists; name another file, or replace it with --overwrite")
    names = [name.strip() for name in measurements.split(",") if name.strip()]
    parts = fitted([open_study(folder) for folder in folders], out, names)
    table = Table(box=None)
    table.add_column("gate of", no_wrap=True)
    table.add_column("AUROC on held-out videos", no_wrap=True)
    for name, estimate in parts.items():
        table.add_row(name, f"{estimate.value:.3f}  [{estimate.low:.3f}, {estimate.high:.3f}]")
    print_table(table)
    typer.echo(f"track under it with: --memory presence:gate={out}")
