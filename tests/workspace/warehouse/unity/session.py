"""One principal's session: its catalog and schema, and what becomes of each statement."""

from pathlib import Path

from tests.workspace.warehouse.engine import Answer, Parameter
from tests.workspace.warehouse.unity import changes, commands, errors, show
from tests.workspace.warehouse.unity.grants import Rights
from tests.workspace.warehouse.unity.information import Information
from tests.workspace.warehouse.unity.metastore import INFORMATION, SYSTEM
from tests.workspace.warehouse.unity.model import Table
from tests.workspace.warehouse.unity.physical import Physical
from tests.workspace.warehouse.unity.statement import Statement, parse
from tests.workspace.warehouse.unity.store import Unity

Parts = tuple[str, ...]


class UnitySession:
    """Answers what is about metadata, privileges and files, and hands all else to the engine.

    Attributes:
        catalog: where names of two parts are found.
        schema: where names of one part are found.
        physical: the engine's side of this session; it is set right after this was made.
    """

    physical: Physical

    def __init__(self, unity: Unity, principal: str, catalog: str | None, schema: str | None) -> None:
        """A session of a principal.

        Raises:
            SqlError: there is no such catalog or schema.
        """
        unity.welcome(principal)
        self.unity = unity
        self.principal = principal
        self.rights = Rights(unity.grants, unity.registry, principal)
        self.information = Information(unity.registry, unity.grants, principal)
        self.catalog = unity.registry.catalog(catalog or "main").name
        self.schema = unity.registry.schema(self.catalog, schema).name if schema else "default"

    def execute(self, sql: str, parameters: tuple[Parameter, ...] = ()) -> Answer:
        """Run one statement.

        Raises:
            SqlError: it failed; nothing was written.
        """
        statement = parse(sql)
        if statement.command is not None:
            return self._command(statement.command, parameters)
        if self._is_about_information(statement):
            return self.physical.information(statement, parameters)
        self.authorise(statement)
        return self.physical.run(statement, parameters)

    def resolve(self, parts: Parts) -> tuple[str, str, str]:
        """A name in three levels, in lower case."""
        match parts:
            case (name,):
                full = (self.catalog, self.schema, name)
            case schema, name:
                full = (self.catalog, schema, name)
            case catalog, schema, name:
                full = (catalog, schema, name)
            case _:
                raise errors.no_table(*parts)
        return full[0].lower(), full[1].lower(), full[2].lower()

    def table(self, parts: Parts, *privileges: str) -> Table:
        """A table or view by its name, for who has these privileges.

        Raises:
            SqlError: there is none, or the principal may not.
        """
        catalog, schema, name = self.resolve(parts)
        registry = self.unity.registry
        parent = registry.catalog(catalog)
        self.rights.need_use(parent)
        space = parent.schemas.get(schema)
        if space is not None:
            self.rights.need_use(space)
        found = space.tables.get(name) if space else None
        if found is None:
            raise errors.no_table(*parts)
        for privilege in privileges:
            self.rights.need(privilege, found)
        return found

    def file(self, path: str) -> Path:
        """Where a volume's file is on this machine, for who may read it.

        Raises:
            SqlError: it is in no volume, or the principal may not.
        """
        return self.unity.files.path(path, "READ VOLUME", self.rights)

    def authorise(self, statement: Statement) -> None:
        """Let pass a query, INSERT, UPDATE, DELETE or MERGE of tables that are there and may be used so.

        Raises:
            SqlError: a table is missing, a view is written to, or the principal may not.
        """
        for parts in statement.reads:
            self.table(parts, "SELECT")
        for path in statement.files:
            self.file(path)
        if statement.writes is not None:
            needed = ("MODIFY",) if statement.kind == "INSERT" else ("SELECT", "MODIFY")
            target = self.table(statement.writes, *needed)
            if target.is_view:
                raise errors.table_needed(statement.kind, *target.parts)

    def _is_about_information(self, statement: Statement) -> bool:
        names = [self.resolve(parts) for parts in statement.reads]
        about = [name[1] == INFORMATION for name in names]
        if not any(about):
            return False
        if not all(about) or statement.kind != "SELECT":
            raise errors.unsupported("INFORMATION_SCHEMA beside other tables")
        for catalog in {name[0] for name in names} - {SYSTEM}:
            self.rights.need_use(self.unity.registry.catalog(catalog))
        return True

    def _command(self, command: commands.Command, parameters: tuple[Parameter, ...]) -> Answer:
        match command:
            case commands.Put():
                return self.unity.files.put(command, self.rights)
            case commands.Remove():
                return self.unity.files.remove(command, self.rights)
            case commands.ListFiles():
                return self.unity.files.list(command, self.rights)
            case commands.CopyInto(table=parts, path=path):
                self.file(path)
                return self.physical.copy_into(self.table(parts, "MODIFY"), command)
            case (
                commands.Show() | commands.ShowColumns() | commands.ShowProperties() | commands.ShowCreate()
                | commands.ShowGrants() | commands.Describe()
            ):  # fmt: skip
                with self.unity.registry.lock:
                    return show.answer(self, command)
            case _:
                with self.unity.registry.lock:
                    return changes.carry_out(self, command, parameters)
