"""The records of a study on disk: Parquet tables in one part a draw, and the maps of some clips."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from samscope.clips.tables import read_table
from samscope.records.attention_table import read_attention
from samscope.records.encoding import encoded_tables, encoded_twin_tables
from samscope.records.kept_tensors import read_tensors
from samscope.records.map_files import packed_maps, unpacked_maps
from samscope.records.prompted_pointer import without_prompted_pointer
from samscope.records.record_checks import check_settings, check_tables, check_twin_tables
from samscope.records.schema import ATTENTION_TABLES, LATER, SCHEMAS, TABLES, TWIN_TABLES, VECTORS
from samscope.records.twins import has_twin
from samscope.support.disk import write_whole
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import read_json_object, read_regular, require_within
from samscope.support.result_folder import require_study

if TYPE_CHECKING:
    from torch import Tensor

    from samscope.observation.observe import ClipRecords

RECORDS = "records"
TENSORS = "tensors"
"""Folder of a study for whole tensors, where they are kept."""
SETTINGS = "study.json"

MOST_MAP_BYTES = 2**30
"""Bytes of a clip's maps at most."""

_MAPS = "maps"
_MAP_FILE = re.compile(r"(?P<set>[a-z_]+)-(?P<clip>\d{5,})\.safetensors")


@dataclass(frozen=True)
class RecordWriter:
    """Writes a study's records, one draw after another.

    Attributes:
        folder: the study's folder; the records go into its ``records``.
    """

    folder: Path

    def write(
        self, number: int, records: Sequence["ClipRecords"], twin: Sequence["ClipRecords"] = ()
    ) -> list[Path]:
        """Write the records of a draw's clips: one part of every table, and the maps of clips that have them.

        Every file bears its name only once it is complete, and the part of ``clips`` comes last: where it is,
        the draw is complete. Files of the same draw are replaced.

        Args:
            number: the draw's number, from 0.
            records: what was observed of its clips.
            twin: what was observed of the random twin on some of them; where there is nothing, no part of its
                tables is written.

        Returns:
            The files.

        Raises:
            SamscopeError: the disk is full, or nothing can be written there.
            ValueError: a row lacks a column or has one too many.
        """
        tables = encoded_tables(records)
        of_twin = encoded_twin_tables(twin) if twin else {}
        files = []
        for clip_records in records:
            if clip_records.maps is not None:
                clip = clip_records.clips[0]
                files.append(
                    _write(
                        _map_path(self.folder, clip["set"], clip["clip"]),
                        save(packed_maps(clip_records.maps)),
                    )
                )
        for name, content in (*of_twin.items(), *reversed(tables.items())):
            path = self.folder / RECORDS / name / f"part-{number:05d}.parquet"
            files.append(_write(path, content))
        return files


