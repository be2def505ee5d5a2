"""The steps that make what an app needs: the database, and the app with what it is given."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from backends.provisioning import Instance, Spec
from backends.provisioning.app import App
from gateway.deploying.resources import merged, own
from gateway.deploying.site import Report, Site
from gateway.deploying.steps import Finding
from gateway.deploying.variables import variables

APP, DATABASE = "app", "database "  # in the record; a database with its name


def database(site: Site) -> Finding:
    """The Lakebase database: made, started, given its size, waited for."""
    spec = _spec(site)
    there = site.workshop.instances.find(spec.name)
    if not there.exists:
        return Finding("there is none", f"create {there}", lambda report: _created(site, spec, report))
    found = f"{there.state}" + (f" ({there.word})" if there.word else "")
    sized = site.wanted.sized.items()  # what the file leaves out is not for a deployment to change
    differing = {name: size for name, size in sized if (there.size or {}).get(name) != size}
    todo = [
        *(["start it"] if there.state == "STOPPED" else []),
        *([f"resize it: {_listed(there.size or {}, differing)}"] if differing else []),
        *(["wait for it"] if there.changing or there.state == "CREATING" else []),
    ]
    if not todo:
        return Finding(found)
    return Finding(found, ", ".join(todo), lambda report: _as_wanted(site, spec, differing, report))


def _listed(size: Mapping[str, Any], differing: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {size.get(name, 'untold')} -> {wanted}" for name, wanted in differing.items())


def _spec(site: Site) -> Spec:
    spec = site.wanted.database
    assert spec is not None  # noqa: S101 - else there is no such step
    return spec


def _created(site: Site, spec: Spec, report: Report) -> str:
    """Make it; it is only noted as made where nothing of others would go with it when it is deleted."""
    is_new, mine = site.workshop.whole(spec.name) is None, DATABASE + spec.name
    with site.making(mine) if is_new else nullcontext():
        site.workshop.instances.create(spec)
    _waited(site, spec, report)
    made = site.workshop.whole(spec.name)
    if is_new and made and made.creator in (None, site.workshop.user):
        site.note(mine, made.identity)
    return "created it"


def _as_wanted(site: Site, spec: Spec, differing: Mapping[str, Any], report: Report) -> str:
    there = site.workshop.instances.find(spec.name)
    if there.changing:
        there = site.workshop.instances.waited(
            spec.name, "STOPPED" if there.state == "STOPPED" else "READY", _words(report)
        )
    done = []
    if there.state == "STOPPED":
        site.workshop.instances.start(spec.name)
        _waited(site, spec, report)
        done.append("started it")
    if differing:
        site.workshop.instances.resize(spec.name, differing)
        _waited(site, spec, report)
        done.append("resized it")
    return ", ".join(done) or "waited for it"


def _waited(site: Site, spec: Spec, report: Report) -> None:
    site.workshop.instances.waited(spec.name, "READY", _words(report))


def _words(report: Report) -> Any:
    def told(there: Instance) -> None:
        report(f"it is {there.state}" + (f" ({there.word})" if there.word else ""))

    return told


def warehouse(site: Site) -> Finding:
    """The SQL warehouse, which has to be there; one that sleeps is woken by whoever asks it."""
    wanted = site.wanted.warehouse
    assert wanted is not None  # noqa: S101 - else there is no such step
    site.warehouse = site.workshop.warehouse(wanted.id, wanted.name)
    return Finding(f'"{site.warehouse.name}" ({site.warehouse.id}) is {site.warehouse.state}')


def app(site: Site) -> Finding:
    """The app: made with what it is given, or given what it lacks; all else of it is left alone."""
    site.app = site.workshop.apps.find(site.wanted.app)
    variables(site, {})  # before anything is made: that each resource they come from will be there
    if site.app is None:
        return Finding("there is none", f'create app "{site.wanted.app}"', lambda report: _made(site, report))
    changes = _changes(site, site.app)
    asleep = site.app.compute != "ACTIVE"
    todo = [*(f"change its {name}" for name in changes), *(["start its compute"] if asleep else [])]
    found = f"compute {site.app.compute}, {site.app.state}"
    if not todo:
        return Finding(found)
    return Finding(found, ", ".join(todo), lambda report: _changed(site, changes, report))


def _settings(site: Site) -> dict[str, Any]:
    """What deployment.yaml says of an app beside its resources."""
    told = {"compute_size": site.wanted.size, "description": site.wanted.description}
    return {name: text for name, text in told.items() if text is not None}


def _made(site: Site, report: Report) -> str:
    with site.making(APP):
        is_new = site.workshop.apps.create(site.wanted.app, {**_settings(site), "resources": own(site)})
    if is_new:
        site.note(APP, site.workshop.apps.get(site.wanted.app).identity)
    site.app = site.workshop.apps.running(site.wanted.app, report)
    if changes := _changes(site, site.app):  # somebody else has made it meanwhile
        _changed(site, changes, report)
    return "created it"


def _changes(site: Site, there: App) -> dict[str, Any]:
    """What is to be written of an app: nothing that is so already."""
    changes = {name: text for name, text in _settings(site).items() if there.settings.get(name) != text}
    resources = merged(there.resources, own(site))
    return {**changes, **({"resources": resources} if resources != there.resources else {})}


def _changed(site: Site, changes: Mapping[str, Any], report: Report) -> str:
    if changes:
        site.workshop.apps.change(site.wanted.app, changes, report)
    site.app = site.workshop.apps.running(site.wanted.app, report)
    return f"changed its {', '.join(changes)}" if changes else "started it"
