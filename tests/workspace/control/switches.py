"""The tests' own interface, at `/_workspace/...`: faults, lives, statistics, tokens and SQL, for anybody."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import psycopg2

from tests.workspace.control import shapes
from tests.workspace.control.faults import Fault, refusal
from tests.workspace.control.plane import ControlPlane
from tests.workspace.control.warehouse_switches import Switch, WarehouseSwitches, plain
from tests.workspace.control.wire import (
    Answer,
    ApiError,
    Content,
    Invalid,
    JsonObject,
    NoSuchPath,
    Request,
)
from tests.workspace.lakebase import DataPlane
from tests.workspace.postgres import Postgres
from tests.workspace.roles import Roles
from tests.workspace.tokens import Authority
from tests.workspace.warehouse.front import Front

SECONDS = (
    "token_seconds", "bearer_seconds", "start_seconds", "session_seconds", "direct_seconds", "ahead_seconds",
)  # fmt: skip
PREFIX = "/_workspace/"
FAULT: shapes.Fields = {"pattern": str, "times": int}
LINE: shapes.Fields = {
    "refuse_connections": bool,
    "login_delay": float,
    "latency": float,
    "black_hole": bool,
    "wake_refusals": int,
}


class Switches:
    """Turned over HTTP; all other requests go on to the control plane."""

    def __init__(
        self, control: ControlPlane, data: DataPlane, front: Front, postgres: Postgres, roles: Roles
    ) -> None:
        self._control = control
        self._data = data
        self._front = front
        self._warehouse = WarehouseSwitches(control, front)
        self._postgres = postgres
        self._roles = roles
        self._severed = ""
        self._at_start = replace(control.settings)
        self._switches: Mapping[str, Switch] = {
            **self._warehouse.switches,
            "fail": (self._fail, {**FAULT, "status": int, "retry_after": int, "code": str, "message": str}),
            "fail_operation": (self._fail_operation, {"code": str, "message": str}),
            "delay": (self._delay, {**FAULT, "seconds": float}),
            "drop": (self._drop, FAULT),
            "lose": (self._lose, FAULT),
            "down": (self._down, {"down": bool}),
            "secret": (self._secret, {"client": str, "revoked": bool}),
            "revoke_bearers": (self._revoke_bearers, {}),
            "principal": (self._principal, {}),
            "cancel": (self._cancel, {"app": str}),
            "settings": (self._settings, dict.fromkeys(SECONDS, float)),
            "endpoint_state": (self._endpoint_state, {"endpoint": str, "state": str}),
            "refuse_logins": (self._refuse_logins, {"sqlstate": str, "message": str}),
            "line": (self._line, LINE),
            "kill": (self._kill, {"how": str}),
            "suspend": (self._suspend, {"wake_seconds": float}),
            "wake": (self._wake, {}),
            "sever": (self._sever, {"containing": str, "when": str}),
            "statistics": (self._statistics, {}),
            "requests": (self._requests, {}),
            "forget": (self._forget, {}),
            "mend": (self._mend, {}),
            "mint": (self._mint, {"subject": str, "resource": str, "seconds": float, "forgery": str}),
            "sql": (self._sql, {"statement": str, "database": str}),
            "password_role": (self._password_role, {"name": str, "password": str}),
        }

    def answer_securely(self, request: Request) -> Answer | Content | None:
        """The same for a request that came over TLS, where warehouses and volumes are too."""
        return self._front.answer(request) if self._front.serves(request) else self.answer(request)

    def answer(self, request: Request) -> Answer | None:
        """What a request is answered with; None if its connection is to be dropped."""
        if not request.path.startswith(PREFIX):
            return self._control.answer(request)
        try:
            switch, fields = self._find(request.path.removeprefix(PREFIX))
            body = request.json()
            shapes.check(body, fields)
            return Answer(switch(body))
        except ApiError as error:
            return error.answer()

    def _find(self, name: str) -> Switch:
        if name not in self._switches:
            raise NoSuchPath(f"there is no switch '{name}'")
        return self._switches[name]

    def _fail(self, body: JsonObject) -> JsonObject:
        retry_after = shapes.optional(body, "retry_after", int)
        code, message = (shapes.optional(body, name, str) or "" for name in ("code", "message"))
        answer = refusal(shapes.required(body, "status", int), retry_after, code, message)
        return self._add(body, answer=answer)

    def _fail_operation(self, body: JsonObject) -> JsonObject:
        code, message = (shapes.required(body, name, str) for name in ("code", "message"))
        self._control.autoscaling.fail_next(code, message)
        return {}

    def _delay(self, body: JsonObject) -> JsonObject:
        return self._add(body, seconds=shapes.number(body, "seconds") or 0.0)

    def _drop(self, body: JsonObject) -> JsonObject:
        return self._add(body, drop=True)

    def _lose(self, body: JsonObject) -> JsonObject:
        return self._add(body, lost=True)

    def _add(self, body: JsonObject, **what: Any) -> JsonObject:
        pattern = re.compile(shapes.required(body, "pattern", str))
        self._control.faults.add(Fault(pattern, shapes.optional(body, "times", int), **what))
        return {}

    def _down(self, body: JsonObject) -> JsonObject:
        self._control.faults.down = shapes.required(body, "down", bool)
        return {}

    def _secret(self, body: JsonObject) -> JsonObject:
        identity = self._control.identity
        turn = identity.revoke_secret if body.get("revoked") else identity.restore_secret
        turn(shapes.required(body, "client", str))
        return {}

    def _revoke_bearers(self, body: JsonObject) -> JsonObject:
        self._control.identity.revoke_bearers()
        return {}

    def _principal(self, body: JsonObject) -> JsonObject:
        client, secret = self._control.identity.new_client()
        return {"client": client, "secret": secret}

    def _cancel(self, body: JsonObject) -> JsonObject:
        self._control.apps.cancel(shapes.required(body, "app", str))
        return {}

    def _settings(self, body: JsonObject) -> JsonObject:
        for name in body:
            setattr(self._control.settings, name, shapes.number(body, name))
        return {}

    def _endpoint_state(self, body: JsonObject) -> JsonObject:
        state: Any = shapes.optional(body, "state", str)
        shapes.one_of(state, ("INIT", "ACTIVE", "IDLE", "DEGRADED"), "state")
        self._control.autoscaling.force_state(shapes.required(body, "endpoint", str), state)
        return {}

    def _refuse_logins(self, body: JsonObject) -> JsonObject:
        sqlstate, message = shapes.optional(body, "sqlstate", str), shapes.optional(body, "message", str)
        self._data.faults.refuse = (sqlstate, message or "") if sqlstate else None
        return {}

    def _line(self, body: JsonObject) -> JsonObject:
        for name, value in body.items():
            setattr(self._data.faults, name, value)
        return {}

    def _kill(self, body: JsonObject) -> JsonObject:
        how: Any = shapes.optional(body, "how", str) or "abort"
        shapes.one_of(how, ("abort", "reset", "terminate"), "how")
        return {"killed": self._data.faults.kill_all(how)}

    def _suspend(self, body: JsonObject) -> JsonObject:
        return {"killed": self._data.faults.suspend(shapes.number(body, "wake_seconds") or 0.0)}

    def _wake(self, body: JsonObject) -> JsonObject:
        self._data.faults.wake()
        return {}

    def _sever(self, body: JsonObject) -> JsonObject:
        when: Any = shapes.optional(body, "when", str) or "after"
        shapes.one_of(when, ("before", "after"), "when")
        self._severed = shapes.required(body, "containing", str)
        self._data.faults.sever(self._severed, when)
        return {}

    def _statistics(self, body: JsonObject) -> JsonObject:
        minted = self._control.journal.minted()
        return {
            "mints": len(minted),
            "mints_by_subject": Counter(mint.subject for mint in minted),
            "mints_by_process": Counter(mint.process or 0 for mint in minted),
            "suspended": self._data.faults.suspended,
            "severs": self._data.faults.severs,
            **asdict(self._data.statistics),
        }

    def _requests(self, body: JsonObject) -> JsonObject:
        return {"requests": [asdict(asked) for asked in self._control.journal.asked()]}

    def _forget(self, body: JsonObject) -> JsonObject:
        self._control.journal.clear()
        self._front.ledger.clear()
        return {}

    def _mend(self, body: JsonObject) -> JsonObject:
        """Turn all faults off, and set lives and delays as they were at the start."""
        self._control.faults.clear()
        self._warehouse.mend()
        self._control.identity.restore_secrets()
        self._control.autoscaling.show_true_states()
        for name in SECONDS:
            setattr(self._control.settings, name, getattr(self._at_start, name))
        faults = self._data.faults
        faults.refuse, faults.refuse_connections, faults.black_hole = None, False, False
        faults.login_delay, faults.latency, faults.wake_refusals = 0.0, 0.0, 0
        faults.cut_for(self._severed.encode())  # as if it had come: then it is waited for no longer
        faults.wake()
        return {}

    def _mint(self, body: JsonObject) -> JsonObject:
        subject, resource = shapes.required(body, "subject", str), shapes.required(body, "resource", str)
        seconds = shapes.number(body, "seconds")
        life = self._control.settings.token_seconds if seconds is None else seconds
        authority = self._control.authority
        match shapes.optional(body, "forgery", str):
            case None:
                return {"token": authority.mint(subject, (resource,), life).text}
            case "unsigned":
                return {"token": authority.mint(subject, (resource,), life, "none").text}
            case "foreign key":
                return {"token": Authority(authority.issuer).mint(subject, (resource,), life).text}
            case other:
                raise Invalid(f"there is no forgery '{other}'")

    def _sql(self, body: JsonObject) -> JsonObject:
        statement = shapes.required(body, "statement", str)
        try:
            rows = self._postgres.sql(statement, shapes.optional(body, "database", str) or "postgres")
        except psycopg2.Error as error:
            raise Invalid(str(error)) from error
        return {"rows": [[plain(value) for value in row] for row in rows]}

    def _password_role(self, body: JsonObject) -> JsonObject:
        name, password = shapes.required(body, "name", str), shapes.required(body, "password", str)
        self._roles.create_with_password(name, password)
        return {}
