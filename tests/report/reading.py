"""A page as a reader finds it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID_ELEMENTS = {"meta", "img", "br", "link", "input", "hr"}


@dataclass
class Page(HTMLParser):
    """The tags of a page with their attributes, its text, and whether every element is closed."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    open_elements: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID_ELEMENTS:
            self.open_elements.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open_elements or self.open_elements[-1] != tag:
            self.mistakes.append(f"</{tag}> closes {self.open_elements[-1:]}")
        else:
            self.open_elements.pop()

    def handle_data(self, data: str) -> None:
        if not self.open_elements or self.open_elements[-1] not in {"style", "script"}:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of every element of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def read(html: str) -> Page:
    """Read a page."""
    page = Page()
    page.feed(html)
    page.close()
    return page
