"""What tests may choose about a workspace, at the start and later."""

from dataclasses import dataclass
from typing import Literal

NAME = "lakegate"  # of the instance, the project and the app that are there from the start
BRANCH = f"projects/{NAME}/branches/production"
ENDPOINT = f"{BRANCH}/endpoints/primary"
ADMIN = "admin@lakegate.test"  # who made what is there from the start
ADMIN_TOKEN = "dapi00000000000000000000000000000001"
USER = "ada@lakegate.test"  # somebody who may use the workspace, but has no role in any database
USER_TOKEN = "dapi00000000000000000000000000000002"

Api = Literal["autoscaling", "provisioned"]  # what gives an app its credentials
Product = Api | Literal["warehouse"]  # what an app uses


@dataclass
class Settings:
    """Lives and delays, in seconds, and what roles may do.

    Attributes:
        token_seconds: how long database tokens are good; one that is asked for with a shorter life has that.
        bearer_seconds: how long the bearers of OAuth clients are good.
        start_seconds: how long instances, computes and warehouses take to start, to stop and to change, and
            operations.
        create_databases: whether a new role may create databases.
        engine: what runs the warehouse's SQL, "duckdb", "spark", or a class as "module:Class".
        session_seconds: how long a warehouse's session may be idle before it ends.
        direct_seconds: how long a statement is waited for before its client is to ask again.
        early_sessions: whether sessions can be opened while a warehouse starts; their statements fail until
            it runs.
        ahead_seconds: how far the control plane's clock is ahead, as its answers tell the time.
    """

    token_seconds: float = 3600.0
    bearer_seconds: float = 3600.0
    start_seconds: float = 0.0
    create_databases: bool = True
    engine: str = "duckdb"
    session_seconds: float = 3600.0
    direct_seconds: float = 5.0
    early_sessions: bool = False
    ahead_seconds: float = 0.0
