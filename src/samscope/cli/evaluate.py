"""``samscope evaluate``: how good a model is."""

import typer

from samscope.cli.evaluation_options import evaluation_settings
from samscope.cli.help_text import examples, print_table
from samscope.cli.logs import log_on_standard_error
from samscope.cli.option_groups import takes
from samscope.evaluation.settings import EvaluationSettings
from samscope.support.progress import OnConsole

commands = typer.Typer()


@commands.command(
    epilog=examples(
        (
            "samscope evaluate --videos DAVIS --subset val --model facebook/sam2.1-hiera-tiny --out tiny",
            "J and F of a released model by the DAVIS protocol, on whole videos",
        ),
        (
            "samscope evaluate --videos DAVIS --model my-model --prompt box --frames 28 --out boxes",
            "a model of your own, told a box, on the first 28 frames of each video",
        ),
    )
)
@takes(settings=evaluation_settings)
def evaluate(settings: EvaluationSettings) -> None:
    """Score a model on videos: J and F by the DAVIS protocol, drift, absence, and the time of a frame."""
    from samscope.evaluation.job import run_evaluation  # noqa: PLC0415
    from samscope.evaluation.tables import evaluation_tables  # noqa: PLC0415

    with log_on_standard_error(0, as_json=False):
        evaluation = run_evaluation(settings, OnConsole())
    for table in evaluation_tables(evaluation):
        print_table(table)
    typer.echo(f"every number is in {settings.out}")
