"""``samscope evaluate`` and ``bench``: how good a model is, and how fast."""

import typer

from samscope.benchmark.settings import BenchmarkSettings
from samscope.commands.benchmark_options import benchmark_settings
from samscope.commands.evaluation_options import evaluation_settings
from samscope.commands.option_groups import takes
from samscope.commands.showing import examples, print_table
from samscope.evaluation.settings import EvaluationSettings
from samscope.logs import log_on_standard_error
from samscope.progress import OnConsole

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
        (
            "samscope evaluate --videos DAVIS --model my-model --material material --out all",
            "with the checks on composed clips, as for the built-in model's card",
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


@commands.command(
    epilog=examples(
        (
            "samscope bench --clips 1 --sets clean,interjection,context_removal --out bench",
            "the built-in model on made-up videos, against transformers' session",
        ),
        (
            "samscope bench --model random-hiera-tiny --clips 1 --threads 2 --out bench",
            "a released architecture, without a download; all six sets",
        ),
        (
            "samscope bench --contenders alone_observed,fast_observed --clips 4 --out bench",
            "what a study gains: everything recorded, one clip at a time and together",
        ),
        (
            "samscope bench --contenders fast --growth clips=1,4,16,64 --growth frames=28,84,280 --out bench",
            "how time and memory grow",
        ),
    )
)
@takes(settings=benchmark_settings)
def bench(settings: BenchmarkSettings) -> None:
    """Time tracking side by side: the library's session, and samscope with and without shared work."""
    from samscope.benchmark.job import run_benchmark  # noqa: PLC0415

    table = run_benchmark(settings, OnConsole())
    typer.echo(table.read_text(encoding="utf-8"))
    typer.echo(f"table, numbers and figure are in {settings.out}")
