"""Measure how well clips show what their sets are for, and draw sheets of them to look at.

    python -m benchmarks.clips_quality [--videos DAVIS] [--clips 24] [--seed 0] [--sheets FOLDER]

Prints how evenly sources, objects and partners are drawn, and for each set what can go wrong with it: how
much obscuration hides at its peak, what overlays hide of the prompted object, how much of the source's own
object an object hides that is pasted and vanishes, and whether pasted objects come in pieces or without
contrast. Shown are the least value of all draws, the quartiles, and the largest.
"""

import argparse
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from samscope.clips.clip import Clip, Footage, Material, SetName
from samscope.clips.material import load_material
from samscope.clips.sets import make_clip
from samscope.clips.settings import ClipSettings
from samscope.clips.source import ClipsFromVideos, open_source, open_videos

SHOWN = (0, 3, 6, 9, 11, 13, 15, 17, 20, 24, 27)
"""Frames of a sheet."""

WIDTH = 200
"""Width of a frame on a sheet, in pixels."""


def main() -> None:
    """Make the clips of every draw, one draw at a time, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheets", type=Path)
    arguments = parser.parse_args()
    settings = ClipSettings(videos=arguments.videos, count=arguments.clips, seed=arguments.seed)
    source = open_source(settings, open_videos(settings))
    if not isinstance(source, ClipsFromVideos):
        parser.error(f"{arguments.videos}: clips that are made already; name videos")
    print_evenness(source)
    measured: dict[str, list[float]] = {}
    rows: dict[str, list[Image.Image]] = {}
    for draw in source.draws:
        material = load_material(draw, source.collection, settings.timeline)
        clips = {
            name: make_clip(name, material, settings.timeline, settings.options) for name in settings.sets
        }
        for name, value in measures(material, clips).items():
            measured.setdefault(name, []).append(value)
        if arguments.sheets is not None:
            for name, clip in clips.items():
                rows.setdefault(name, []).append(sheet_row(clip))
    for name, values in measured.items():
        print_spread(name, values)
    if arguments.sheets is not None:
        arguments.sheets.mkdir(parents=True, exist_ok=True)
        for name, pictures in rows.items():
            save_sheet(arguments.sheets / f"{name}.png", pictures)


def print_evenness(source: ClipsFromVideos) -> None:
    """Print how often each source, object and partner was drawn."""
    draws, videos = source.draws, len(source.collection)
    print(
        f"{len(draws)} draws of {videos} videos; rejected: {source.sampling.rejected}; compromises: "
        f"{source.sampling.compromises}"
    )
    roles: dict[str, Iterable[Hashable]] = {
        "source videos": [draw.source.video for draw in draws],
        "source objects": [(draw.source.video, draw.source.object_id) for draw in draws],
        "partner videos": [draw.partner.video for draw in draws],
        "pairs": [(draw.source.video, draw.partner.video) for draw in draws],
    }
    for role, drawn in roles.items():
        uses = Counter(drawn).values()
        print(f"{role:16}{len(uses):4} distinct, used {min(uses)} to {max(uses)} times")


def measures(material: Material, clips: Mapping[SetName, Clip]) -> dict[str, float]:
    """Return what is measured of the clips of a draw; shares are 0..1."""
    obscuration, overlay, removal = clips["obscuration"], clips["overlay"], clips["object_removal"]
    middle = obscuration.timeline.middle_frames
    source_masks = material.source.masks
    hidden = [
        int((pasted & mask).sum()) / max(int(mask.sum()), 1)
        for pasted, mask in zip(removal.masks, source_masks, strict=True)
    ]
    pasted_on = removal.masks.any(axis=(1, 2))
    return {
        "obscuration: largest share hidden": float(np.nanmax(obscuration.obscured)),
        "obscuration: largest in the middle": float(np.nanmax(obscuration.obscured[middle])),
        "obscuration: hidden at both ends": float(np.nansum(obscuration.obscured[[0, -1]])),
        "overlay: hidden on the prompted frame": float(overlay.obscured[0]),
        "overlay: hidden on average later": float(np.nanmean(overlay.obscured[1:])),
        "overlay: largest share hidden": float(np.nanmax(overlay.obscured)),
        "object removal: own object hidden, mean": float(np.mean(np.array(hidden)[pasted_on])),
        "object removal: own object hidden, most": float(np.max(hidden)),
        "object removal: own object hidden, last": float(hidden[middle.start - 1]),
        "object removal: median area": float(np.median(removal.masks[pasted_on].mean(axis=(1, 2)))),
        "partner: outside its largest piece": max(map(outside_largest_piece, material.partner.masks)),
        "look-alikes: outside the largest piece": max(
            max(map(outside_largest_piece, footage.masks)) for footage in material.overlays
        ),
        "partner: border with contrast": border_with_contrast(material.partner),
        "look-alikes: border with contrast": min(map(border_with_contrast, material.overlays)),
    }


def outside_largest_piece(mask: NDArray[np.bool_]) -> float:
    """Return the share of a mask's pixels that are not in its largest connected piece."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = statistics[1:, cv2.CC_STAT_AREA]
    return float(1 - areas.max() / areas.sum()) if len(areas) else 0.0


