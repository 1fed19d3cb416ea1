"""What must be equal for records to belong to one study, so that they can be made in parts.

A study's work is cut into **parts**: the records of one draw (its clips in all sets). A part depends on the
job and on the draw's number alone, not on when, where or beside which other parts it is made. So a study
that was stopped goes on with the parts that are missing, and parts that other processes or machines have made
can be put together, as long as they are of the same job. In a study's folder, finished or not, lie

    parts/job.json              the job, as ``job_of`` describes it; written once, before the first part
    parts/part-00012.json       what is known of a part, as ``records.parts.Part`` describes it; written last
    records/<table>/part-00012.parquet, records/maps/<set>-00012.safetensors, tensors/...
                                the records of that part

Every file is written under another name, synced and renamed, the records before the part's own file, which
lists them with their sizes. A part counts as finished only where that file is there, names the job's digest,
and all that it lists is there as well. Whatever else lies there is unfinished, and is made again.

The job leaves out what changes no record: where the result is written to, what the folder of videos is called
(their content counts), which of several equal devices computes, and how failures are met.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from samscope import __version__
from samscope.clips.source import ClipSource
from samscope.records.parts import UNREADABLE
from samscope.studies.settings import StudySettings
from samscope.trackers.family import Tracker
from samscope.trackers.memory import FittedRule
from samscope.trackers.rules.naming import rule_text
from samscope.trackers.sam2.preprocessing import IMAGENET

_WITHOUT_EFFECT = frozenset({"out", "videos", "memory", "attention", "compile"})
_LIBRARIES = ("torch", "transformers")
_WEIGHTS = {"weights_sha256": "the model's", "twin_weights_sha256": "the random twin's"}
_FEW = 3


def job_of(
    settings: StudySettings, source: ClipSource, model: Tracker, twin: Tracker | None = None
) -> dict[str, Any]:
    """Return what determines the records of a study, as plain values.

    Args:
        settings: what the study is asked for.
        source: its clips.
        model: its model.
        twin: the random twin that tracks some of the clips; None where none does.

    Returns:
        The settings as in ``study.json``; ``device`` as its kind alone; ``collection`` and its ``videos`` by
        name with their frames, height and width; ``draws_sha256`` and ``weights_sha256``, of the twin
        ``twin_weights_sha256``; the memory rule where it is not the family's official one, and its fit
        (``memory_sha256``) where it has one; ``attention`` where it is recorded and ``compile`` where it is
        asked for; mean and deviation of the frames where they are not ImageNet's; and the versions that
        compute.
    """
    options, rule = {**settings.to_json(), **source.settings.to_json()}, model.memory_rule
    return {
        **{name: value for name, value in options.items() if name not in _WITHOUT_EFFECT},
        "device": model.device.type,
        "image_size": model.image_size,
        "weights_sha256": model.digest(),
        **({} if twin is None else {"twin_weights_sha256": twin.digest()}),
        **({"compile": True} if settings.compile else {}),
        **({} if rule == model.with_memory_rule(None).memory_rule else {"memory": rule_text(rule)}),
        **({"attention": True} if settings.attention else {}),
        **({"memory_sha256": rule.content_sha256} if isinstance(rule, FittedRule) else {}),
        **({} if model.normalisation == IMAGENET else normalisation_of(model)),
        "collection": source.facts["collection"],
        "videos": source.videos,
        "draws_sha256": _digest_of_list(asdict(draw) for draw in source.draws),
        "versions": versions(),
    }


def normalisation_of(model: Tracker) -> dict[str, list[float]]:
    """Return how a model's frames are normalised, as plain values."""
    stated = model.normalisation
    return {"image_mean": list(stated.mean), "image_deviation": list(stated.deviation)}


def versions() -> dict[str, str]:
    """Return the versions of what computes: the same here and there, or records may differ."""
    return {"samscope": __version__, **{name: version(name) for name in _LIBRARIES}}


def job_digest(job: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a job as hex: equal digests mean parts that belong together."""
    return _digest(job)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name what differs between two jobs, each in a few words: ``seed was 0 and is 1``.

    Digests of draws are named only where nothing else explains them. The list is empty for equal jobs.
    """
    differing = []
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name), now.get(name)
        if old == new or name == "draws_sha256":
            continue
        if name == "videos" and isinstance(old, Mapping) and isinstance(new, Mapping):
            differing += _video_differences(old, new)
        elif name == "versions" and isinstance(old, Mapping) and isinstance(new, Mapping):
            differing += [
                f"{library} was {old.get(library)} and is {new.get(library)}"
                for library in dict.fromkeys([*old, *new])
                if old.get(library) != new.get(library)
            ]
        elif name in _WEIGHTS:
            differing.append(
                f"{_WEIGHTS[name]} weights differ (SHA-256 was {str(old)[:12]}… and is {str(new)[:12]}…)"
            )
        else:
            differing.append(f"{name} was {_in_words(old)} and is {_in_words(new)}")
    if not differing and before.get("draws_sha256") != now.get("draws_sha256"):
        differing.append("the draws differ, since frames or masks of the videos have changed")
    return differing


class FileDigests:
    """SHA-256 of files; each of the latest ones is read once however often it is asked for.

    Args:
        most: so many digests are known at a time.
    """

    def __init__(self, most: int = 50_000) -> None:
        self._digests: OrderedDict[Path, str] = OrderedDict()
        self._most = most

    def digest_of(self, files: Sequence[Path]) -> str:
        """Return the SHA-256 of names and contents of files as hex; UNREADABLE where one cannot be read."""
        contents = [[file.name, self._content(file)] for file in files]
        return UNREADABLE if any(content is None for _, content in contents) else _digest(contents)

    def _content(self, file: Path) -> str | None:
        if file not in self._digests:
            if len(self._digests) >= self._most:
                self._digests.popitem(last=False)
            try:
                with file.open("rb") as opened:
                    self._digests[file] = hashlib.file_digest(opened, "sha256").hexdigest()
            except OSError:
                return None
        return self._digests[file]


def _video_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    changed = [
        f"video {name} was {_size(old[name])} and is {_size(new[name])}"
        if name in old and name in new
        else f"video {name} is {'new' if name in new else 'missing'}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]
    rest = len(changed) - _FEW
    return [*changed[:_FEW], f"and {rest} more videos"] if rest > 0 else changed


def _size(video: Sequence[int]) -> str:
    frames, height, width = video
    return f"{frames} frames of {width}x{height}"


def _in_words(value: object) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False).replace('"', "")


def _digest_of_list(values: Iterable[object]) -> str:
    """Return ``_digest`` of a list, whose values are held one at a time."""
    digest = hashlib.sha256(b"[")
    for place, value in enumerate(values):
        digest.update((", " if place else "").encode() + json.dumps(value, sort_keys=True).encode())
    digest.update(b"]")
    return digest.hexdigest()


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
