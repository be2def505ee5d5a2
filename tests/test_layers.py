"""The layers of the house, held by reading the imports of every module."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
DRIVERS = frozenset({"sqlite3", "psycopg2", "databricks", "pyarrow"})
STDLIB = frozenset(sys.stdlib_module_names) - DRIVERS | {"_typeshed"}  # the last for type checkers only

VALUE_MODULES = (
    "becoming changes env errors misfit moments numbering outcome plan preflight reach structure types values"
)
VALUES = frozenset(f"backends.{name}" for name in VALUE_MODULES.split())
CONTRACT = VALUES | {"backends", "backends.base"}
WEB = frozenset({"flask", "marshmallow", "msgspec", "werkzeug"})
SQL = frozenset({"backends.sql", "backends.credentials", "msgspec", "sqlalchemy"})

# Whatever is neither the project's nor the web's: a new backend needs no edit here.
ANY_DRIVER = "*"

# What is pure: of the gateway, these modules import only each other.
PURE = r"gateway\.(audit|body|conditions|cursor|planner|requests|rows)"

# The first pattern that a module's name begins with says what it may import besides the standard library,
# its own package and, unless it is pure, the gateway. A name stands for all below it; "backends" does not.
LAYERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("|".join(map(re.escape, VALUES)), VALUES),
    (r"backends\.credentials", VALUES | {"databricks"}),
    (r"backends\.sql", CONTRACT | {"msgspec", "sqlalchemy"}),
    (r"backends\.sqlite", CONTRACT | SQL | {"sqlite3"}),
    (r"backends(\.base)?$", VALUES | {"backends.base"}),
    (r"backends\.\w+", CONTRACT | SQL | {ANY_DRIVER}),
    (PURE, VALUES | {"msgspec"}),
    (r"gateway\.(accesslog|worker)", frozenset({"gunicorn", "msgspec"})),
    (r"gateway\.migrations", CONTRACT | {"alembic", "msgspec"}),
    (r"gateway\.transfers", CONTRACT | {"msgspec", "backends.provisioning"}),
    (r"gateway\.deploying", CONTRACT | WEB | {"backends.provisioning", "pathspec", "yaml"}),
    (r"gateway\.provisioning", CONTRACT | {"backends.provisioning"}),
    (r"gateway\.cli", CONTRACT | WEB | {"backends.provisioning", "click", "tqdm"}),
    (r"gateway\.files\.(arrow|parquet)", VALUES | {"msgspec", "pyarrow"}),
    (r"gateway\.files", VALUES | {"msgspec"}),
    (
        r"gateway\.(openapi|docs|views\.docs)",
        CONTRACT | WEB | {"backends.provisioning", "apispec", "flask_swagger_ui"},
    ),
    (r"gateway\.(views\.databases|database_schemas)", CONTRACT | WEB | {"backends.provisioning"}),
    (r"gateway", CONTRACT | WEB),
)

READERS = {"environ", "environb", "getenv", "getenvb"}
READING = {"wsgi.py", "gunicorn.conf.py"}  # gunicorn executes the second as its configuration


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the product, with its file."""
    for path in sorted([*PROJECT.glob("backends/**/*.py"), *PROJECT.glob("gateway/**/*.py")]):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


