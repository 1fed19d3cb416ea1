"""The records of clips that were tracked under several memory rules: Parquet tables in one part a draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from samscope.records.encoding import encoded_table
from samscope.records.record_checks import check_rule_tables
from samscope.records.schema import RULE_TABLES
from samscope.records.store import RECORDS, parts_of_table, read_parts
from samscope.support.disk import write_whole
from samscope.support.errors import SamscopeError

if TYPE_CHECKING:
    from samscope.observation.observe_rules import RuleClipRecords


@dataclass(frozen=True, eq=False)
class RuleRecords:
    """What several memory rules made of the same clips.

    Attributes:
        rules: what the rules are called; the first is what the others are held against.
        clips: ``schema.CLIPS``, one row a clip.
        frames: ``schema.RULE_FRAMES``, one row a rule and frame.
    """

    rules: tuple[str, ...]
    clips: pd.DataFrame
    frames: pd.DataFrame

    def under(self, rule: str) -> pd.DataFrame:
        """Return the frames of all clips under a rule."""
        return self.frames.loc[self.frames["rule"] == rule].reset_index(drop=True)


def write_rule_records(folder: Path, draw: int, records: Sequence["RuleClipRecords"]) -> list[Path]:
    """Write the records of a draw's clips, one part of every table, and return the files.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
        ValueError: a row lacks a column or has one too many.
    """
    rows: Mapping[str, list[dict[str, Any]]] = {
        "clips": [row for of_clip in records for row in of_clip.clips],
        "rule_frames": [row for of_clip in records for row in of_clip.frames],
    }
    files = []
    for name in RULE_TABLES:
        files.append(folder / RECORDS / name / f"part-{draw:05d}.parquet")
        write_whole(files[-1], encoded_table(name, rows[name]))
    return files


def read_rule_records(folder: Path, rules: Sequence[str]) -> RuleRecords:
    """Read the records of clips that were tracked under several rules.

    Args:
        folder: where ``write_rule_records`` wrote them.
        rules: what the rules are called, in order.

    Raises:
        SamscopeError: there are none, a file is damaged, or they are not of the clips under these rules.
    """
    parts = {name: parts_of_table(folder / RECORDS / name) for name in RULE_TABLES}
    for name, files in parts.items():
        if not files:
            raise SamscopeError(f"{folder / RECORDS / name} has no records; run it again")
    clips, frames = (read_parts(name, files) for name, files in parts.items())
    check_rule_tables(clips, frames, rules, folder / RECORDS)
    return RuleRecords(tuple(rules), clips, frames)
