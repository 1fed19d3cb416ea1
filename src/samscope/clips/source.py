"""Where a study's clips come from: made out of videos as they are needed, or read from a built folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from samscope.clips.built import BuiltClips, is_built
from samscope.clips.clip import Clip, Draw, SetName
from samscope.clips.draws.sampling import Sampling, sample_draws
from samscope.clips.facts import draw_of
from samscope.clips.material import load_material
from samscope.clips.sets import make_clip
from samscope.clips.settings import ClipSettings
from samscope.clips.synthetic.made_up import made_up_collection
from samscope.clips.writing import resolution_name
from samscope.support.errors import SamscopeError
from samscope.support.result_folder import BUILD_FILE, read_json
from samscope.support.urls import url_of
from samscope.videos.labelled import files_of, mask_note
from samscope.videos.layout import MASKS_FOLDER
from samscope.videos.layouts.reading import read_videos
from samscope.videos.stretches import Stretch, labelled_throughout
from samscope.videos.video import Collection

MADE_UP_FRAMES = 32
"""Frames of a made-up video, where clips are no longer than that."""

MADE_UP_GROUP = 12
"""As many made-up videos go together, so that a draw stays the same however many others there are."""


class ClipSource(Protocol):
    """The clips of a study, draw by draw; each one is made or read when it is its turn."""

    @property
    def settings(self) -> ClipSettings:
        """What the clips were asked for as."""

    @property
    def facts(self) -> dict[str, Any]:
        """What ``study.json`` says of the videos and of the draws that were thrown away."""

    @property
    def videos(self) -> dict[str, list[int]]:
        """Name of every video, with its number of frames, their height and their width in pixels."""

    @property
    def draws(self) -> Sequence[Draw]:
        """The draws in order; they are known before any clip is made."""

    def makers(self, draw: Draw) -> Mapping[SetName, Callable[[], Clip]]:
        """Return what makes or reads each clip of a draw, in the order of the sets.

        What the clips of a draw have in common is read now.

        Raises:
            SamscopeError: a file is damaged, or does not show the object where it is prompted. The makers
                raise it too, where an object cannot be placed.
        """

    def inputs(self, draw: Draw) -> dict[str, list[Path]]:
        """Return the files that a draw's clips are made of, by video; none where videos are made up."""

    def only(self, draws: Sequence[Draw]) -> "ClipSource":
        """Return a source of some of its draws, which knows no more than they need, to be sent elsewhere."""

    def __len__(self) -> int:
        """Return the number of clips."""

    def __iter__(self) -> Iterator[tuple[int, Iterator[Clip]]]:
        """Iterate over the draws: their numbers, and their clips in the order of the sets."""


