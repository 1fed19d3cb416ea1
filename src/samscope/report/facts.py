"""What was run, and how: the settings of a study as the page states them."""

from collections.abc import Iterator, Mapping
from typing import Any

from samscope.clips.sets.obscuration import PEAK
from samscope.records.store import Study
from samscope.report.wording import listed, set_label
from samscope.videos.mask_reading import said_of_masks

Fact = tuple[str, str]
"""A name and its value."""

_NAMED = 3
"""As many videos are named where something is said of many."""


def subtitle(study: Study) -> str:
    """Return what a study looked at, in one line."""
    model = str(study.settings.get("model", "a SAM 2"))
    videos = str(study.settings.get("collection", "made-up or unnamed videos"))
    return f"{model.rstrip('/').split('/')[-1]} on {videos}"


def what_was_run(study: Study) -> list[Fact]:
    """Return the facts of a study that bear on what it found; what ``study.json`` lacks is left out."""
    settings = study.settings
    size = settings.get("image_size")
    facts = [
        ("Model", _text(settings.get("model"))),
        ("Model input", f"{size} by {size} pixels" if size else ""),
        ("Device", _text(settings.get("device"))),
        ("Mode", _text(settings.get("mode"))),
        ("Image encoder", "compiled by torch.compile" if settings.get("compile") else ""),
        ("Memory rule", _text(settings.get("memory_rule"))),
        ("Videos", _text(settings.get("collection"))),
        ("List of videos", _text(settings.get("list_read"))),
        ("Masks", _masks(settings.get("masks_read_as"))),
        ("Labels", _labels(settings.get("labels_on"))),
        ("Clips", _clips(study)),
        ("Frames of a clip", _timeline(study)),
        ("Strides drawn from", listed([str(stride) for stride in settings.get("strides") or []])),
        ("Seed", _text(settings.get("seed"))),
        ("Random twin", _twin(study)),
        ("Choices", _choices(settings)),
        ("Rejected draws", _rejected(settings.get("rejected"))),
        ("Partners not as meant", _rejected(settings.get("compromises"))),
        ("Obscured less than meant", _hardly_obscured(study)),
        ("Videos left out", _reasons(settings.get("videos_left_out"))),
        ("Made", _text(settings.get("created"))),
        ("samscope", _text(settings.get("samscope"))),
    ]
    return [(name, value) for name, value in facts if value]


def how_it_ran(study: Study) -> list[Fact]:
    """Return what a study took and what it ran with; what ``study.json`` lacks is left out."""
    settings = study.settings
    seconds = settings.get("seconds")
    stages = [f"{stage} {float(taken):.1f} s" for stage, taken in _items(seconds)]
    peak = settings.get("peak_memory_bytes")
    command = settings.get("command")
    facts = [
        ("Time", ", ".join(stages)),
        ("Peak memory", f"{float(peak) / 2**30:.2f} GiB" if peak else ""),
        ("Python", _text(settings.get("python"))),
        ("Platform", _text(settings.get("platform"))),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in _items(settings.get("versions")))),
        ("Weights, SHA-256", _text(settings.get("weights_sha256"))),
        ("Command", " ".join(str(part) for part in command) if isinstance(command, list) else _text(command)),
    ]
    return [(name, value) for name, value in facts if value]


def failures(study: Study) -> list[str] | None:
    """Return what failed while the rest of a study went on; None where the records do not say."""
    listed_failures = study.settings.get("failures")
    if not isinstance(listed_failures, list):
        return None
    return [_failure(failure) for failure in listed_failures if isinstance(failure, Mapping)]


def _failure(failure: Mapping[str, Any]) -> str:
    video = _text(failure.get("video"))
    clip = " ".join(_text(failure.get(name)) for name in ("set", "clip")).strip()
    what = f"{clip} (video {video})" if clip else f"video {video}"
    return f"{what}, {_text(failure.get('stage'))}: {_text(failure.get('reason'))}"


def every_setting(study: Study) -> list[Fact]:
    """Return everything that ``study.json`` says, one entry a value, nested names joined by a point."""
    return [(name, _text(value) or "none") for name, value in _flat(study.settings)]


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
            yield from _flat({str(number): entry for number, entry in enumerate(value)}, f"{before}{name}.")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{before}{name}", shown


def _clips(study: Study) -> str:
    counts = study.clips.groupby("set", sort=False).size()
    videos = study.clips["source_video"].nunique()
    drawn = f"of {videos} source video{'s' if videos != 1 else ''}"
    labels = listed([set_label(str(name)).lower() for name in counts.index])
    if counts.nunique() == 1:
        return f"{counts.iloc[0]} {drawn} in each of {len(counts)} sets: {labels}"
    return f"{listed([f'{count} {set_label(str(name)).lower()}' for name, count in counts.items()])}, {drawn}"


def _twin(study: Study) -> str:
    """Return what tracked the clips beside the model; nothing where ``study.json`` does not say."""
    if study.twin is None:
        return "none" if study.settings.get("control") == "none" else ""
    draws = study.twin.clips["clip"].nunique()
    sets = listed([set_label(str(name)).lower() for name in study.twin.clips["set"].unique()])
    return f"random weights of seed {study.settings.get('twin_seed')}, on {draws} draws: {sets}"


def _hardly_obscured(study: Study) -> str:
    """Return in how many obscuration clips no frame of the middle reaches the peak that is aimed at."""
    frames = study.frames
    middle = frames[(frames["set"] == "obscuration") & (frames["segment"] == "middle")]
    peaks = middle.groupby("clip")["obscured"].max()
    few = int((peaks < PEAK).sum())
    return f"{few} of {len(peaks)} clips never by {PEAK:.0%} in the middle" if few else ""


def _timeline(study: Study) -> str:
    first = study.clips.iloc[0]
    return f"prefix {first['prefix']}, middle {first['middle']}, suffix {first['suffix']}"


def _choices(settings: Mapping[str, Any]) -> str:
    names = ("splice", "background", "overlay")
    return ", ".join(f"{name}: {settings[name]}" for name in names if settings.get(name))


def _rejected(rejected: object) -> str:
    if not isinstance(rejected, Mapping):
        return ""
    return _reasons(rejected) or "none"


def _reasons(counts: object) -> str:
    return "; ".join(f"{count} ({reason})" for reason, count in _items(counts))


def _masks(notes: object) -> str:
    return "; ".join(said_of_masks({name: str(note) for name, note in _items(notes)}))


def _labels(said: object) -> str:
    videos = _items(said)
    more = f"; and {len(videos) - _NAMED} more videos" if len(videos) > _NAMED else ""
    return "; ".join(f"{name}: {text}" for name, text in videos[:_NAMED]) + more


def _items(values: object) -> list[tuple[str, Any]]:
    return [(str(name), value) for name, value in values.items()] if isinstance(values, Mapping) else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
