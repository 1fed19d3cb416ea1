"""``python -m benchmarks``: how fast a model tracks, side by side with others."""

from collections.abc import Sequence

import typer

from benchmarks.bench.options import benchmark_settings
from benchmarks.bench.settings import BenchmarkSettings
from samscope.cli.help_text import examples
from samscope.cli.option_groups import takes
from samscope.cli.running import run_app
from samscope.support.progress import OnConsole

app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)


@app.command(
    epilog=examples(
        (
            "python -m benchmarks --clips 1 --sets clean,interjection,context_removal --out bench",
            "the built-in model on made-up videos, against transformers' session",
        ),
        (
            "python -m benchmarks --model random-hiera-tiny --clips 1 --threads 2 --out bench",
            "a released architecture, without a download; all six sets",
        ),
        (
            "python -m benchmarks --contenders alone_observed,fast_observed --clips 4 --out bench",
            "what a study gains: everything recorded, one clip at a time and together",
        ),
        (
            "python -m benchmarks --contenders fast --growth clips=1,4,16 --growth frames=28,84 --out bench",
            "how time and memory grow",
        ),
    )
)
@takes(settings=benchmark_settings)
def bench(settings: BenchmarkSettings) -> None:
    """Time tracking side by side: the library's session, and samscope with and without shared work."""
    from benchmarks.bench.run import run_benchmark  # noqa: PLC0415

    table = run_benchmark(settings, OnConsole())
    typer.echo(table.read_text(encoding="utf-8"))
    typer.echo(f"table, numbers and figure are in {settings.out}")


def run(arguments: Sequence[str]) -> int:
    """Run ``python -m benchmarks`` on what is typed after it, and return the exit status."""
    return run_app(app, arguments, "python -m benchmarks")