@dataclass(frozen=True)
class ClipsFromVideos:
    """Clips that are made out of videos.

    Attributes:
        settings: which clips.
        collection: the videos.
        sampling: the draws.
    """

    settings: ClipSettings
    collection: Collection
    sampling: Sampling

    @property
    def facts(self) -> dict[str, Any]:
        """What ``study.json`` says of the videos and of the draws that were thrown away."""
        used = {
            excerpt.video
            for draw in self.sampling.draws
            for excerpt in (draw.source, draw.partner, *draw.overlays)
        }
        return {
            "collection": self.collection.name,
            "videos_used": [name for name in self.collection if name in used],
            "videos_left_out": list(self.sampling.left_out),
            "videos_unreadable": dict(self.sampling.unreadable),
            "rejected": self.sampling.rejected,
            "compromises": self.sampling.compromises,
            "list_read": self.collection.list_read,
            "masks_read_as": self._masks_read_as(used),
            "labels_on": {
                video.name: video.said()
                for video in self.collection.videos
                if video.name in used and isinstance(video, Stretch)
            },
        }

    def _masks_read_as(self, used: set[str]) -> dict[str, str]:
        """Return how the masks of videos are read, of those whose masks are not read as they stand."""
        notes = {}
        for name in self.collection:
            if name in used:
                with suppress(SamscopeError):  # a mask that cannot be read fails its clips, and is told there
                    notes[name] = mask_note(self.collection[name])
        return {name: note for name, note in notes.items() if note is not None}

    @property
    def videos(self) -> dict[str, list[int]]:
        """Name of every video, with its number of frames, their height and their width in pixels."""
        return {video.name: [len(video), *video.size] for video in self.collection.videos}

    @property
    def draws(self) -> Sequence[Draw]:
        """The draws in order."""
        return self.sampling.draws

    def makers(self, draw: Draw) -> Mapping[SetName, Callable[[], Clip]]:
        """Return what makes each clip of a draw; its videos are read now.

        Raises:
            SamscopeError: a file is damaged, or does not show the object where it is prompted.
        """
        material = load_material(draw, self.collection, self.settings.timeline)
        return {
            name: partial(make_clip, name, material, self.settings.timeline, self.settings.options)
            for name in self.settings.sets
        }

    def inputs(self, draw: Draw) -> dict[str, list[Path]]:
        """Return the files that a draw's clips are made of, by video; none where videos are made up."""
        files: dict[str, list[Path]] = {}
        for excerpt in (draw.source, draw.partner, *draw.overlays):
            video = self.collection[excerpt.video]
            video_files = [files_of(video, index) for index in excerpt.indices(self.settings.timeline.length)]
            if any(video_files):
                files.setdefault(video.name, []).extend(dict.fromkeys(chain(*video_files)))
        return files

    def only(self, draws: Sequence[Draw]) -> "ClipsFromVideos":
        """Return a source of some of its draws, with the videos that they need."""
        needed = {
            excerpt.video: None for draw in draws for excerpt in (draw.source, draw.partner, *draw.overlays)
        }
        videos = tuple(self.collection[name] for name in needed)
        return replace(
            self, collection=replace(self.collection, videos=videos), sampling=Sampling(tuple(draws), {})
        )

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self.draws) * len(self.settings.sets)

    def __iter__(self) -> Iterator[tuple[int, Iterator[Clip]]]:
        """Iterate over the draws: their numbers, and their clips in the order of the sets."""
        return _one_after_another(self)


