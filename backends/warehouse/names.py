"""Names as they were given: Unity Catalog keeps those of schemas and tables in lower case.

What is made under a name with capitals tells it in the last line of its comment, which lists bring along.
"""

import re

_MARK = re.compile(r"(?:(.*)\n)?Lakegate name: (\w+)", re.DOTALL)


def comment_for(name: str, comment: str | None = None) -> str | None:
    """The comment that something is to have: its own, and the name that would be lost without."""
    marked = _MARK.fullmatch(comment or "") is not None  # it must not be read as a mark
    if name == name.lower() and not marked:
        return comment
    return f"{comment}\nLakegate name: {name}" if comment else f"Lakegate name: {name}"


def spelled(kept: str, comment: str | None) -> str:
    """The name that something was given, by the one that is kept and its comment."""
    match = _MARK.fullmatch(comment or "")
    return match[2] if match and match[2].lower() == kept else kept


def said(kept: str, comment: str | None) -> str | None:
    """The comment that something was given, without its name."""
    match = _MARK.fullmatch(comment or "")
    return (match[1] if match and match[2].lower() == kept else comment) or None