def border_with_contrast(footage: Footage) -> float:
    """Return the share of an object's border, on the worst of three frames, across which colours differ.

    Differ they do by at least 8 units of CIE Lab, on average over small discs inside and outside.
    """
    worst = 1.0
    for index in (0, len(footage.masks) // 2, len(footage.masks) - 1):
        mask = footage.masks[index].astype(np.uint8)
        lab = cv2.cvtColor(footage.frames[index].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        reach = max(2, round(mask.shape[0] / 120))
        inside, outside = mean_around(lab, mask, reach), mean_around(lab, 1 - mask, reach)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        border = (mask & ~cv2.erode(mask, disc)).astype(bool)
        border[[0, -1]] = border[:, [0, -1]] = False
        if border.any():
            worst = min(worst, float((np.linalg.norm(inside - outside, axis=-1)[border] >= 8).mean()))
    return worst


def mean_around(lab: NDArray[np.float32], where: NDArray[np.uint8], reach: int) -> NDArray[np.float32]:
    """Return the mean colour of those pixels around each one that lie in a mask."""
    weight = where.astype(np.float32)
    total = cv2.GaussianBlur(lab * weight[..., None], (0, 0), reach)
    return np.asarray(total / np.maximum(cv2.GaussianBlur(weight, (0, 0), reach), 1e-6)[..., None])


def print_spread(name: str, values: Sequence[float]) -> None:
    """Print how a measure is spread over the draws, and where its extremes are."""
    quartiles = np.quantile(values, (0, 0.25, 0.5, 0.75, 1))
    worst = f"least {int(np.argmin(values))}, most {int(np.argmax(values))}"
    under = f"under .50: {sum(value < 0.5 for value in values)}"
    print(f"{name:42}" + "".join(f"{value:7.3f}" for value in quartiles) + f"   draws: {worst}; {under}")


def sheet_row(clip: Clip) -> Image.Image:
    """Return some frames of a clip side by side, with the object's outline and how much of it is hidden."""
    height = round(WIDTH * clip.frames.shape[1] / clip.frames.shape[2])
    row = Image.new("RGB", (WIDTH * len(SHOWN), height + 14), "white")
    pen = ImageDraw.Draw(row)
    draw = clip.draw
    pen.text(
        (2, 1),
        f"{draw.name}  partner {draw.partner.video}  {[excerpt.video for excerpt in draw.overlays]}",
        "black",
    )
    for place, index in enumerate(i for i in SHOWN if i < len(clip.frames)):
        frame = clip.frames[index].copy()
        contours, _ = cv2.findContours(
            clip.masks[index].astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(frame, contours, -1, (255, 0, 255), max(1, frame.shape[0] // 160))
        row.paste(Image.fromarray(frame).resize((WIDTH, height)), (WIDTH * place, 14))
        hidden = clip.obscured[index]
        label = f"{index}" if np.isnan(hidden) or hidden == 0 else f"{index}: {hidden:.0%}"
        pen.text((WIDTH * place + 3, 15), label, "yellow", stroke_width=1, stroke_fill="black")
    return row


def save_sheet(path: Path, rows: Sequence[Image.Image]) -> None:
    """Write rows one below another."""
    sheet = Image.new("RGB", (rows[0].width, sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    sheet.save(path)


if __name__ == "__main__":
    main()
