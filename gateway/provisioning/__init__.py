"""The Lakebase databases of the gateway's workspace, whichever backend the gateway itself runs on."""

from gateway.provisioning.asked import CreateDatabase, Refill
from gateway.provisioning.service import Databases, refuse_wrong_source, shown, steps_shown

__all__ = ["CreateDatabase", "Databases", "Refill", "refuse_wrong_source", "shown", "steps_shown"]
