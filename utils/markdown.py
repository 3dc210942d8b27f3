"""The little that the server has to know of Markdown: where a text is code. Drawing it is the page's job; see docs/messages.md.

What a fence and a code span are follows CommonMark 0.31, sections 4.5 and 6.1.
"""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_BACKTICKS = re.compile(r"`+")


def without_code(text: str) -> str:
    """`text` with a space in place of each code block and code span. Takes time in proportion to the text."""
    return _without_spans(_without_blocks(text)) if "`" in text or "~~~" in text else text


def _without_blocks(text: str) -> str:
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if not fence:
            if mark is not None and (mark[1][0] == "~" or "`" not in line[mark.end() :]):
                fence = mark[1]
                line = " "
        else:
            if mark is not None and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            line = " "
        kept.append(line)
    return "\n".join(kept)


def _without_spans(text: str) -> str:
    runs = [(run.start(), run.end()) for run in _BACKTICKS.finditer(text)]
    # For each run the next one that is as long: what would close it.
    closing: dict[int, int] = {}
    latest: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        start, end = runs[index]
        if end - start in latest:
            closing[index] = latest[end - start]
        latest[end - start] = index
    kept: list[str] = []
    position = index = 0
    while index < len(runs):
        start = runs[index][0]
        if index in closing and text[start - 1 : start] != "\\":
            kept += (text[position:start], " ")
            index = closing[index]
            position = runs[index][1]
        index += 1
    return "".join((*kept, text[position:]))
