"""The templates of pages, with everything from outside shown as text."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from samscope.report.glossary import explained


def templates() -> Environment:
    """Return the environment that pages are rendered in; a name that a page is not given is an error.

    The filter ``explained`` marks the words of the glossary in a text.
    """
    environment = Environment(
        loader=PackageLoader("samscope", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["explained"] = explained
    return environment
