"""The steps that let the app work: its schema, all grants, the revisions; and whether it answers."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from backends import errors
from backends.base import Backend
from backends.provisioning.looking import looks
from gateway.config import chosen_backend
from gateway.deploying.site import Report, Site
from gateway.deploying.steps import Finding
from gateway.deploying.variables import MIGRATES, reaching, value
from gateway.migrations import Migrations, Revisions
from gateway.migrations.jobs import own_migrations
from gateway.migrations.journal import SCHEMA
from gateway.migrations.scripts import HEAD

WAKING_SECONDS = 300.0  # a classic warehouse takes minutes to start
FOLDER = "GATEWAY_MIGRATIONS_DIR"
UNUSABLE = "GRANT USAGE"  # in Postgres, where what is in such a schema is not even seen
NOWHERE = "public"  # a backend makes its usual schema as it connects, and this one is always there


def schema(site: Site) -> Finding:
    """The schema, and the gateway's own tables: made before the app runs, or they would be its own."""
    if value(site, MIGRATES) == "true":
        return Finding(f"the app makes it as it starts ({MIGRATES})")
    if not _is_ready(site):
        return Finding("there is no database yet", f'make schema "{site.wanted.schema}" and the own tables')
    with _nowhere(site) as backend:
        creating, pending = _creating(site, backend), _own_pending(site, backend)
    site.has_schema = not creating
    found = f'schema "{site.wanted.schema}" is {"not " if creating else ""}there'
    todo = [*(["make it"] if creating else []), *(["make the gateway's own tables"] if pending else [])]
    if not todo:
        return Finding(found)
    details = tuple(f"{each};" for each in creating)
    return Finding(found, ", ".join(todo), lambda _: _made(site), details=details)


@contextmanager
def _nowhere(site: Site) -> Iterator[Backend]:
    """The database, awake, and no schema made by looking at it."""
    with site.database({**reaching(site), "GATEWAY_SCHEMA": NOWHERE}) as backend:
        _awake(backend)
        yield backend


def _creating(site: Site, backend: Backend) -> tuple[str, ...]:
    """The SQL that makes the schema, if it is not there."""
    lacking = backend.admission(site.wanted.schema, site.workshop.user)
    return tuple(filter(_is_creation, lacking))


def _is_creation(statement: str) -> bool:
    return statement.startswith("CREATE SCHEMA")


def _own_pending(site: Site, backend: Backend) -> int:
    """How many revisions of the gateway's own tables are to be taken; none where another looks after them."""
    lacking = backend.admission(SCHEMA, site.workshop.user)
    if any(each.startswith(UNUSABLE) for each in lacking) and not any(map(_is_creation, lacking)):
        return 0
    try:
        return own_migrations(backend, chosen_backend(reaching(site))).pending()
    except errors.Forbidden:
        return 0


def _made(site: Site) -> str:
    """Make what of both is missing."""
    with _nowhere(site) as backend:
        creating = _creating(site, backend)
        for statement in creating:
            backend.run(backend.catalog, statement)
        site.has_schema = True
        pending = _own_pending(site, backend)
        if pending:
            own_migrations(backend, chosen_backend(reaching(site))).move(HEAD, "upgrade", site.workshop.user)
    done = [*(["made it"] if creating else []), *(["made the gateway's own tables"] if pending else [])]
    return ", ".join(done) or "others made it"


def grants(site: Site) -> Finding:
    """What the app's service principal may do in both schemas, also in what comes to be there."""
    todo = "grant the app their use"
    if site.app is None or not _is_ready(site):
        return Finding("there is no database yet, or no app", todo)
    try:
        missing = _missing(site)
    except errors.NotFound as error:  # Databricks has not made the role yet
        return Finding(error.message, todo, lambda _: _admitted(site))
    if not missing:
        return Finding("the app has all grants")
    details = tuple(f"{each};" for each in missing)
    found, todo = f"the app lacks {len(missing)}", f"run {len(missing)} statements"
    return Finding(found, todo, lambda _: _admitted(site), details=details)


def _is_ready(site: Site) -> bool:
    spec = site.wanted.database
    return spec is None or site.workshop.instances.find(spec.name).state == "READY"


def _missing(site: Site) -> tuple[str, ...]:
    """What the app's service principal cannot do yet, as SQL: each statement once."""
    with _nowhere(site) as backend:
        lacking = [backend.admission(name, _principal(site)) for name in (site.wanted.schema, SCHEMA)]
    return tuple(dict.fromkeys(itertools.chain(*lacking)))


def _awake(backend: Backend) -> None:
    """Wait until a database answers that has to wake, or to start, for it."""
    for _ in looks(backend.ping, WAKING_SECONDS):
        return


def _principal(site: Site) -> str:
    return site.app.principal if site.app else ""


def _admitted(site: Site) -> str:
    """Grant what is missing.

    Raises:
        Forbidden: who deploys may not; the message has the SQL.
    """
    missing = _missing(site)
    with _nowhere(site) as backend:
        for statement in missing:
            backend.run(backend.catalog, statement)
    if left := _missing(site):  # a grant of what is another's may do nothing, without a word
        raise errors.Forbidden(f"who deploys cannot grant this; its owner can: {'; '.join(left)}")
    return f"ran {len(missing)} statements"


def migrations(site: Site) -> Finding:
    """The revisions that the database has not taken."""
    revisions = _revisions(site)
    if not revisions.all:
        return Finding("there are no revisions")
    if value(site, MIGRATES) == "true":
        return Finding(f"the app takes them as it starts ({MIGRATES})")
    if not site.has_schema:
        return Finding("none is taken", f"take {len(revisions.all)}")
    with site.database(_usual(site)) as backend:
        pending = _of(backend, site, revisions).status().pending
    if not pending:
        return Finding(f"at {revisions.head}")
    todo = f"take {', '.join(each.id for each in pending)}"
    return Finding(
        f"{len(pending)} of {len(revisions.all)} pending", todo, lambda report: _moved(site, report)
    )


def _revisions(site: Site) -> Revisions:
    """Those that are deployed."""
    return Revisions(site.folder / (value(site, FOLDER) or "migrations"))


def _usual(site: Site) -> Mapping[str, str]:
    return {**reaching(site), "GATEWAY_SCHEMA": site.wanted.schema}


def _of(backend: Backend, site: Site, revisions: Revisions) -> Migrations:
    return Migrations(backend, chosen_backend(reaching(site)), revisions)


def _moved(site: Site, report: Report) -> str:
    with site.database(_usual(site)) as backend:
        taken = _of(backend, site, _revisions(site)).move(HEAD, "upgrade", site.workshop.user, report)
    return f"took {', '.join(step.revision.id for step in taken)}" if taken else "others took them"


def health(site: Site) -> Finding:
    """Whether the app answers at its URL that it is ready."""
    url = site.app.url if site.app else ""
    if not url:
        return Finding("there is no app yet", "ask it whether it is ready")

    def ask(report: Report) -> str:
        return f"it is ready, said in {site.workshop.ready(url, report):,.0f} ms"

    return Finding(url, "ask it whether it is ready", ask, changes=False)
