"""Rows looked at before they are written: whether the target can hold them, and how it says them."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from msgspec import Raw

from backends.errors import Invalid
from backends.plan import Table
from gateway.rows import row_type
from gateway.transfers.pages import MOST_ROWS, Page, Reject, exact, id_of

_items = msgspec.json.Decoder(list[Raw])


class Fitting:
    """What the rows of one table are for another."""

    def __init__(self, source: Table, target: Table, columns: Sequence[str]) -> None:
        """`columns` are those that are moved."""
        self.key = source.key
        kept = tuple(target.by_name[name] for name in columns)
        self._type = row_type(
            replace(target, columns=tuple(replace(each, generated=False) for each in kept), primary_key=())
        )
        self.same = all(_holds(source, target, name) for name in columns)

    def page(self, page: Page) -> Page:
        """The rows as the target holds them, and those that it cannot hold as rejects.

        Where the types are the same they are looked at too: other programs may have written the source.
        """
        if not page.count:
            return page
        try:
            rows = self._type.checked(page.rows, "error", MOST_ROWS).json
        except Invalid:
            return self._one_by_one(page)
        return replace(page, rows=rows)

    def _one_by_one(self, page: Page) -> Page:
        fitting: list[bytes] = []
        rejects = list(page.rejects)
        for row in _items.decode(page.rows):
            try:
                fitting.append(self._type.checked(b"[%b]" % row, "error", 1).json[1:-1])
            except Invalid as error:
                rejects.append(self._reject(bytes(row), error))
        return Page(b"[%b]" % b",".join(fitting), len(fitting), page.after, tuple(rejects))

    def _reject(self, row: bytes, error: Invalid) -> Reject:
        (told,) = exact(b"[%b]" % row)
        fault = error.faults[0]
        column = str(fault.loc[2]) if len(fault.loc) > 2 else None
        key = {name: told[name] for name in self.key}
        return Reject(key, column, fault.msg, told, id_of(b"[%b]" % row, self.key))


def _holds(source: Table, target: Table, name: str) -> bool:
    """Whether a column holds all that another does, said in the same way."""
    ours, theirs = source.by_name[name], target.by_name[name]
    return ours.type == theirs.type and (theirs.nullable or not ours.nullable)
