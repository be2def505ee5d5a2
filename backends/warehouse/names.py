"""Names as they were given: Unity Catalog keeps those of schemas and tables in lower case.

What is made under a name with capitals tells it in its comment, which lists bring along.
"""

import re

_COMMENT = re.compile(r"Lakegate name: (\w+)")


def comment_for(name: str) -> str | None:
    """The comment that something is to have whose name would be lost."""
    return f"Lakegate name: {name}" if name != name.lower() else None


def spelled(kept: str, comment: str | None) -> str:
    """The name that something was given, by the one that is kept and its comment."""
    match = _COMMENT.fullmatch(comment or "")
    return match[1] if match and match[1].lower() == kept else kept
