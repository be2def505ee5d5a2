"""A deployment as a whole: its steps in their order."""

from gateway.deploying import making, settling, shipping
from gateway.deploying.site import Site
from gateway.deploying.steps import Step


def steps(site: Site) -> tuple[Step, ...]:
    """What it takes to bring an environment about.

    The schema is made before the app runs, which else would make it its own. The grants come after the
    deployment: only then is it certain that Databricks has made the app's role.
    """
    return (
        *([Step("database", making.database)] if site.wanted.database else []),
        *([Step("warehouse", making.warehouse)] if site.wanted.warehouse else []),
        Step("app", making.app),
        Step("source", shipping.source),
        Step("schema", settling.schema),
        Step("deployment", shipping.deployment),
        Step("grants", settling.grants),
        Step("migrations", settling.migrations),
        Step("health", settling.health),
    )
