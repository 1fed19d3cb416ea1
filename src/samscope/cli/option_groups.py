"""Options that commands share, by the value that is made of them."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import wraps
from typing import Annotated, Any, TypeVar, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

T = TypeVar("T")


def options_of(settings: Callable[..., T], /, **options: Any) -> Callable[..., T]:
    """Return what makes settings out of options, whose types and defaults are those of the settings.

    Args:
        settings: a dataclass.
        options: by field, in the order of the help text, its option or argument, or a type with one in it;
            for a field that is a dataclass itself, the function that makes it of options of its own. A field
            without an option keeps its default.

    Returns:
        A function of keywords, whose signature typer reads.
    """
    hints: dict[str, Any] = get_type_hints(settings, include_extras=True)
    defaults = {field.name: field.default for field in fields(settings)}  # type: ignore[arg-type]
    annotated: Any = Annotated

    def make(**values: Any) -> T:
        return settings(**values)

    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if defaults[name] is MISSING else defaults[name],
            annotation=annotated[hints[name], option]
            if isinstance(option, OptionInfo | ArgumentInfo)
            else option,
        )
        for name, option in options.items()
    ]
    vars(make)["__signature__"] = inspect.Signature(parameters)
    return takes(**{name: option for name, option in options.items() if inspect.isfunction(option)})(make)


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
            group_values = {
                name: groups[name](**{option: values.pop(option) for option in options})
                for name, options in owned.items()
            }
            return function(**group_values, **values)

        parameters = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for own_parameter in inspect.signature(function).parameters.values()
            for parameter in (
                inspect.signature(groups[own_parameter.name]).parameters.values()
                if own_parameter.name in groups
                else [own_parameter]
            )
        ]
        vars(with_groups)["__signature__"] = inspect.Signature(parameters)
        return with_groups

    return decorate
