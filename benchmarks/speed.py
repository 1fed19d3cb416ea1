"""Measure what shared work and the fast mode gain, and write it down in benchmarks/README.md.

    python -m benchmarks.speed RESULTS

Each case is a run of `python -m benchmarks`, whose folder is written to RESULTS. Nothing else should run
meanwhile. The released architecture has random weights, since speed does not depend on them; clips are of
made-up videos.
Cases that RESULTS has already are not measured again: remove their folders to measure them anew.
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.bench.run import FIGURE, GROWTH_FIGURE, RESULTS, TABLE, run_benchmark
from benchmarks.bench.settings import (
    DEFAULT_SETS,
    BenchmarkSettings,
    Contender,
    Growth,
)
from benchmarks.bench.table import ratio_with_range
from samscope.clips.clip import SETS, SetName, Timeline
from samscope.clips.settings import ClipSettings
from samscope.support.progress import OnConsole
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, RANDOM_MODELS

HERE = Path(__file__).parent
LIMIT = "limit.json"
PROFILE_TITLE = "Where a study's time goes"
LIMIT_TITLE = "What a frame's time goes into, and what the limit is"
TINY = RANDOM_MODELS[0]


@dataclass(frozen=True)
class Case:
    """One benchmark.

    Attributes:
        name: of its folder.
        title: its heading.
        model: the built-in model, or ``TINY``.
        sets: of the clips.
        clips: in each set.
        timeline: of each clip.
        contenders: what is timed; the official predictor only where its package is installed.
        growth: what is made larger besides.
        image_size: of the model's input in pixels; None for its own.
        rounds: how often each contender is timed.
    """

    name: str
    title: str
    model: str
    sets: tuple[SetName, ...]
    clips: int
    timeline: Timeline
    contenders: tuple[Contender, ...]
    growth: tuple[str, ...] = ()
    image_size: int | None = None
    rounds: int = 1


CASES = (
    Case(
        "study",
        "A whole study with the built-in model: six sets, everything recorded",
        BUILT_IN_MODEL,
        SETS,
        2,
        Timeline(),
        ("alone_observed", "fast_observed", "transformers", "alone", "exact", "fast", "bf16"),
    ),
    Case(
        "three-sets",
        "hiera-tiny at 1024: clean, interjection and context removal of one draw",
        TINY,
        DEFAULT_SETS,
        1,
        Timeline(),
        ("transformers", "exact", "fast"),
    ),
    Case(
        "one-clip",
        "hiera-tiny at 1024: one ordinary clip, nothing to share",
        TINY,
        ("clean",),
        1,
        Timeline(),
        ("transformers", "official", "track", "exact", "fast"),
        rounds=3,
    ),
    Case(
        "recording",
        "hiera-tiny at 1024: what recording costs",
        TINY,
        DEFAULT_SETS,
        1,
        Timeline(6, 2, 2),
        ("fast", "fast_observed"),
        rounds=7,
    ),
    Case(
        "memory",
        "hiera-tiny at 1024: six sets of 4 and of 16 clips",
        TINY,
        SETS,
        1,
        Timeline(2, 1, 1),
        ("fast_observed",),
        ("clips=4,16",),
    ),
    Case(
        "growth",
        "How time and memory grow",
        BUILT_IN_MODEL,
        DEFAULT_SETS,
        1,
        Timeline(),
        ("transformers", "fast"),
        ("clips=1,4,16,64", "frames=28,84,280", "image_size=128,192,256,384"),
    ),
    Case(
        "models",
        "The released architectures, at 512 pixels",
        TINY,
        ("clean",),
        1,
        Timeline(4, 2, 2),
        ("transformers", "fast"),
        (f"model={','.join(RANDOM_MODELS)}",),
        512,
    ),
)


def main() -> None:
    """Measure the cases and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder for the results of the cases")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--cases", nargs="+", choices=[case.name for case in CASES], default=[case.name for case in CASES]
    )
    arguments = parser.parse_args()
    for case in CASES:
        if case.name in arguments.cases and not (arguments.results / case.name / RESULTS).exists():
            measure(case, arguments.results / case.name, arguments.threads)
    write_page(arguments.results)


def measure(case: Case, out: Path, threads: int) -> None:
    """Run the benchmark of a case."""
    clips = ClipSettings(count=case.clips, sets=case.sets, timeline=case.timeline)
    growth = tuple(Growth.parse(text) for text in case.growth)
    contenders = tuple(
        name for name in case.contenders if name != "official" or find_spec("sam2") is not None
    )
    settings = BenchmarkSettings(
        out,
        clips,
        model=case.model,
        image_size=case.image_size,
        threads=threads,
        contenders=contenders,
        rounds=case.rounds,
        growth=growth,
    )
    run_benchmark(settings, OnConsole())


