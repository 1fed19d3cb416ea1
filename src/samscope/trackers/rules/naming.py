"""Memory rules by name: ``sam2:stride=3`` is a rule and its settings, in one line of text.

Another package adds a rule by an entry point of the group ``samscope.memory_rules`` that names its class, a
frozen dataclass as ``memory.MemoryRule`` says.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from types import NoneType
from typing import Any, get_args, get_type_hints

from samscope.support.added_by_packages import added_by_packages
from samscope.support.errors import UsageError
from samscope.trackers.memory import MemoryRule
from samscope.trackers.rules.dam4sam import Dam4SamMemory
from samscope.trackers.rules.oracle import OracleMemory
from samscope.trackers.rules.presence import PresenceMemory
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.rules.sam2long import Sam2LongMemory
from samscope.trackers.rules.sam3 import Sam3Memory
from samscope.trackers.rules.samurai import SamuraiMemory

ENTRY_POINTS = "samscope.memory_rules"

_EXAMPLE = "sam2:stride=3"

_OWN: tuple[type[Any], ...] = (
    Sam2Memory,
    Sam3Memory,
    SamuraiMemory,
    Dam4SamMemory,
    Sam2LongMemory,
    OracleMemory,
    PresenceMemory,
)

_EXPECTED: Mapping[type, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a word",
}


def memory_rules() -> dict[str, type[Any]]:
    """Return the classes of all rules by their names: samscope's own, then those of other packages.

    One that cannot be imported is named in a warning, and left out.
    """
    own_rules = {rule.name: rule for rule in _OWN}
    added = added_by_packages(ENTRY_POINTS, "memory rule")
    return own_rules | {name: rule for name, rule in added.items() if name not in own_rules}


def memory_rule(given: str | MemoryRule) -> MemoryRule:
    """Return the rule that a line of text names; a rule is returned as it is.

    Args:
        given: ``name`` or ``name:setting=value,setting=value``; what is not set has its default.

    Raises:
        UsageError: no such rule, no such setting of it, a value that is not one, or no rule at all; or one of
            another package that is no dataclass.
    """
    if not isinstance(given, str):
        if all(hasattr(given, method) for method in ("remember", "recall")):
            return given
        raise UsageError(f"memory is {given!r}; expected a memory rule, or its name such as {_EXAMPLE!r}")
    name, _, settings = (part.strip() for part in given.partition(":"))
    rules = memory_rules()
    if name not in rules:
        raise UsageError(f"memory rule {name!r}: there is no such rule; expected one of {', '.join(rules)}")
    rule = rules[name]
    _require_dataclass(name, rule)
    types, setting_names = get_type_hints(rule), {setting.name for setting in _settings(rule)}
    values: dict[str, object] = {}
    for part in filter(None, (part.strip() for part in settings.split(","))):
        setting, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or setting not in setting_names:
            raise UsageError(f"memory rule {name}: {part!r} is no setting of it; {_settings_of(rule)}")
        if setting in values:
            raise UsageError(f"memory rule {name}: {setting} is set twice; set it once")
        values[setting] = _value(name, setting, value, types[setting])
    configured: MemoryRule = rule(**values)
    return configured


def rule_text(rule: MemoryRule | None) -> str | None:
    """Return the line of text that names a rule, with such settings as differ from their defaults.

    None has none: it is what a tracker says whose memory knows no rules.
    """
    if rule is None:
        return None
    values = {setting: getattr(rule, setting.name) for setting in _settings(rule)}
    changed = [f"{setting.name}={value}" for setting, value in values.items() if value != setting.default]
    return f"{rule.name}:{','.join(changed)}" if changed else rule.name


def _require_dataclass(name: str, rule: type[Any]) -> None:
    if not is_dataclass(rule):
        raise UsageError(
            f"memory rule {name}: {getattr(rule, '__name__', rule)} is no dataclass; its package must write "
            "it as a frozen dataclass whose fields are the settings"
        )


def _settings(rule: Any) -> list[Field[Any]]:
    """Return the fields of a rule that are set, and not worked out of others."""
    return [setting for setting in fields(rule) if setting.init]


def _settings_of(rule: type[Any]) -> str:
    """Say how settings are written, with their defaults."""
    settings = [f"{setting.name}={setting.default}" for setting in _settings(rule)]
    return f"write {rule.name}:{','.join(settings)}" if settings else "it has none"


def _value(rule: str, setting: str, text: str, kind: Any) -> object:
    """Read a value of a type, or of a type or None."""
    if NoneType in get_args(kind):
        if text.lower() == "none":
            return None
        (kind,) = (argument for argument in get_args(kind) if argument is not NoneType)
    read: Callable[[str], object] = _truth if kind is bool else kind
    try:
        return read(text)
    except ValueError as error:
        raise UsageError(
            f"memory rule {rule}: {setting} is {text!r}; expected {_EXPECTED.get(kind, str(kind))}"
        ) from error


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"
