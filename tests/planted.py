"""A study whose truths are planted, so that what the analysis finds can be checked against them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.clips.clip import SETS, Timeline
from samscope.observation.map_levels import LEVEL_COLUMNS
from samscope.records.schema import LATER
from samscope.records.store import RecordWriter, Study
from samscope.trackers.positions import MAPPED, POSITION_NAMES

POINTER_LENGTH = 16

SEPARATING = "object_pointer_ungated"
"""The position whose features part absent frames from all others, entirely."""

NULL = "frame"
"""The position whose features know nothing of presence."""

AGE_ONLY = "image_embeddings"
"""The position whose features rise with the references' age alone: in the middle of clean_gap as much."""

FEW_POSITIONS = (NULL, AGE_ONLY, SEPARATING)
"""Enough for tests of what is done with results, at a third of the time."""

SHIFTS = {
    "frame": 0.0,
    "image_embeddings": 0.0,
    "memory_conditioned": 2.0,
    "prompt_conditioned": 3.0,
    "object_pointer": 0.5,
    "object_pointer_ungated": 40.0,
    "memory_encoder_output": 1.5,
    "memory_features": 1.0,
}
"""How far absence moves the features of each position, in standard deviations of their noise; else not."""

AGE_SHIFTS = {"image_embeddings": 40.0}
"""How far old references move them."""

GONE = {"interjection", "object_removal"}

TIMELINE = Timeline()

J_BY_SEGMENT = {"prefix": 0.9, "middle": 0.8, "suffix": 0.7}

POINTER_SPREAD = (3.0, 1.0)
"""Standard deviations of a clean clip's pointers on the first two elements; the others hardly vary."""

POINTER_DRIFT = 5.0
"""How far the pointer moves, on its third element, where the object is wholly obscured."""


FEATURE_COLUMNS = ("short", "long", "ratio", "long_variance", "long_none", "long_variance_without_floor")
"""The columns of the features table that measure something, with one kind of references."""


@dataclass(frozen=True)
class Planted:
    """The tables of a planted study, its settings, and maps and attention by set and clip."""

    clips: pd.DataFrame
    frames: pd.DataFrame
    features: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)
    maps: dict[tuple[str, int], dict[str, NDArray[Any]]] = field(default_factory=dict)
    attention: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the study as the store keeps it, one part a draw, and return its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for clip in sorted(set(self.clips["clip"].tolist())):
            sets = self.clips.loc[self.clips["clip"] == clip, "set"]
            records: Any = [self._records(set_name, clip) for set_name in sets]
            RecordWriter(folder).write(clip, records)
        (folder / "study.json").write_text(json.dumps(self.settings))
        return folder

    def _records(self, set_name: str, clip: int) -> SimpleNamespace:
        sets = [set_name, "clean_gap"] if set_name == "clean" else [set_name]
        tables = {"clips": self.clips, "frames": self.frames, "features": self.features}
        rows = {
            name: _rows(table.loc[(table["clip"] == clip) & table["set"].isin(sets)])
            for name, table in tables.items()
        }
        attention = self.attention.get((set_name, clip))
        return SimpleNamespace(**rows, maps=self.maps.get((set_name, clip)), attention=attention)

    @property
    def study(self) -> Study:
        """The study as it is in memory, without maps."""
        return Study(Path("planted"), self.settings, self.clips, self.frames, self.features)


def planted(
    *,
    clips: int = 8,
    videos: Sequence[str] = ("camel", "dog", "goat", "swan"),
    sets: Sequence[str] = SETS,
    positions: Sequence[str] = POSITION_NAMES,
    timeline: Timeline = TIMELINE,
    maps: bool = True,
    seed: int = 0,
) -> Planted:
    """Plant a study: ``clips`` draws of each set, whose source videos are ``videos`` in turn."""
    rng = np.random.default_rng(seed)
    clip_rows: list[dict[str, Any]] = []
    frame_rows: list[dict[str, Any]] = []
    for clip in range(clips):
        pointers = _clean_pointers(timeline.length, rng)
        for set_name in sets:
            clip_rows.append(_clip_row(set_name, clip, videos, timeline))
            frame_rows += _frame_rows(set_name, clip, timeline, pointers, rng)
    frames = pd.DataFrame(frame_rows)
    return Planted(
        pd.DataFrame(clip_rows),
        frames,
        _features(frames, clips, positions, timeline, rng),
        {
            "samscope": "0.1.0",
            "model": "planted",
            "image_size": 512,
            "device": "cpu",
            "collection": "planted videos",
            "clips": clips,
            "seed": seed,
            "sets": list(sets),
            "prefix": timeline.prefix,
            "middle": timeline.middle,
            "suffix": timeline.suffix,
            "rejected": {"the object is too small": 3},
            "created": "2026-01-02T03:04:05+00:00",
            "seconds": {"build": 1.5, "track": 20.25},
        },
        {(name, 0): _maps(frames, name) for name in ("clean", "obscuration") if name in sets and maps},
    )