def write_page(results: Path) -> None:
    """Write benchmarks/README.md, and the figures beside it; what RESULTS does not have stays as it is."""
    page = HERE / "README.md"
    head = "# Speed\n\nMeasured by `python -m benchmarks.speed RESULTS`; higher ratios are better."
    sections = _sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    for case in CASES:
        if (results / case.name / RESULTS).exists():
            sections[case.title] = _section(case, results / case.name)
    profiles = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("pipeline-*.json"))
    ]
    if profiles:
        sections[PROFILE_TITLE] = "\n".join(_profile_table(profiles))
    if (results / LIMIT).exists():
        limit = json.loads((results / LIMIT).read_text(encoding="utf-8"))
        origin = f"Measured by `python -m benchmarks.limit RESULTS`; {_where_and_when(limit)}."
        sections[LIMIT_TITLE] = "\n".join([*_limit_table(limit), "", origin])
    titles = [*(case.title for case in CASES), PROFILE_TITLE, LIMIT_TITLE]
    parts = [head, *(f"## {title}\n\n{sections[title].strip()}" for title in titles if title in sections)]
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _sections(page: str) -> dict[str, str]:
    """Return the sections of the page by their titles."""
    parts = (part.partition("\n") for part in page.split("\n## ")[1:])
    return {title: text for title, _, text in parts}


def _section(case: Case, folder: Path) -> str:
    """Return the section of a case that was measured, after copying its figures beside the page."""
    figure = f"{case.name}.png"
    shutil.copyfile(folder / f"{FIGURE}.png", HERE / figure)
    parts = [f"![{case.title}]({figure})"]
    if case.growth:
        growth = f"{case.name}-curves.png"
        shutil.copyfile(folder / f"{GROWTH_FIGURE}.png", HERE / growth)
        parts.append(f"![{case.title}: time and memory]({growth})")
    measured = json.loads((folder / RESULTS).read_text(encoding="utf-8"))["measured"]
    gains = _gains(
        {contender["contender"]: [part["seconds"] for part in contender["rounds"]] for contender in measured}
    )
    return "\n\n".join([*parts, (folder / TABLE).read_text(encoding="utf-8").strip(), gains])


def _profile_table(profiles: list[dict[str, Any]]) -> list[str]:
    """Return what benchmarks/pipeline.py measured as a Markdown table: share of the time by stage."""
    titles = [
        f"{profile['model']}, {profile['clips']} clip{'s' * (profile['clips'] != 1)} a set of "
        f"{profile['videos']}, {profile['frames']} frames, "
        f"{profile['threads']} thread{'s' * (profile['threads'] != 1)}"
        for profile in profiles
    ]
    lines = [f"| stage | {' | '.join(titles)} |", f"| --- |{' --- |' * len(titles)}"]
    for stage in profiles[0]["seconds"]:
        shares = [100 * profile["seconds"][stage] / sum(profile["seconds"].values()) for profile in profiles]
        lines.append(f"| {stage} | {' | '.join(f'{share:.1f} %' for share in shares)} |")
    return [
        *lines,
        "",
        f"Measured by `python -m benchmarks.pipeline RESULTS MODEL`; {_where_and_when(profiles[0])}.",
    ]


def _limit_table(results: dict[str, Any]) -> list[str]:
    """Return what benchmarks/limit.py measured as Markdown."""
    exact, fast = results["modes"]["exact"], results["modes"]["fast"]
    peak = results["peak"]
    lines = [
        f"| a frame of {Path(results['model']).name} with a full memory, one thread | exact | fast |",
        "| --- | --- | --- |",
        f"| seconds | {exact['seconds']:.2f} | {fast['seconds']:.2f} |",
        f"| operations counted, 10^9 | {exact['operations'] / 1e9:.0f} | {fast['operations'] / 1e9:.0f} |",
        f"| of the machine's own rate | {100 * exact['rate']:.0f} % | {100 * fast['rate']:.0f} % |",
    ]
    lines += [f"| {kind} | {_of_kind(exact, kind)} | {_of_kind(fast, kind)} |" for kind in exact["kinds"]]
    least = fast["operations"] / peak
    meaning = (
        "Of each kind of operation its share of the time, and in brackets at what share of the machine's own "
        f"rate it runs, which is that of a large matrix product: {peak / 1e9:.0f} GFLOP/s a core. With every "
        f"operation that `fast` counts at that rate, and all else for nothing, a frame would take "
        f"{least:.2f} s: {exact['seconds'] / least:.2f} times as fast as `exact` on one thread, where `fast` "
        f"is {exact['seconds'] / fast['seconds']:.2f} times as fast."
    )
    return [*lines, "", meaning]


def _of_kind(mode: dict[str, Any], kind: str) -> str:
    kind_facts = mode["kinds"][kind]
    share = f"{100 * kind_facts['seconds'] / mode['seconds']:.0f} %"
    return share if kind_facts["rate"] is None else f"{share} ({100 * kind_facts['rate']:.0f} %)"


def _where_and_when(results: dict[str, Any]) -> str:
    return f"{results['machine']['processor']}, {results['created'][:10]}"


def _gains(seconds: dict[str, list[float]]) -> str:
    """Say in a sentence what is gained by what, as far as it was measured, round by round."""
    pairs = {
        "shared work, exact, against transformers' session": ("exact", "transformers"),
        "shared work and fast, against transformers' session": ("fast", "transformers"),
        "samscope.track, against transformers' session": ("track", "transformers"),
        "a study with everything recorded, against one clip at a time": ("fast_observed", "alone_observed"),
        "recording everything, against tracking alone": ("fast_observed", "fast"),
    }
    sentences = []
    for subject, (faster, slower) in pairs.items():
        if faster in seconds and slower in seconds:
            of_rounds = zip(seconds[faster], seconds[slower], strict=True)
            sentences.append(f"{subject}: {ratio_with_range([slow / fast for fast, slow in of_rounds])}")
    return f"Ratios: {'; '.join(sentences)}."


if __name__ == "__main__":
    main()
