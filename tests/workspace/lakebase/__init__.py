"""Lakebase's data plane: TLS and a login by token before a real Postgres, and faults on demand."""

from tests.workspace.lakebase.faults import Faults
from tests.workspace.lakebase.login import Login, LoginRefused
from tests.workspace.lakebase.plane import DataPlane
from tests.workspace.lakebase.session import Statistics

__all__ = ["DataPlane", "Faults", "Login", "LoginRefused", "Statistics"]
