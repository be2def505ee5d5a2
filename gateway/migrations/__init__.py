"""Revisions of a database's structure: written once, run on any backend, each of them once.

`scripts` reads them from their files, `ops` is what they are written in, `journal` keeps in the
database what was done, and `runner` brings the two together.
"""

from gateway.migrations.runner import Migrations, Planned, Status, Unfinished
from gateway.migrations.scripts import Revision, Revisions

__all__ = ["Migrations", "Planned", "Revision", "Revisions", "Status", "Unfinished"]
