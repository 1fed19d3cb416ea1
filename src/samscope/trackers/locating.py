"""What a model's name means: one that needs no file, a path on this machine, or a name on the hub."""

from collections.abc import Callable, Container
from pathlib import Path

from samscope.support.errors import UsageError
from samscope.support.reading import require_there
from samscope.trackers.sam2.hub import fetch_from_hub


def locate(
    name_or_path: str | Path, built_in: Container[str | Path], check: Callable[[Path], object]
) -> Path | None:
    """Return the folder or the file that a model is loaded from; None for one that needs neither.

    A name is first looked for among those that need no file, then on this machine, then on the hub.

    Args:
        name_or_path: what the user says.
        built_in: names that need no file.
        check: is given a hub model's folder as soon as its config.json is there, and raises where it is of
            no model that can be loaded.

    Raises:
        UsageError: it is no name, or there is no such file or model.
        SamscopeError: as ``sam2.hub.fetch_from_hub``.
    """
    if not isinstance(name_or_path, str | Path) or not str(name_or_path).strip():
        raise UsageError(f"the model is {name_or_path!r}; expected its name, or the path of a folder or file")
    if name_or_path in built_in:
        return None
    path = Path(name_or_path).expanduser()
    if path.exists():
        return path
    if path.is_symlink():
        require_there(path)
    if path.suffix in {".pt", ".pth", ".safetensors"} or path.is_absolute():
        raise UsageError(f"{path}: no such file; give an official SAM 2 checkpoint, a folder or a hub name")
    return fetch_from_hub(str(name_or_path), check=check)
