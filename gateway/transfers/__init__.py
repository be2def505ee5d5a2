"""Tables moved from one database to another, whichever backends they are.

`planning` looks at both sides, `loading` and `syncing` write chunks with a checkpoint, `verifying`
compares both sides, `finishing` puts what was loaded into place; `runner` brings these together, and
`service` is what is asked for it.
"""

from gateway.transfers.asked import MODES, Asked
from gateway.transfers.connections import DEFAULT, Connection, Connections
from gateway.transfers.runner import Runner
from gateway.transfers.service import Transfers, shown

__all__ = ["DEFAULT", "MODES", "Asked", "Connection", "Connections", "Runner", "Transfers", "shown"]
