"""The metastore of one engine: what is in it, who may do what, and where volumes' files are."""

from pathlib import Path

from tests.workspace.warehouse.unity.files import Files
from tests.workspace.warehouse.unity.grants import Grants
from tests.workspace.warehouse.unity.metastore import Registry
from tests.workspace.warehouse.unity.model import Catalog, Schema


class Unity:
    """What all sessions of an engine share. It begins with the catalog `main` and its schema `default`.

    Args:
        folder: volumes' files are kept in its folder "volumes".
        admin: the principal that may do everything, the workspace's own; None means the first to open a
        session.
    """

    def __init__(self, folder: Path, admin: str | None = None) -> None:
        self.registry = Registry(admin or "")
        self.grants = Grants(self.registry)
        self.files = Files(folder / "volumes", self.registry)
        self.registry.add_catalog(Catalog("main", admin or ""))
        self.registry.add_schema(Schema("main", "default", admin or ""))

    def welcome(self, principal: str) -> None:
        """Make the first principal the admin, where there is none."""
        if not self.registry.root.owner:
            self.registry.root.owner = principal
            main = self.registry.catalog("main")
            main.owner = main.schemas["default"].owner = principal
