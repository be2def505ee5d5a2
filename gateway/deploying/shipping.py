"""The steps that bring the gateway into the app: its source, and the deployment of it."""

from collections.abc import Mapping
from dataclasses import replace

from backends import errors
from backends.provisioning.app import App, Variable
from gateway.deploying import files
from gateway.deploying.site import Report, Site
from gateway.deploying.steps import Finding
from gateway.deploying.variables import is_of, variables


def source(site: Site) -> Finding:
    """The files among the workspace's: what is there already is not sent again."""
    if site.record.files and not site.sources.is_there():
        site.record = replace(site.record, files={})
    contents = files.source(site.folder, site.left_out)
    wanted = site.sent = files.digests(contents)
    sent = {name: contents[name] for name in wanted if site.record.files.get(name) != wanted[name]}
    gone = site.record.files.keys() - wanted.keys()
    found = f"{len(wanted)} files, {len(wanted) - len(sent)} of them there"
    if not sent and not gone:
        return Finding(found)
    todo = f"send {len(sent)}" + (f", remove {len(gone)}" if gone else "")
    return Finding(found, todo, lambda report: _sent(site, sent, wanted, report))


def _sent(site: Site, sent: Mapping[str, bytes], wanted: Mapping[str, str], report: Report) -> str:
    gone = len(site.record.files.keys() - wanted.keys())
    report(f"sending {len(sent)} files to {site.sources.path}")
    if not site.record.files:
        site.sources.remove()  # nobody knows what is there
    site.record = site.sources.send(site.record, sent, wanted)
    return f"sent {len(sent)}" + (f", removed {gone}" if gone else "")


def deployment(site: Site) -> Finding:
    """What runs: deployed anew where it is of other files, variables or resources, or has crashed."""
    there = site.app = site.workshop.apps.find(site.wanted.app)
    wanted = variables(site, site.sent)
    if there is None or (there.active is None and there.pending is None):
        return Finding("nothing is deployed", "deploy", lambda report: _deployed(site, wanted, report))
    if there.pending is not None:
        found = f"{there.pending.id} is {there.pending.state}"
        return Finding(found, "wait for it, or deploy", lambda report: _deployed(site, wanted, report))
    if not is_of(there.active, wanted, site.sources.path):
        found = "another deployment is active"
        return Finding(found, "deploy", lambda report: _deployed(site, wanted, report))
    if there.state == "CRASHED":
        return Finding("it has crashed", "deploy it again", lambda report: _begun(site, wanted, report))
    return Finding(f"of these files and settings, {there.state}")


def _deployed(site: Site, wanted: tuple[Variable, ...], report: Report) -> str:
    """Deploy, unless just that is under way or done; what is under way is waited for."""
    there = _current(site)
    if there.pending is not None:
        mine = is_of(there.pending, wanted, site.sources.path)
        try:
            site.workshop.apps.deployed(there.name, there.pending.id, report)
        except errors.Conflict:
            if mine:
                raise
        there = _current(site)
        if mine and is_of(there.active, wanted, site.sources.path):
            return "waited for it"
    return _begun(site, variables(site, site.sent), report)


def _begun(site: Site, wanted: tuple[Variable, ...], report: Report) -> str:
    begun = site.workshop.apps.deploy(site.wanted.app, site.sources.path, wanted)
    site.workshop.apps.deployed(site.wanted.app, begun.id, report)
    _current(site)
    return f"deployed it as {begun.id}"


def _current(site: Site) -> App:
    site.app = site.workshop.apps.get(site.wanted.app)
    return site.app
