"""An evaluation as tables for a terminal."""

from collections import Counter
from collections.abc import Iterable

from rich import box
from rich.table import Table

from samscope.analysis.statistics.bootstrap import Estimate
from samscope.evaluation.job import Evaluation
from samscope.evaluation.scores import EARLY, LATE
from samscope.report.wording import interval, number

DIGITS = 3
_NAMED = 3
"""How many left-out objects and videos are named; the file names them all."""

_SEQUENCE_COLUMNS = {
    "j_and_f": "J&F",
    "j_mean": "J mean",
    "j_recall": "J rec.",
    "j_decay": "J dec.",
    "f_mean": "F mean",
    "f_recall": "F rec.",
    "f_decay": "F dec.",
    "drift": "drift",
}
_SUMMARY_TITLES = {
    "j_and_f": "J&F",
    "j_mean": "J",
    "f_mean": "F",
    "copied_j": "J of the first mask, unmoved",
    "early_j": f"J, frames {EARLY.start}-{EARLY.stop - 1}",
    "late_j": f"J, frames {LATE.start}-{LATE.stop - 1}",
    "drift": "drift: late J / early J",
    "auroc": "AUROC of the object score for presence",
    "missed_absences": "absent frames called present",
    "false_absences": "present frames called absent",
}


def evaluation_tables(evaluation: Evaluation) -> list[Table]:
    """Return the tables that are printed: sequences, and what they come to.

    Names stand in them as they are: print them on a console without markup.
    """
    return [_sequence_table(evaluation), _summary_table(evaluation)]


def _sequence_table(evaluation: Evaluation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, caption=_left_out(evaluation), caption_justify="left")
    table.add_column("sequence", overflow="fold")
    for title in ("objects", *_SEQUENCE_COLUMNS.values()):
        table.add_column(title, justify="right", no_wrap=True)
    for row in evaluation.sequences.to_dict("records"):
        table.add_row(
            str(row["video"]),
            str(row["objects"]),
            *(number(row[name], DIGITS) for name in _SEQUENCE_COLUMNS),
        )
    table.add_section()
    means = [number(evaluation.summary[name].value, DIGITS) for name in _SEQUENCE_COLUMNS]
    table.add_row("mean over objects", str(len(evaluation.objects)), *means, style="bold")
    return table


def _left_out(evaluation: Evaluation) -> str | None:
    """Return what is said of objects that were not tracked; None where all were."""
    lines = []
    videos = [omission for omission in evaluation.left_out if omission.object_id is None]
    if videos:
        lines.append(
            f"videos left out: {len(videos)} ({_some([omission.video for omission in videos])}); the first, "
            f"{videos[0].reason}"
        )
    objects = [omission for omission in evaluation.left_out if omission.object_id is not None]
    for reason, count in Counter(omission.reason for omission in objects).items():
        names = [
            f"{omission.video}/{omission.object_id}" for omission in objects if omission.reason == reason
        ]
        lines.append(f"left out, {reason}: {count} ({_some(names)})")
    vanished = evaluation.objects.loc[evaluation.objects["vanished"]]
    if len(vanished):
        names = [f"{row['video']}/{row['object']}" for row in vanished.to_dict("records")]
        lines.append(
            f"no pixel left at the model's input size, scored as lost: {len(names)} ({_some(names)})"
        )
    return "\n".join(lines) or None


def _some(names: list[str]) -> str:
    return ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])


def _summary_table(evaluation: Evaluation) -> Table:
    rows = [(title, evaluation.summary[name]) for name, title in _SUMMARY_TITLES.items()]
    table = estimates_table("over all objects", rows)
    time = evaluation.time
    table.add_row("ms a frame, one thread", number(time.median, 1), interval(time.low, time.high, 1))
    machine = evaluation.machine
    table.caption = (
        f"intervals: 95 %, bootstrap over {len(evaluation.sequences)} videos; time: median and quartiles of "
        f"{time.frames} frames of {time.video} on {machine['device']}"
    )
    if machine["load"] is not None:
        table.caption += f", load {machine['load']} on {machine['cores']} cores"
    return table


def estimates_table(title: str, rows: Iterable[tuple[str, Estimate]]) -> Table:
    """Return a table of names, values and their 95 % intervals; the title heads the names."""
    table = Table(box=box.SIMPLE_HEAD, caption_justify="left")
    table.add_column(title)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    for name, estimate in rows:
        table.add_row(name, number(estimate.value, DIGITS), interval(estimate.low, estimate.high, DIGITS))
    return table