@dataclass(frozen=True, eq=False)
class Twin:
    """What the random twin of a study's model made of some of its clips.

    Attributes:
        clips: rows of the study's clips that the twin has tracked.
        frames: ``schema.FRAMES`` of these clips.
        features: ``schema.FEATURES`` of these clips, with the rows of the set ``clean_gap``.
    """

    clips: pd.DataFrame
    frames: pd.DataFrame
    features: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Study:
    """The results of a study.

    Attributes:
        path: its folder.
        settings: the content of its ``study.json``.
        clips: ``schema.CLIPS``, one row a clip.
        frames: ``schema.FRAMES``, one row a frame; boxes and pointers are float32 arrays, or None.
        features: ``schema.FEATURES``, one row a frame and position, with the rows of the set ``clean_gap``.
            Nulls are NaN, so that ages, which have some, are floats. What a study of an older version did
            not record is null. At position 4 nothing is measured against the prompted frame's pointer,
            unless ``prompted_pointer`` is set.
        prompted_pointer: the prompted frame's pointer counts as any other, as in the paper.
        twin: what the random twin recorded; None where it was not run.
    """

    path: Path
    settings: dict[str, Any]
    clips: pd.DataFrame
    frames: pd.DataFrame
    features: pd.DataFrame
    prompted_pointer: bool = False
    twin: Twin | None = None

    def without_vectors(self) -> "Study":
        """Return the study without the columns ``schema.VECTORS`` of frames, which few look at."""
        twin = self.twin and replace(self.twin, frames=_without_vectors(self.twin.frames))
        return replace(self, frames=_without_vectors(self.frames), twin=twin)

    def map_keys(self) -> list[tuple[str, int]]:
        """Return set and number of each clip that has maps, in order."""
        matches = (_MAP_FILE.fullmatch(path.name) for path in (self.path / RECORDS / _MAPS).glob("*"))
        return sorted((match["set"], int(match["clip"])) for match in matches if match)

    def maps(
        self, set_name: str, clip: int, *, frames: Sequence[int] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return the maps of a clip, as ``observation.maps.clip_maps`` describes them.

        ``frames`` are as JPEG keeps them, and the maps of position 0 are worked out from these.

        Args:
            set_name: the clip's set.
            clip: its number.
            frames: the frames that are read, in the order in which they are returned; None for all.

        Raises:
            UsageError: the study has no maps of that clip, or the clip has no such frame.
            SamscopeError: their file is damaged.
        """
        path = _map_path(self.path, set_name, clip)
        if not path.is_file():
            available = ", ".join(f"{name} {number}" for name, number in self.map_keys()) or "none"
            raise UsageError(f"{self.path} has no maps of clip {clip} of {set_name}; it has: {available}")
        try:
            maps = unpacked_maps(load(read_regular(path, MOST_MAP_BYTES)), frames)
        except IndexError as error:
            raise UsageError(f"clip {clip} of the set {set_name} has no {error}") from error
        except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(path, error) from error
        return maps

    @property
    def has_attention(self) -> bool:
        """Whether it was recorded what memory attention looked at."""
        return self.settings.get("attention") is True

    def attention(self, draw: int | None = None) -> pd.DataFrame:
        """Return what memory attention looked at, which ``--attention`` recorded: ``schema.ATTENTION``.

        A clip has some thousand rows: name the draw where one is enough.

        Args:
            draw: number of the draw whose clips are read; None for all.

        Raises:
            UsageError: it was not recorded, or there is no such draw.
            SamscopeError: a file is missing or damaged, or says what no study has written.
        """
        parts = parts_of_table(self.path / RECORDS / "attention") if self.has_attention else None
        return read_attention(self.path, parts, self.clips, draw)

    def tensors(
        self,
        clip: Any,
        number: int | None = None,
        *,
        frames: Collection[int] | None = None,
        positions: Collection[str] | None = None,
    ) -> "dict[str, Tensor]":
        """Return the whole tensors of a clip, which ``--keep`` wrote.

        At 1024 pixels they are 18 MB a frame: name the frames and positions that are needed.

        Args:
            clip: a row of ``clips``; or set and number, ``("clean", 0)``; or the number alone, where the
                study has it in one set.
            number: the number, where ``clip`` is the set's name, as ``maps`` takes them.
            frames: the frames that are read; None for all.
            positions: names of the positions that are read; None for all.

        Returns:
            By ``<frame, three digits>/<position>``, such as ``"012/memory_features"``, a tensor on the CPU of
            the shape that ``Seen`` states and of the type that it was recorded in: ``memory_features`` is
            bfloat16. A position that does not exist on a frame is left out.

        Raises:
            UsageError: there is no such clip, frame or position, or no tensors were kept.
            SamscopeError: their file is missing or damaged.
        """
        set_name, number = self._clip_key(clip, number)
        rows = self.clips.loc[(self.clips["set"] == set_name) & (self.clips["clip"] == number)]
        if rows.empty:
            sets = ", ".join(dict.fromkeys(self.clips["set"]))
            raise UsageError(
                f"{self.path} has no clip {number} of {set_name}; its sets are {sets}, its numbers 0 to "
                f"{self.clips['clip'].max()}"
            )
        folder = self.path / TENSORS
        if not folder.is_dir():
            raise UsageError(f"{self.path} keeps no whole tensors; run the study again with --keep")
        path = folder / set_name / f"{number:05d}-{rows['source_video'].iloc[0]}.safetensors"
        if not path.is_file():
            raise SamscopeError(f"{path} is missing; run the study again with --keep")
        require_within(path, self.path)
        return read_tensors(path, frames, positions)

    def _clip_key(self, clip: Any, number: int | None) -> tuple[str, int]:
        """Return the set and the number that a clip is named by."""
        if number is not None:
            clip = (clip, number)
        elif isinstance(clip, Integral):
            sets = list(self.clips.loc[self.clips["clip"] == int(clip), "set"])
            if len(sets) > 1:
                raise UsageError(
                    f"clip {clip} is in {len(sets)} sets; name one of them: tensors(({sets[0]!r}, {clip}))"
                )
            clip = (sets[0] if sets else "any set", clip)
        elif isinstance(clip, Mapping | pd.Series) and {"set", "clip"} <= set(clip.keys()):
            clip = (clip["set"], clip["clip"])
        elif hasattr(clip, "_fields") and {"set", "clip"} <= set(clip._fields):
            clip = (clip.set, clip.clip)
        if not isinstance(clip, Sequence) or len(clip) != 2 or not isinstance(clip[1], Integral):
            raise UsageError(
                f"clip is {type(clip).__name__}; expected a row of study.clips, or set and number, such as "
                "('clean', 0)"
            )
        return str(clip[0]), int(clip[1])

    def __repr__(self) -> str:
        """Return folder, number of clips and sets, and the model in one line."""
        clips, sets = len(self.clips), self.clips["set"].nunique()
        model = self.settings.get("model")
        by = "" if model is None else f", model {str(model)!r}"
        counted = f"{clips} clip{'s' * (clips != 1)} in {sets} set{'s' * (sets != 1)}"
        return f"Study({str(self.path)!r}: {counted}{by})"


def open_study(path: Path | str, *, prompted_pointer: bool = False) -> Study:
    """Read a study's settings and records.

    Args:
        path: the folder that ``samscope study --out`` names.
        prompted_pointer: let the prompted frame's pointer be a reference and be compared, as the paper does.
            The records hold it; by default what is measured against it is left out
            (``records.prompted_pointer``).

    Raises:
        UsageError: there is no such folder, or it is no study's.
        SamscopeError: a file of it is missing or damaged, or says what no study has written, or a link leads
            out of it; the message names it.
    """
    if not isinstance(path, str | Path) or not str(path).strip():
        raise UsageError(f"the study is {path!r}; expected the path of the folder that it was written to")
    path = Path(path).expanduser()
    require_study(path)
    for entry in path.iterdir():
        if entry.is_symlink():
            require_within(entry, path)
    settings = _settings(path / SETTINGS)
    parts = {name: parts_of_table(path / RECORDS / name) for name in TABLES}
    numbers = {part.name for files in parts.values() for part in files}
    if not numbers:
        raise SamscopeError(f"{path} has no records; run the study again")
    if settings.get("attention") is True:
        parts |= {name: parts_of_table(path / RECORDS / name) for name in ATTENTION_TABLES}
    for name in parts:
        for missing in sorted(numbers - {part.name for part in parts[name]}):
            raise SamscopeError(
                f"{path / RECORDS / name / missing} is missing: the study was not finished; run it again"
            )
    tables = {name: read_parts(name, parts[name]) for name in TABLES}
    check_tables(**tables, folder=path / RECORDS)
    twin = _twin(path, settings, tables["clips"])
    if not prompted_pointer:
        tables["features"] = without_prompted_pointer(tables["features"])
        if twin is not None:
            twin = replace(twin, features=without_prompted_pointer(twin.features))
    return Study(path, settings, **tables, prompted_pointer=prompted_pointer, twin=twin)


def _twin(path: Path, settings: Mapping[str, Any], clips: pd.DataFrame) -> Twin | None:
    """Read what the random twin recorded of a study.

    Raises:
        SamscopeError: it is damaged, or it is not of the very clips that it should be of.
    """
    sets = [name for name in settings.get("sets") or [] if isinstance(name, str)]
    tracked = [
        settings.get("control") == "random" and has_twin(str(set_name), int(clip), sets)
        for set_name, clip in zip(clips["set"], clips["clip"], strict=True)
    ]
    twin_clips = clips.loc[tracked].reset_index(drop=True)
    if twin_clips.empty:
        return None
    parts = {name: parts_of_table(path / RECORDS / name) for name in TWIN_TABLES}
    for name, files in parts.items():
        if not files:
            raise SamscopeError(f"{path / RECORDS / name} is missing; run the study again")
    frames, features = (read_parts(name, files) for name, files in parts.items())
    check_twin_tables(twin_clips, frames, features, folder=path / RECORDS)
    return Twin(twin_clips, frames, features)


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = read_json_object(path)
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from error
    check_settings(settings, path)
    return settings


def parts_of_table(folder: Path) -> list[Path]:
    """Return the files of a table's parts, by number of the draw."""
    return sorted(folder.glob("part-*.parquet"), key=lambda part: (len(part.name), part.name))


def read_parts(name: str, parts: Sequence[Path]) -> pd.DataFrame:
    """Return the rows of a table's parts.

    Raises:
        SamscopeError: a part is damaged, or of another version.
    """
    frame: pd.DataFrame = pa.concat_tables(_read_part(name, part) for part in parts).to_pandas()
    return frame


def _read_part(name: str, path: Path) -> pa.Table:
    table = read_table(path, SCHEMAS[name], "run the study again", may_lack=LATER[name])
    return _with_later_columns(name, table)


def _with_later_columns(name: str, table: pa.Table) -> pa.Table:
    """Return a table with the columns of ``LATER`` that it lacks, all null."""
    for column in LATER[name]:
        if column not in table.column_names:
            index = min(SCHEMAS[name].get_field_index(column), table.num_columns)
            field = SCHEMAS[name].field(column)
            table = table.add_column(index, field, pa.nulls(table.num_rows, field.type))
    return table


def _without_vectors(frames: pd.DataFrame) -> pd.DataFrame:
    return frames.drop(columns=[name for name in VECTORS if name in frames])


def _map_path(folder: Path, set_name: str, clip: int) -> Path:
    return folder / RECORDS / _MAPS / f"{set_name}-{clip:05d}.safetensors"


def _write(path: Path, data: bytes | pa.Buffer) -> Path:
    write_whole(path, data)
    return path


def _damaged(path: Path, error: Exception) -> SamscopeError:
    reason = " ".join(str(error).split())
    return SamscopeError(f"{path} is damaged or truncated ({reason}); run the study again")
