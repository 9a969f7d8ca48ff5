"""What a browser would send of a form in a page, as the HTML standard says."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        its = {name: value or "" for name, value in attributes}
        if tag == "input" and its.get("name"):
            self._input(its)
        elif tag == "textarea":
            self._area, self._text = its["name"], ""
        elif tag == "select":
            self._select, self._options = its.get("name", ""), []
        elif tag == "option" and self._select:
            self._options.append((its["value"], "selected" in its))

    def handle_data(self, text: str) -> None:
        self._text += text

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            value = self._text.removeprefix("\n")
            self.sent.append((self._area, re.sub(r"\r\n|\r|\n", "\r\n", value)))
            self._area = None
        elif tag == "select" and self._select:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            value = (chosen or [self._options[0][0]])[-1]
            self.sent.append((self._select, value))
            self._select = ""

    def _input(self, its: dict[str, str]) -> None:
        kind, value = its.get("type", "text"), its.get("value", "")
        if kind in {"checkbox", "radio"} and "checked" not in its:
            return
        if kind == "file":
            return
        if kind == "date" and not re.fullmatch(r"\d{4,}-\d\d-\d\d", value):
            value = ""
        if kind != "hidden":
            value = re.sub(r"[\r\n]", "", value)
        self.sent.append((its["name"], value))


def form_data(html: str) -> dict[str, list[str]]:
    """The values of all controls by name, in the order of the page."""
    reader = _Reader()
    reader.feed(re.sub(r"\r\n?", "\n", html))
    reader.close()
    lists: dict[str, list[str]] = {}
    for name, value in reader.sent:
        lists.setdefault(name, []).append(value)
    return lists