def imported(source: str) -> set[str]:
    """The modules that a source imports anywhere; `from backends import errors` means `backends.errors`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.update(submodule(node.module or "", alias.name) for alias in node.names)
    return names


def submodule(module: str, name: str) -> str:
    """What `from module import name` imports: a module below `module` if there is one of that name."""
    place = PROJECT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if place.is_dir() or place.with_suffix(".py").is_file() else module


def below(name: str, allowed: Iterable[str]) -> bool:
    """Whether a module is one of `allowed` or below one."""
    if name.partition(".")[0] not in WEB | {"backends", "gateway"} and ANY_DRIVER in allowed:
        return True
    return any(name == top or (top != "backends" and name.startswith(f"{top}.")) for top in allowed)


def fits(pattern: str, module: str) -> bool:
    """Whether `pattern` is for a module."""
    return re.match(rf"({pattern})(\.|$)", module) is not None


def own(module: str) -> str | None:
    """The package whose modules may import each other: the gateway, or one part of the backends."""
    if fits(r"gateway", module) and not fits(PURE, module):
        return "gateway"
    return ".".join(module.split(".")[:2]) if "." in module else None


def forbidden(module: str, source: str) -> set[str]:
    """What a module imports although its layer may not."""
    allowed = (
        next(allowed for pattern, allowed in LAYERS if fits(pattern, module)) | STDLIB | {own(module) or ""}
    )
    pure = {name for name in imported(source) if fits(PURE, name)} if fits(PURE, module) else set[str]()
    return {name for name in imported(source) - pure if not below(name, allowed)}


def reads_environment(source: str) -> bool:
    """Whether a source takes `os.environ`, or one of its readers, out of `os`."""
    nodes = list(ast.walk(ast.parse(source)))
    imports = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    os_names = {alias.asname or alias.name for alias in imports if alias.name == "os"}
    return any(name in READERS for node in nodes for name in taken_from_os(node, os_names))


def taken_from_os(node: ast.AST, os_names: set[str]) -> tuple[str, ...]:
    """What a node takes out of the module `os`, which the source calls one of `os_names`."""
    match node:
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in os_names:
            return (name,)
        case ast.ImportFrom(module="os", names=aliases):
            return tuple(alias.name for alias in aliases)
    return ()


def loaded_after(code: str) -> frozenset[str]:
    """Which of the drivers are loaded in a process that has run `code`."""
    ask = f"import sys\n{code}\nprint(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", ask], cwd=PROJECT, env={}, capture_output=True, text=True, check=True
    )
    return DRIVERS.intersection(ended.stdout.split())


@pytest.mark.parametrize(("module", "path"), [pytest.param(*found, id=found[0]) for found in modules()])
def test_a_module_imports_only_what_its_layer_may(module: str, path: Path) -> None:
    assert forbidden(module, path.read_text()) == set()


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("backends.plan", "import sqlalchemy", "sqlalchemy"),
        ("backends.base", "from backends.sql import SqlBackend", "backends.sql"),
        ("backends.sql", "import sqlite3", "sqlite3"),
        ("backends.sql.shape", "import databricks.sql", "databricks.sql"),
        ("backends.env", "import backends", "backends"),
        ("backends.sqlite.rows", "import psycopg2", "psycopg2"),
        ("backends.fourth", "import driver, sqlalchemy, backends.sqlite", "backends.sqlite"),
        ("backends.fourth.rows", "import flask", "flask"),
        ("backends.errors", "import gateway.errors", "gateway.errors"),
        ("gateway.planner", "from flask import request", "flask"),
        ("gateway.planner", "import gateway.config", "gateway.config"),
        ("gateway.rows", "import sqlalchemy as sa", "sqlalchemy"),
        ("gateway.views.records", "def f():\n    import backends.sqlite", "backends.sqlite"),
        ("gateway.response", "import pyarrow", "pyarrow"),
    ],
)
def test_a_forbidden_import_is_found(module: str, source: str, fault: str) -> None:
    assert forbidden(module, source) == {fault}


def test_the_environment_is_read_in_one_place() -> None:
    files = [path for _, path in modules()] + list(PROJECT.glob("*.py"))
    readers = {path.name for path in files if reads_environment(path.read_text())}
    assert readers == READING


@pytest.mark.parametrize(
    "source", ["import os\nos.environ", "import os as o\no.getenv('A')", "from os import environ as e"]
)
def test_a_reader_of_the_environment_is_found(source: str) -> None:
    assert reads_environment(source)


def test_the_gateway_loads_no_driver() -> None:
    assert loaded_after("import gateway.accesslog, gateway.files, gateway.identity, backends.sql") == set()


@pytest.mark.parametrize(
    ("env", "drivers"),
    [
        ({"GATEWAY_BACKEND": "sqlite"}, {"sqlite3"}),
        ({"DATABASE_URL": "postgresql://app:secret@localhost/x"}, {"psycopg2"}),
        ({"PGHOST": "x.database.example", "LAKEBASE_INSTANCE": "x"}, {"psycopg2", "databricks"}),
    ],
)
def test_a_backend_loads_its_own_driver_and_no_other(env: dict[str, str], drivers: set[str]) -> None:
    assert loaded_after(f"from gateway import create_app; create_app({env})") == drivers
