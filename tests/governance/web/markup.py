"""What is wrong with a page's HTML? Faults that a parser can find: inline code, foreign hosts, missing names."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

LINKS = {"href", "src", "action", "hx-get"}
NAMED = {"input", "textarea", "select"}
UNNAMED_TYPES = {"hidden", "submit", "checkbox"}
OURS = ("/", "#", "?")


class Page(HTMLParser):
    """Read with `faults(html)`."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: Counter[str] = Counter()
        self.fields: list[str] = []
        self.labels: set[str] = set()
        self.tags: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        self._inline(tag, given)
        self.ids.update([given["id"]] if "id" in given else [])
        if tag == "th" and not given.get("scope"):
            self.faults.append("a header cell without scope")
        if tag == "label":
            self.labels.add(given.get("for", ""))
        # What carries the `hidden` attribute is shown and read out to nobody.
        if tag in NAMED and given.get("type") not in UNNAMED_TYPES and "hidden" not in given:
            self.fields.append(given.get("id", ""))

    def _inline(self, tag: str, given: dict[str, str]) -> None:
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.faults.append(f"an inline <{tag}>")
        self.faults += [f"an inline {name}" for name in given if name == "style" or name.startswith("on")]
        self.faults += [
            f"{name} leads elsewhere: {value}"
            for name, value in given.items()
            if name in LINKS and value and not value.startswith(OURS)
        ]


def faults(html: str) -> list[str]:
    page = Page()
    page.feed(html)
    found = list(page.faults)
    found += [f"the id {name} occurs {count} times" for name, count in page.ids.items() if count > 1]
    found += [f"the field {name!r} has no label" for name in page.fields if name not in page.labels]
    if page.tags["table"] != page.tags["caption"]:
        found.append("a table without a caption")
    if "<html" in html and (page.tags["main"], page.tags["h1"]) != (1, 1):
        found.append("a page has one main and one h1")
    return found
