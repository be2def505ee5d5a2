"""One app, as the control plane knows it."""

import time
import uuid
import zlib
from dataclasses import dataclass, field

from tests.workspace.control import shapes
from tests.workspace.control.app_proxy import Proxy
from tests.workspace.control.deployments import Deployment
from tests.workspace.control.hosting import Process
from tests.workspace.control.lifecycle import Lifecycle
from tests.workspace.control.wire import JsonObject


@dataclass
class App:
    """An app, its service principal's id and secret, and what was asked of it."""

    name: str
    creator: str
    client: str
    secret: str
    fields: dict[str, object]
    life: Lifecycle
    proxy: Proxy = field(init=False)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: str = field(default_factory=lambda: shapes.written(time.time()))
    updating: Lifecycle = field(default_factory=lambda: Lifecycle("NOT_UPDATED"))
    deployments: list[Deployment] = field(default_factory=list)

    @property
    def pending(self) -> Deployment | None:
        """The deployment under way."""
        return next((found for found in self.deployments if found.state == "IN_PROGRESS"), None)

    @property
    def active(self) -> Deployment | None:
        """The last one that succeeded."""
        return next((found for found in reversed(self.deployments) if found.state == "SUCCEEDED"), None)

    @property
    def resources(self) -> list[JsonObject]:
        """What it was given."""
        return shapes.optional(self.fields, "resources", list) or []

    def port(self) -> int | None:
        """Where its process listens; None while there is none."""
        process = self.active.process if self.active else None
        return process.port if process and process.running else None

    def processes(self) -> list[Process]:
        """Those that it has, or had."""
        return [found.process for found in self.deployments if found.process]

    def stop(self) -> None:
        """End its processes."""
        for process in self.processes():
            process.stop()

    def shown(self) -> JsonObject:
        """As answers have it; the secret is the platform's to hand to the app."""
        return {
            "compute_size": "MEDIUM",
            "description": "",
            **self.fields,
            "name": self.name,
            "id": self.id,
            "creator": self.creator,
            "create_time": self.created,
            "updater": self.creator,
            "update_time": self.created,
            "url": self.proxy.url,
            "service_principal_client_id": self.client,
            "service_principal_id": zlib.crc32(self.client.encode()),
            "service_principal_name": f"app-{self.name}",
            "app_status": self._status(),
            "compute_status": {"state": self.life.state, "message": f"App compute is {self.life.state}."},
            **({"active_deployment": self.active.shown()} if self.active else {}),
            **({"default_source_code_path": self.active.source} if self.active else {}),
            **({"pending_deployment": self.pending.shown()} if self.pending else {}),
        }

    def _status(self) -> JsonObject:
        if self.pending:
            return {"state": "DEPLOYING", "message": "App is being deployed"}
        if self.port():
            return {"state": "RUNNING", "message": "App has status: App is running"}
        if self.active and self.life.state == "ACTIVE":
            return {"state": "CRASHED", "message": "App has crashed"}
        return {"state": "UNAVAILABLE", "message": "App has not been deployed yet"}
