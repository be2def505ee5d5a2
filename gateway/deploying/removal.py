"""What a deployment made, taken down again; what was there before it, or was made by others, is left."""

from backends import errors
from backends.provisioning.app import App
from backends.provisioning.record import Record
from gateway.deploying.making import APP, DATABASE
from gateway.deploying.site import Report, Site
from gateway.deploying.steps import Finding, Step


def steps(site: Site, confirm: str | None) -> tuple[Step, ...]:
    """What it takes; the database is only among it where `confirm` is its name.

    Raises:
        Invalid: `confirm` is another name, or there is no database.
    """
    if confirm is not None:
        name = site.wanted.database.name if site.wanted.database else None
        if confirm != name:
            told = (
                f'takes the name of the database again: "{name}"'
                if name
                else "there is no database to delete"
            )
            raise errors.Invalid.of([errors.Fault(("confirm",), told)])
    made = [Step("database", lambda site: _database(site, confirm))] if site.wanted.database else []
    return (Step("app", _app), *made, Step("source", _source))


def _app(site: Site) -> Finding:
    there = site.workshop.apps.find(site.wanted.app)
    if there is None:
        return Finding("there is none")
    if not site.is_ours(APP, there.identity, there.creator):
        return Finding("it was not made by a deployment from here: left")
    return Finding(
        f"compute {there.compute}, {there.state}",
        "delete it",
        lambda report: _app_deleted(site, there, report),
    )


def _app_deleted(site: Site, there: App, report: Report) -> str:
    if there.compute != "DELETING":
        site.workshop.apps.delete(there.name)
    site.workshop.apps.gone(there.name, report)
    return "deleted it"


def _database(site: Site, confirm: str | None) -> Finding:
    assert site.wanted.database is not None  # noqa: S101 - else there is no such step
    name = site.wanted.database.name
    there = site.workshop.instances.find(name)
    if not there.exists:
        return Finding("there is none")
    whole = site.workshop.whole(name)
    if whole is None or not site.is_ours(DATABASE + name, whole.identity, whole.creator):
        return Finding("it was not made by a deployment from here: left")
    if confirm is None:
        return Finding("left, with its data: --database and --confirm NAME delete it")
    return Finding(
        there.state, f"delete {there} with all its data", lambda report: _database_deleted(site, report)
    )


def _database_deleted(site: Site, report: Report) -> str:
    assert site.wanted.database is not None  # noqa: S101 - see there
    name = site.wanted.database.name
    if site.workshop.instances.find(name).word != "DELETING":
        site.workshop.instances.delete(name, name)
    site.workshop.instances.waited(name, "NOT_CREATED", lambda there: report(f"it is {there.state}"))
    return "deleted it with all its data"


def _source(site: Site) -> Finding:
    """The source, and the record; that stays while it has something to tell."""
    if not site.record.files and not site.record.made:
        return Finding("there is none")
    return Finding(f"{len(site.record.files)} files", "remove them", lambda _: _source_removed(site))


def _source_removed(site: Site) -> str:
    noted = site.record.made.items()
    kept = {made: each for made, each in noted if made.startswith(DATABASE) and _exists(site, made)}
    if not kept:
        site.sources.forget()
        return "removed them"
    site.record = Record(kept)
    site.sources.note(site.record)
    site.sources.remove()
    return "removed them; what was made is remembered"


def _exists(site: Site, made: str) -> bool:
    return site.workshop.instances.find(made.removeprefix(DATABASE)).exists
