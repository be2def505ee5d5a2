"""Who may do what: privileges are given on an object and hold for all below it; an owner may all."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.metastore import Registry
from tests.workspace.warehouse.unity.model import (
    Catalog,
    Metastore,
    Schema,
    Securable,
    Table,
    Volume,
    kind_of,
)

EVERYONE = "account users"
ALL = "ALL PRIVILEGES"
ON_TABLES = ("SELECT", "MODIFY", "APPLY TAG", "BROWSE", "MANAGE", ALL)
ON_VOLUMES = ("READ VOLUME", "WRITE VOLUME", "APPLY TAG", "BROWSE", "MANAGE", ALL)
ON_SCHEMAS = (
    "USE SCHEMA", "CREATE TABLE", "CREATE VOLUME", "CREATE FUNCTION", "CREATE MATERIALIZED VIEW", "EXECUTE",
    *ON_TABLES, "READ VOLUME", "WRITE VOLUME",
)  # fmt: skip
ON_CATALOGS = ("USE CATALOG", "CREATE SCHEMA", *ON_SCHEMAS)
ON_METASTORE = ("CREATE CATALOG", "CREATE EXTERNAL LOCATION", "CREATE SHARE", "MANAGE")
NEVER_OF_ALL = ("MANAGE",)


@dataclass(frozen=True, slots=True)
class Given:
    """One privilege of one principal, and the object it was given on."""

    principal: str
    privilege: str
    on: Securable


class Grants:
    """The privileges of all principals on all objects."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._given: dict[int, dict[str, set[str]]] = {}

    def give(self, privilege: str, on: Securable, principal: str) -> None:
        """GRANT.

        Raises:
            SqlError: nothing of this kind has such a privilege.
        """
        self._must_be_known(privilege, on)
        self._given.setdefault(on.uid, {}).setdefault(principal, set()).add(privilege)
        self._registry.changed()

    def take(self, privilege: str, on: Securable, principal: str) -> None:
        """REVOKE; what was not given is no matter.

        Raises:
            SqlError: nothing of this kind has such a privilege.
        """
        self._must_be_known(privilege, on)
        given = self._given.get(on.uid, {}).get(principal, set())
        given.difference_update(tuple(given) if privilege == ALL else (privilege,))
        self._registry.changed()

    def above(self, securable: Securable) -> tuple[Securable, ...]:
        """An object and all that it is in, the metastore last."""
        root = self._registry.root
        match securable:
            case Metastore():
                return (root,)
            case Catalog():
                return securable, root
            case Schema(catalog=catalog):
                return securable, root.catalogs[catalog], root
            case Table(catalog=catalog, schema=schema) | Volume(catalog=catalog, schema=schema):
                parent = root.catalogs[catalog]
                return securable, parent.schemas[schema], parent, root

    def given(self, securable: Securable) -> Iterator[Given]:
        """All that holds on an object, also what was given further up."""
        for on in self.above(securable):
            for principal, privileges in sorted(self._given.get(on.uid, {}).items()):
                yield from (Given(principal, privilege, on) for privilege in sorted(privileges))

    def owns(self, principal: str, securable: Securable) -> bool:
        """Whether it, or a group, owns the object or one that this is in, or it may manage it.

        The admin owns all.
        """
        above = self.above(securable)
        return any(on.owner in (principal, EVERYONE) for on in above) or any(
            "MANAGE" in self._on(on, principal) for on in above
        )

    def has(self, principal: str, privilege: str, securable: Securable) -> bool:
        """Whether it may do this with the object."""
        if self.owns(principal, securable):
            return True
        wanted = {privilege} if privilege in NEVER_OF_ALL else {privilege, ALL}
        return any(wanted & self._on(on, principal) for on in self.above(securable))

    def sees(self, principal: str, securable: Securable) -> bool:
        """Whether it is shown the object at all: any privilege on it or on what it is in will do."""
        fitting = set(_privileges_of(securable))
        return self.owns(principal, securable) or any(
            fitting & self._on(on, principal) for on in self.above(securable)
        )

    def _on(self, securable: Securable, principal: str) -> set[str]:
        given = self._given.get(securable.uid)
        if given is None:
            return set()
        return given.get(principal, set()) | given.get(EVERYONE, set())

    def _must_be_known(self, privilege: str, on: Securable) -> None:
        if privilege not in _privileges_of(on):
            message = (
                f"Privilege {privilege} is not applicable to this entity "
                f"[{on.full_name}:{kind_of(on).upper()}]."
            )
            raise SqlError("INVALID_PARAMETER_VALUE", message, "22023")


def _privileges_of(securable: Securable) -> tuple[str, ...]:
    match securable:
        case Metastore():
            return ON_METASTORE
        case Catalog():
            return ON_CATALOGS
        case Schema():
            return ON_SCHEMAS
        case Table():
            return ON_TABLES
        case Volume():
            return ON_VOLUMES


class Rights:
    """What one principal may do; what it may not is refused in Databricks' words."""

    def __init__(self, grants: Grants, registry: Registry, principal: str) -> None:
        self.principal = principal
        self._grants = grants
        self._registry = registry

    def need(self, privilege: str, securable: Securable) -> None:
        """Let pass who has the privilege, and the use of what the object is in.

        Raises:
            SqlError: INSUFFICIENT_PERMISSIONS.
        """
        self.need_parents(securable)
        if not self._grants.has(self.principal, privilege, securable):
            raise errors.no_privilege(privilege, kind_of(securable), securable.full_name)

    def need_parents(self, securable: Securable) -> None:
        """Let pass who may use the catalog and the schema of an object.

        Raises:
            SqlError: INSUFFICIENT_PERMISSIONS.
        """
        for parent in reversed(self._grants.above(securable)[1:]):
            if isinstance(parent, Catalog | Schema):
                self.need_use(parent)

    def need_use(self, parent: Catalog | Schema) -> None:
        """Let pass who may use a catalog or schema.

        Raises:
            SqlError: INSUFFICIENT_PERMISSIONS.
        """
        privilege = "USE CATALOG" if isinstance(parent, Catalog) else "USE SCHEMA"
        if not self._grants.has(self.principal, privilege, parent):
            raise errors.no_privilege(privilege, kind_of(parent), parent.full_name)

    def need_ownership(self, securable: Securable) -> None:
        """Let pass who owns the object, or one that it is in.

        Raises:
            SqlError: INSUFFICIENT_PERMISSIONS.
        """
        self.need_parents(securable)
        if not self._grants.owns(self.principal, securable):
            raise errors.not_owner(kind_of(securable), securable.full_name)

    def sees(self, securable: Securable) -> bool:
        """Whether it is shown this; a schema or catalog also for what is in it."""
        if self._grants.sees(self.principal, securable):
            return True
        match securable:
            case Catalog(schemas=schemas):
                return any(self.sees(schema) for schema in schemas.values())
            case Schema(tables=tables, volumes=volumes):
                contents: list[Securable] = [*tables.values(), *volumes.values()]
                return any(self.sees(content) for content in contents)
            case _:
                return False
