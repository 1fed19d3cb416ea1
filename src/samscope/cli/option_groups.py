"""Options that commands share, by the value that is made of them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


def takes(**groups: Callable[..., Any]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Give a function the options of others, so that commands share them.

    Args:
        groups: by the name of the decorated function's parameter, the function that makes its value. The
            group's parameters take the parameter's place on the command line.
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        owned = {name: list(inspect.signature(group).parameters) for name, group in groups.items()}

        @wraps(function)
        def with_groups(**values: Any) -> T:
            made = {
                name: groups[name](**{option: values.pop(option) for option in options})
                for name, options in owned.items()
            }
            return function(**made, **values)

        parameters = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for own in inspect.signature(function).parameters.values()
            for parameter in (
                inspect.signature(groups[own.name]).parameters.values() if own.name in groups else [own]
            )
        ]
        vars(with_groups)["__signature__"] = inspect.Signature(parameters)
        return with_groups

    return decorate
