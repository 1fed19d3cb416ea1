"""Finding a model on the Hugging Face hub, or in its cache on this machine."""

import re
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

from samscope.errors import SamscopeError, UsageError

RELEASED = "facebook/sam2.1-hiera-{tiny,small,base-plus,large} and facebook/sam2-hiera-{...}"

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_FILES = ["config.json", "*.safetensors", "*.safetensors.index.json"]
_SECONDS_TO_ANSWER = 10.0


def fetch_from_hub(name: str) -> Path:
    """Return the local folder of a model on the hub, downloaded unless it is in the cache.

    What is in the cache is used without asking the network. Only the configuration and safetensors weights
    are fetched, never pickled ones.

    Args:
        name: ``owner/name``.

    Raises:
        UsageError: not a hub name, no such model there, or the hub does not answer (known within seconds).
        SamscopeError: the download broke off.
    """
    if not _HUB_NAME.fullmatch(name):
        raise UsageError(f"model {name!r}: no such folder or file, and no hub name such as {RELEASED}")
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as error:
        raise UsageError(f"model {name!r} is no hub name; the released ones are {RELEASED}") from error
    try:
        HfApi().model_info(name, timeout=_SECONDS_TO_ANSWER)
    except RepositoryNotFoundError as error:
        raise UsageError(f"model {name!r} is not on the hub; the released ones are {RELEASED}") from error
    except Exception as error:  # the client raises its HTTP library's own kinds
        raise UsageError(
            f"model {name!r} is not in the local cache and the hub does not answer; check the network, or "
            "give a folder made by save_pretrained or an official .pt file"
        ) from error
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES))
    except Exception as error:  # as above
        raise SamscopeError(f"model {name!r}: the download broke off ({error}); run it again") from error