def with_attention(study: Planted) -> Planted:
    """Return a study that also tells what memory attention looked at, in two layers of every clip.

    A frame reads the memories of frame 0 and of the six before it, and the pointers of these. The memory of
    frame 0 gets half of all attention in the first layer and a quarter in the second, from the object three
    quarters in both; the others get equal parts of the rest.
    """
    return replace(
        study,
        settings=study.settings | {"attention": True},
        attention={
            (clip["set"], clip["clip"]): _attention_rows(clip["set"], clip["clip"], TIMELINE.length)
            for clip in study.clips.to_dict("records")
        },
    )


def _attention_rows(set_name: str, clip: int, length: int) -> list[dict[str, Any]]:
    rows = []
    for frame in range(1, length):
        read = [0, *range(max(1, frame - 6), frame)]
        others = 2 * len(read) - 1
        for layer, of_prompt in enumerate((0.5, 0.25)):
            for kind in ("memory", "pointer"):
                for remembered in read:
                    prompt = kind == "memory" and remembered == 0
                    rows.append(
                        {
                            "set": set_name,
                            "clip": clip,
                            "frame": frame,
                            "layer": layer,
                            "kind": kind,
                            "remembered_frame": remembered,
                            "age": 0 if remembered == 0 else frame - remembered,
                            "share": of_prompt if prompt else (1 - of_prompt) / others,
                            "share_from_object": 0.75 if prompt else 0.25 / others,
                            "share_from_rest": of_prompt if prompt else (1 - of_prompt) / others,
                            "share_from_rival": None,
                        }
                    )
    return rows


def row(table: pd.DataFrame, **values: Any) -> Any:
    """Return the one row of a table that has these values in these columns."""
    chosen = table
    for name, value in values.items():
        chosen = chosen.loc[chosen[name] == value]
    assert len(chosen) == 1, f"{len(chosen)} rows have {values}"
    return chosen.iloc[0]


def fraction_obscured(set_name: str, timeline: Timeline) -> NDArray[np.float64]:
    """Return [T]: 0 at both ends of an obscured clip, 0.8 half-way; 0 in the other sets."""
    from_middle = np.abs(np.arange(timeline.length) / timeline.length - 0.5)
    rise = 0.8 * np.clip(1 - from_middle / 0.35, 0, 1)
    return rise if set_name == "obscuration" else np.zeros(timeline.length)


def _clip_row(set_name: str, clip: int, videos: Sequence[str], timeline: Timeline) -> dict[str, Any]:
    overlays = [videos[(clip + step) % len(videos)] for step in (1, 2, 3)]
    return {
        "set": set_name,
        "clip": clip,
        "source_video": videos[clip % len(videos)],
        "object_id": 1,
        "start": clip,
        "stride": 1,
        "partner_video": videos[(clip + 1) % len(videos)],
        "partner_object_id": 1,
        "partner_start": 0,
        "partner_stride": 1,
        "overlay_videos": overlays,
        "overlay_object_ids": [1, 1, 1],
        "overlay_starts": [0, 0, 0],
        "overlay_strides": [1, 1, 1],
        "seed": clip,
        "prefix": timeline.prefix,
        "middle": timeline.middle,
        "suffix": timeline.suffix,
        "height": 54,
        "width": 96,
    }