@dataclass(frozen=True)
class ClipsFromFolder:
    """Clips that ``samscope build`` has made.

    Attributes:
        built: the folder's clips.

    Raises:
        SamscopeError: a file of the folder is missing or damaged.
    """

    built: BuiltClips

    @property
    def settings(self) -> ClipSettings:
        """What the clips were made as; the videos are the built folder."""
        try:
            clip_settings = ClipSettings.from_json(self._json)
        except (SamscopeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise SamscopeError(
                f"{self.built.folder / BUILD_FILE}: not a build's settings ({error}); make the clips again"
            ) from error
        return replace(clip_settings, videos=self.built.folder, resolution=None, subset=None)

    @property
    def facts(self) -> dict[str, Any]:
        """What is said in the folder of the videos and of the draws that were thrown away."""
        names = ("collection", "videos_used", "videos_left_out", "rejected")
        missing = [name for name in names if name not in self._json]
        if missing:
            raise SamscopeError(
                f"{self.built.folder / BUILD_FILE}: lacks {', '.join(missing)}; make the clips again"
            )
        return {
            **{name: self._json[name] for name in names},
            "videos_unreadable": self._json.get("videos_unreadable", {}),
            "compromises": self._json.get("compromises", {}),
            "list_read": self._json.get("list_read"),
            "masks_read_as": self._json.get("masks_read_as", {}),
            "labels_on": self._json.get("labels_on", {}),
        }

    @property
    def videos(self) -> dict[str, list[int]]:
        """Name of every clip, with its number of frames, their height and their width in pixels."""
        sizes = {}
        for row in self.built.rows:
            frames = row["prefix"] + row["middle"] + row["suffix"]
            sizes[f"{row['set']}/{draw_of(row).name}"] = [frames, row["height"], row["width"]]
        return sizes

    @cached_property
    def draws(self) -> Sequence[Draw]:
        """The draws in the order in which they were made."""
        return [draw_of(rows[0]) for rows in self._rows.values()]

    def makers(self, draw: Draw) -> Mapping[SetName, Callable[[], Clip]]:
        """Return what reads each clip of a draw."""
        return {row["set"]: partial(self._read, row) for row in self._rows[draw.clip]}

    def inputs(self, draw: Draw) -> dict[str, list[Path]]:
        """Return the files of a draw's clips, by set and clip."""
        return {f"{row['set']}/{draw.name}": self.built.files(row) for row in self._rows[draw.clip]}

    def only(self, draws: Sequence[Draw]) -> "ClipsFromFolder":
        """Return a source of some of its draws, with their rows of the tables."""
        return ClipsFromFolder(self.built.only([row for draw in draws for row in self._rows[draw.clip]]))

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self.built)

    def __iter__(self) -> Iterator[tuple[int, Iterator[Clip]]]:
        """Iterate over the draws: their numbers, and their clips in the order of the sets."""
        return _one_after_another(self)

    def _read(self, row: Mapping[str, Any]) -> Clip:
        clip = self.built.read(row)
        if not clip.masks[0].any():
            masks = self.built.folder / clip.set / MASKS_FOLDER / resolution_name(clip.masks.shape[1])
            raise SamscopeError(
                f"{masks / clip.name / '00000.png'}: shows nothing of the object, which is prompted there; "
                "build the clips again"
            )
        return clip

    @cached_property
    def _rows(self) -> dict[int, list[dict[str, Any]]]:
        rows: dict[int, list[dict[str, Any]]] = {}
        for row in self.built.rows:
            rows.setdefault(row["clip"], []).append(row)
        return rows

    @cached_property
    def _json(self) -> dict[str, Any]:
        return read_json(self.built.folder / BUILD_FILE)


def _one_after_another(source: ClipSource) -> Iterator[tuple[int, Iterator[Clip]]]:
    return ((draw.clip, (make() for make in source.makers(draw).values())) for draw in source.draws)


def open_videos(settings: ClipSettings) -> Collection | BuiltClips:
    """Find the videos that clips will be made from, or the clips that are made already.

    Raises:
        UsageError: there is no such folder, resolution or list.
        SamscopeError: the folder holds no videos in a layout that is understood.
    """
    if settings.videos is None:
        frames = max(MADE_UP_FRAMES, settings.timeline.length)
        count = -(-max(1, settings.count) // MADE_UP_GROUP) * MADE_UP_GROUP
        return made_up_collection(count, frames, seed=settings.seed)
    if url_of(settings.videos) is None and is_built(settings.videos):
        return BuiltClips(settings.videos)
    return labelled_throughout(read_videos(settings.videos, settings.resolution, subset=settings.subset))


def open_source(settings: ClipSettings, videos: Collection | BuiltClips) -> ClipSource:
    """Draw what the clips are made from, or take the clips that are made already.

    Args:
        settings: which clips; where they are made already, nothing but the folder counts.
        videos: from ``open_videos``.

    Raises:
        UsageError: the videos do not allow such clips.
        SamscopeError: a video is damaged, or no draw satisfies the rules.
    """
    if isinstance(videos, BuiltClips):
        return ClipsFromFolder(videos)
    sampling = sample_draws(
        videos,
        settings.count,
        settings.timeline,
        settings.seed,
        min_area=settings.min_area,
        strides=settings.strides,
        source=settings.source,
        partner=settings.partner,
        object_id=settings.object_id,
        group=MADE_UP_GROUP if settings.videos is None else None,
        each=settings.each,
    )
    return ClipsFromVideos(settings, videos, sampling)
