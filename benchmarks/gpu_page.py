"""The page of ``python -m benchmarks.gpu``, in Markdown."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from samscope.support.machine import named

TITLES = {
    "parity": "Errors against the official code",
    "modes": "How far the modes are from exact",
    "film": "A single film",
    "host": "What share of the time the GPU computes",
    "study": "A whole study",
    "compile": "A compiled image encoder",
}

MEANINGS = {
    "parity": "Largest relative error of any frame, by key of the reference; hiera-tiny, with weights of a "
    "formula.",
    "modes": "Relative errors of mask logits and ungated pointers against `exact`, one clip at a time, and "
    "IoU of the masks. Clips are the six sets of one draw. nano is trained; masks of a random model show no "
    "object.",
    "film": "One clip of a made-up video, each mask copied to the host. The session keeps all frames on the "
    "device. Ratios are speeds over those of the peers in the same run.",
    "host": "Kernels and copies over the time of the same steps without a profiler; the rest is the host. A "
    "wait is a call by which the host waits for the device.",
    "study": "Frames that clips share count for each clip. Peers track one clip after another and give "
    "masks. Samscope tracks the same clips together: `recorded` records everything besides, `tracking alone` "
    "gives masks, and `whole study` makes twice as many clips, records and writes them, all of it timed. "
    "Ratios are speeds over those of the peers in the same run. Peak memory is the most that PyTorch had "
    "allocated on the device.",
    "compile": "The image encoder as it is, and as `torch.compile` makes it: seconds until a first frame is "
    "encoded, and then the speed of a film and of the clips of a study, recorded together.",
}

Row = Mapping[str, Any]
Column = tuple[str, Callable[[Row], str]]


def gpu_page(results: Mapping[str, Any]) -> str:
    """Return what was measured as a page.

    Args:
        results: what ``benchmarks.gpu`` writes to ``gpu.json``.
    """
    sections = ["# samscope on a device", _machine(results["machine"]), _clips(results["settings"])]
    if results["left"]:
        sections.append(f"Not measured yet: {', '.join(results['left'])}.")
    for name, title in TITLES.items():
        parts = [part for part in results["parts"] if part["part"] == name]
        if name in results["left_out"]:
            sections.append(f"## {title}\n\nLeft out: {results['left_out'][name]}.")
        elif parts:
            sections += [f"## {title}", MEANINGS[name], *(_part(part) for part in parts)]
    return "\n\n".join(sections) + "\n"


def _machine(facts: Mapping[str, Any]) -> str:
    versions = facts["versions"]
    sentences = [
        f"{named(facts['machine'])}, {facts['machine']['cores']} cores, {facts['threads']} threads",
        f"PyTorch {versions['torch']}, transformers {versions['transformers']}, samscope {facts['samscope']}",
    ]
    if facts["cuda"] is not None:
        capability = ".".join(map(str, facts["capability"]))
        sentences.append(
            f"{_memory(facts['memory_bytes'])}, compute capability {capability}, driver "
            f"{facts['driver'] or 'unknown'}, CUDA {facts['cuda']}, cuDNN {facts['cudnn']}"
        )
        tf32 = "may take" if facts["session_may_take_tf32"] else "does not take"
        sentences.append(f"the float32 peers run as they come, where PyTorch {tf32} TF32 for convolutions")
    else:
        sentences.append("no CUDA device: its memory is not measured")
    official = "is installed" if facts["official_predictor"] else "is not installed"
    return f"{'; '.join(sentences)}. The official predictor {official}. {facts['created'][:10]}."


def _clips(settings: Mapping[str, Any]) -> str:
    """Say what the clips of studies are made of, and at what size models take them."""
    if settings["videos"] is None:
        videos = "made-up videos, which a whole study draws within its time"
    else:
        videos = f"{Path(settings['videos']).name}, which a whole study reads within its time"
    size = "their own size" if settings["image_size"] is None else f"{settings['image_size']} pixels"
    return f"Clips are of {videos}; models take them at {size}."


def _part(part: Mapping[str, Any]) -> str:
    rows = part["rows"]
    lines = [f"### {part['model']}", ""] if part["model"] else []
    if rows:
        lines += _table(_columns(part["part"], rows), rows)
    lines += ["", f"{part['seconds']:.0f} s."]
    if part["failed"] is not None:
        lines[-1] = f"Not whole: {part['failed']}, after {part['seconds']:.0f} s."
    return "\n".join(lines)


def _columns(part: str, rows: Sequence[Row]) -> list[Column]:
    match part:
        case "parity":
            keys = dict.fromkeys(key for row in rows for key in row.get("relative", {}))
            return [
                ("mode", _text("mode")),
                ("run", _text("run")),
                *((key, _error_of_key(key)) for key in keys),
                ("bf16 steps of memory", _number("bfloat16_steps", "{:.2f}")),
            ]
        case "modes":
            return [
                ("mode", _text("mode")),
                ("seconds a frame", lambda row: f"{row['seconds'] / row['frames']:.4f}"),
                ("masks, median", _number("mask_error_median", "{:.1e}")),
                ("masks, largest", _number("mask_error_largest", "{:.1e}")),
                ("pointers, median", _number("pointer_error_median", "{:.1e}")),
                ("pointers, largest", _number("pointer_error_largest", "{:.1e}")),
                ("IoU, mean", _number("mask_iou_mean", "{:.5f}")),
                ("IoU, least", _number("mask_iou_least", "{:.5f}")),
                ("peak memory", _peak),
            ]
        case "compile":
            return [
                ("mode", _text("mode")),
                ("encoder", _text("encoder")),
                ("first frame, seconds", _number("first_seconds", "{:.1f}")),
                ("film, frames a second", _number("film_frames_per_second", "{:.3g}")),
                ("recorded, frames a second", _number("recorded_frames_per_second", "{:.3g}")),
                ("peak memory", _peak),
            ]
        case "host":
            return [
                ("what", _text("what")),
                ("mode", _text("mode")),
                ("GPU computes", lambda row: f"{100 * row['busy']:.0f} %"),
                ("kernels a frame", _number("kernels", "{:.0f}")),
                ("waits a frame", _number("waits", "{:.2f}")),
                ("frames a second", lambda row: f"{row['frames'] / row['seconds']:.3g}"),
            ]
        case _:
            peers = dict.fromkeys(peer for row in rows for peer in row.get("against", {}))
            return [
                ("", _contender),
                ("clips", _number("clips", "{}")),
                ("frames a second", _number("frames_per_second", "{:.3g}")),
                *((f"against {peer}", _against(peer)) for peer in peers),
                ("peak memory", _peak),
            ]


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """Return a table; of a row that failed its first cells that say what it is, then why."""
    lines = [_line([head for head, _ in columns]), _line(["---"] * len(columns))]
    for row in rows:
        if "failed" in row:
            telling_cells = [cell(row) for head, cell in columns if head in _TELLING]
            cells = [*telling_cells, row["failed"].replace("|", "/")]
            lines.append(_line([*cells, *[""] * (len(columns) - len(cells))]))
        else:
            lines.append(_line([cell(row) for _, cell in columns]))
    return lines


_TELLING = {"", "mode", "run", "what", "encoder"}
"""Heads of the columns that say what a row is of."""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(key: str) -> Callable[[Row], str]:
    return lambda row: str(row[key])


def _number(key: str, form: str) -> Callable[[Row], str]:
    return lambda row: form.format(row[key]) if key in row else ""


def _error_of_key(key: str) -> Callable[[Row], str]:
    return lambda row: f"{row['relative'][key]:.1e}" if key in row["relative"] else ""


def _against(peer: str) -> Callable[[Row], str]:
    return lambda row: f"{row['against'][peer]:.2f}" if peer in row.get("against", {}) else ""


def _contender(row: Row) -> str:
    parts = [row["contender"]]
    if row["mode"] is not None:
        parts.append(row["mode"])
    if "batch" in row:
        parts.append(f"batch {row['batch']}{' (usual)' if row.get('usual_batch') else ''}")
    return ", ".join(parts)


def _peak(row: Row) -> str:
    peak = row["peak_bytes"]
    return "not measured" if peak is None else _memory(peak)


def _memory(count: int) -> str:
    return f"{count / 2**30:.2f} GiB"
