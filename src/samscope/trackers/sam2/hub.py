"""Finding a model on the Hugging Face hub, or in its cache on this machine."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from samscope.support.disk import is_disk_full
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.sam2.configuration_file import CONFIGURATION, read_configuration
from samscope.trackers.sam2.hub_answers import RELEASED, SilentHubError, refusal, silence
from samscope.trackers.sam2.processor_files import PROCESSOR_FILES
from samscope.trackers.sam2.published_files import PublishedFile, check_downloaded, published_files
from samscope.trackers.sam2.weight_files import missing_files

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_FILES = [CONFIGURATION, "*.safetensors", "*.safetensors.index.json", *PROCESSOR_FILES]
_SECONDS_TO_ANSWER = 10.0


def is_hub_name(name: str) -> bool:
    """Tell whether a name has the form of one on the hub: ``owner/name``."""
    return _HUB_NAME.fullmatch(name) is not None


def fetch_from_hub(
    name: str,
    advance: Callable[[str], None] | None = None,
    check: Callable[[Path], object] = read_configuration,
) -> Path:
    """Return the local folder of a model on the hub; what is not in the cache is downloaded.

    A whole model in the cache is used without asking the network. Of one that is there in part, such as the
    checkpoint alone that the official package leaves, the rest is fetched. Only configurations and
    safetensors weights are fetched, never pickled ones; every file's size and digest are held against the
    hub's own before it is used, and the configuration is read before any weights come. A download that broke
    off goes on where it was.

    Args:
        name: ``owner/name``.
        advance: called with the name of every file that was downloaded and checked.
        check: reads the configuration in the folder, and raises where it is of no model to be had.

    Raises:
        UsageError: not a hub name, no such model there, or as ``SilentHubError`` the hub does not answer
            (known within seconds).
        SamscopeError: the hub refuses to give the model, to anybody or to the token's owner; the download
            broke off or the disk is full; the model is too large or ``check`` refuses it; or a file is not
            the one that the hub has, in which case it was removed.
    """
    if not is_hub_name(name):
        raise UsageError(f"model {name!r}: no such folder or file, and no hub name such as {RELEASED}")
    cached = _cached(name)
    if cached is not None and not missing_files(cached):
        check(cached)
        return cached
    info = _ask(name, cached)
    files = published_files(name, info.siblings or [], _FILES)
    _drop_damaged(name, files, info.sha)
    (configuration,) = (file for file in files if file.name == CONFIGURATION)
    folder = _download(name, [CONFIGURATION])
    check_downloaded(name, folder / CONFIGURATION, configuration)
    check(folder)
    folder = _download(name, _FILES)
    for file in files:
        check_downloaded(name, folder / file.name, file)
        if advance is not None:
            advance(file.name)
    if missing := missing_files(folder):
        raise SamscopeError(
            f"model {name!r}: has no {' and no '.join(missing)} on the hub, so that it cannot be loaded; "
            "name another one"
        )
    return folder


def _cached(name: str) -> Path | None:
    """Return what the cache has of a model, which may be little; None for nothing."""
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise UsageError(f"model {name!r} is no hub name; the released ones are {RELEASED}") from error


def _ask(name: str, cached: Path | None) -> Any:
    """Return what the hub knows of a model and its files."""
    try:
        return HfApi().model_info(name, timeout=_SECONDS_TO_ANSWER, files_metadata=True)
    except Exception as error:  # the client raises its HTTP library's own kinds
        if (refused := refusal(name, error)) is not None:
            raise refused from error
        raise SilentHubError(
            f"model {name!r} {_what_is_cached(cached)} and the hub does not answer; {silence(error)}, or "
            "give a folder made by save_pretrained or an official .pt file"
        ) from error


def _what_is_cached(folder: Path | None) -> str:
    """Say what a cache without the whole model has of it."""
    if folder is None:
        return "is not in the local cache"
    official = sorted(path for path in folder.glob("*.pt") if path.is_file())
    instead = f" (--model {official[0]} takes the official checkpoint that it has)" if official else ""
    return f"is in the local cache without {' and '.join(missing_files(folder))}{instead}"


def _drop_damaged(name: str, files: Sequence[PublishedFile], revision: str | None) -> None:
    """Remove from the cache what is not the hub's file, since a download leaves what is there as it is."""
    for file in files:
        path = try_to_load_from_cache(name, file.name, revision=revision)
        if isinstance(path, str):
            with suppress(SamscopeError):
                check_downloaded(name, Path(path), file)


def _download(name: str, patterns: Sequence[str]) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=list(patterns)))
    except Exception as error:  # as above
        if is_disk_full(error):
            raise SamscopeError(
                f"model {name!r}: the disk of the hub's cache is full; free some space, or set HF_HOME to a "
                "folder on another disk"
            ) from error
        if (refused := refusal(name, error)) is not None:
            raise refused from error
        raise SamscopeError(f"model {name!r}: the download broke off ({error}); run it again") from error