def _clean_pointers(length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    spread = np.full(POINTER_LENGTH, 0.02)
    spread[: len(POINTER_SPREAD)] = POINTER_SPREAD
    return np.asarray(rng.normal(size=(length, POINTER_LENGTH)) * spread)


def _frame_rows(
    set_name: str, clip: int, timeline: Timeline, pointers: NDArray[np.float64], rng: np.random.Generator
) -> list[dict[str, Any]]:
    obscured = fraction_obscured(set_name, timeline)
    changed = pointers.copy()
    changed[:, 2] += POINTER_DRIFT * obscured
    if set_name != "clean":
        changed += rng.normal(size=changed.shape) * 0.02
    rows = []
    for frame in range(timeline.length):
        middle = frame in timeline.middle_frames
        present = not (middle and set_name in GONE)
        segment = timeline.segment(frame)
        j = J_BY_SEGMENT[segment] if present else 1.0
        box = [10.0, 12.0, 40.0, 44.0]
        rows.append(
            {
                "set": set_name,
                "clip": clip,
                "frame": frame,
                "segment": segment,
                "present": present,
                "obscured": obscured[frame] if present else np.nan,
                "transformed": (middle and set_name not in ("clean", "obscuration")) or obscured[frame] > 0,
                "origin": f"{set_name}/{clip}/{frame}",
                "true_area": 0.1 if present else 0.0,
                "true_box": box if present else None,
                "prompted": frame == 0,
                "object_score": rng.normal() + (6 if present else -6),
                "predicted_iou": 0.9,
                "candidate_disagreement": np.nan if frame == 0 else 0.1,
                "j": j,
                "f": j - 0.1,
                "f_adaptive": j - 0.2 if present else j - 0.1,
                "predicted_area": 0.1 if present else 0.05,
                "false_positive_area": 0.0 if present or frame == timeline.prefix else 0.05,
                "predicted_box": box,
                "object_pointer": changed[frame] if present else np.full(POINTER_LENGTH, 0.5),
                "object_pointer_ungated": changed[frame],
            }
        )
    return rows


def _features(
    frames: pd.DataFrame,
    clips: int,
    positions: Sequence[str],
    timeline: Timeline,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Every feature is 10 + the clip's own level + noise of deviation 0.1, + what absence and age add."""
    sets = list(frames["set"].unique())
    later, of_maps = rng.spawn(2)
    frame = np.arange(timeline.length)
    middle = np.isin(frame, timeline.middle_frames)
    pieces = []
    for clip in range(clips):
        for set_name in [*sets, *(["clean_gap"] if "clean" in sets else [])]:
            gone = middle & (set_name in GONE)
            old = middle & (set_name in GONE | {"clean_gap"})
            age = np.where(old, frame - timeline.prefix + 1, 1)
            for position in positions:
                raised = 0.1 * (SHIFTS.get(position, 0.0) * gone + AGE_SHIFTS.get(position, 0.0) * old)
                values: dict[str, Any] = {}
                for references in ("", "_untransformed", "_online"):
                    level = 10 + 0.02 * (clip % 3)
                    for name in FEATURE_COLUMNS:
                        own = later if f"{name}{references}" in LATER["features"] else rng
                        value = level + raised + own.normal(size=len(frame)) * 0.1
                        first = 1 if name == "short" else 2
                        values[f"{name}{references}"] = np.where(frame < first, np.nan, value)
                    values[f"references{references}"] = np.minimum(frame, 5)
                    values[f"age{references}"] = age
                mapped = position in MAPPED and set_name != "clean_gap"
                for name in LEVEL_COLUMNS:
                    values[name] = of_maps.normal(size=len(frame)) * 0.1 if mapped else np.nan
                keys = {"set": set_name, "clip": clip, "frame": frame, "position": position}
                pieces.append(pd.DataFrame({**keys, **values}))
    return pd.concat(pieces, ignore_index=True)


def _maps(frames: pd.DataFrame, set_name: str) -> dict[str, NDArray[Any]]:
    length = int(frames["frame"].max()) + 1
    rows, columns = np.mgrid[:54, :96]
    centre = 30 + np.arange(length)
    masks = (rows - 27) ** 2 + (columns - centre[:, None, None]) ** 2 < 14**2
    pictures = (
        np.broadcast_to((rows * 2 + columns)[None, ..., None], (length, 54, 96, 3)).astype(np.uint8).copy()
    )
    pictures[masks] = (200, 60, 40)
    offset = 0.0 if set_name == "clean" else 0.5
    maps: dict[str, NDArray[Any]] = {
        "frames": pictures,
        "masks": masks.astype(np.uint8),
        "predicted": np.roll(masks, 2, axis=2).astype(np.uint8),
    }
    for position, size in (
        ("frame", 128),
        ("image_embeddings", 64),
        ("memory_conditioned", 32),
        ("prompt_conditioned", 32),
        ("memory_encoder_output", 32),
        ("memory_features", 32),
    ):
        wave = np.sin(np.linspace(0, 6, size))[None, :, None] * np.cos(np.linspace(0, 9, size))[None, None]
        for kind, sign in (("mean", 1.0), ("variance", 2.0)):
            values = np.broadcast_to(sign * (wave + offset), (length, size, size)).astype(np.float16).copy()
            if position == "memory_conditioned":
                values[0] = np.nan
            maps[f"{position}/{kind}"] = values
    return maps


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
