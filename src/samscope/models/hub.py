"""Finding a model on the Hugging Face hub, or in its cache on this machine."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

from samscope.clips.disk import is_disk_full
from samscope.errors import SamscopeError, UsageError
from samscope.models.published_files import check_downloaded, published_files

RELEASED = "facebook/sam2.1-hiera-{tiny,small,base-plus,large} and facebook/sam2-hiera-{...}"

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_FILES = ["config.json", "*.safetensors", "*.safetensors.index.json"]
_SECONDS_TO_ANSWER = 10.0


def is_hub_name(name: str) -> bool:
    """Tell whether a name has the form of one on the hub: ``owner/name``."""
    return _HUB_NAME.fullmatch(name) is not None


def fetch_from_hub(name: str, advance: Callable[[str], None] | None = None) -> Path:
    """Return the local folder of a model on the hub, downloaded unless it is in the cache.

    What is in the cache is used without asking the network. Only the configuration and safetensors weights
    are fetched, never pickled ones; every file's size and digest are held against the hub's own before it is
    used. A download that broke off goes on where it was.

    Args:
        name: ``owner/name``.
        advance: called with the name of every file that was downloaded and checked.

    Raises:
        UsageError: not a hub name, no such model there, or the hub does not answer (known within seconds).
        SamscopeError: the download broke off or the disk is full; the model is too large; or a file is not
            the one that the hub has, in which case it was removed.
    """
    if not is_hub_name(name):
        raise UsageError(f"model {name!r}: no such folder or file, and no hub name such as {RELEASED}")
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as error:
        raise UsageError(f"model {name!r} is no hub name; the released ones are {RELEASED}") from error
    info = _ask(name)
    files = published_files(name, info.siblings or [], _FILES)
    folder = _download(name)
    for file in files:
        check_downloaded(name, folder / file.name, file)
        if advance is not None:
            advance(file.name)
    return folder


def _ask(name: str) -> Any:
    """Return what the hub knows of a model and its files."""
    try:
        return HfApi().model_info(name, timeout=_SECONDS_TO_ANSWER, files_metadata=True)
    except RepositoryNotFoundError as error:
        raise UsageError(f"model {name!r} is not on the hub; the released ones are {RELEASED}") from error
    except Exception as error:  # the client raises its HTTP library's own kinds
        raise UsageError(
            f"model {name!r} is not in the local cache and the hub does not answer; check the network, or "
            "give a folder made by save_pretrained or an official .pt file"
        ) from error


def _download(name: str) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES))
    except Exception as error:  # as above
        if is_disk_full(error):
            raise SamscopeError(
                f"model {name!r}: the disk of the hub's cache is full; free some space, or set HF_HOME to a "
                "folder on another disk"
            ) from error
        raise SamscopeError(f"model {name!r}: the download broke off ({error}); run it again") from error
