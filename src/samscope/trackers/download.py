"""Getting a model's weights from the hub, ahead of their use."""

from pathlib import Path

from samscope.support.errors import UsageError
from samscope.support.progress import Progress
from samscope.trackers.registry import check_folder
from samscope.trackers.sam2.hub import fetch_from_hub
from samscope.trackers.sam2.hub_answers import SilentHubError


def download_weights(name: str, progress: Progress) -> Path:
    """Get a model's weights into the hub's cache on this machine.

    Args:
        name: its name on the hub: ``owner/name``.
        progress: hears of the stage, with every file that is checked.

    Returns:
        The model's folder in the cache.

    Raises:
        UsageError, SamscopeError: as ``sam2.hub.fetch_from_hub``.
    """
    with progress.stage("fetching") as advance:
        try:
            return fetch_from_hub(name, advance, check_folder)
        except SilentHubError as error:
            raise UsageError(
                f"{error}; or get it by hand, on a machine with a network: hf download {name} --local-dir "
                "FOLDER, then copy the folder and name it with --model"
            ) from error
