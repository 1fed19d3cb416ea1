"""Libraries that a format needs, and that samscope does without otherwise."""

from importlib import import_module
from types import ModuleType

from samscope.support.errors import UsageError


def tool(module: str, package: str, format_name: str) -> ModuleType:
    """Import the library that a format is written with.

    Args:
        module: what it is imported as.
        package: what it is installed as.
        format_name: the format.

    Raises:
        UsageError: it is not installed, or cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(
            f"--to {format_name}: {package} cannot be imported ({error}); pip install 'samscope[exports]'"
        ) from error
