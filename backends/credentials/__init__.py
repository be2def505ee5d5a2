"""Databricks, asked in bounded time: its control plane, and the short-lived tokens that it mints."""

from backends.credentials.checks import WorkspaceChecks
from backends.credentials.process import Once, after_fork
from backends.credentials.tokens import Token, TokenCache
from backends.credentials.workspace import LoginRefused, LoginUntold, Workspace, preload, translated

__all__ = [
    "LoginRefused",
    "LoginUntold",
    "Once",
    "Token",
    "TokenCache",
    "Workspace",
    "WorkspaceChecks",
    "after_fork",
    "preload",
    "translated",
]
