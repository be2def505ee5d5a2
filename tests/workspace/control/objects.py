"""Workspace files: folders and files at paths such as /Workspace/Users/ada@x (`/api/2.0/workspace/...`)."""

import base64
import binascii
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.workspace.control import shapes
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import (
    DirectoryNotEmpty,
    Forbidden,
    Invalid,
    JsonObject,
    NoResource,
    PathExists,
    TooLarge,
)
from tests.workspace.settings import ADMIN

BASE = "/api/2.0/workspace"
MOST_BYTES = 10_000_000  # of a file in base64
FORMATS = ("AUTO", "DBC", "HTML", "JUPYTER", "RAW", "R_MARKDOWN", "SOURCE")
NOTEBOOK = b"# Databricks notebook source"
MOUNT = "/Workspace"  # what paths may begin with

_ids = itertools.count(1)


@dataclass
class Thing:
    """A folder, or with content a file, or a notebook, which is no file on disk."""

    content: bytes | None = None
    kind: str = "DIRECTORY"
    id: int = field(default_factory=lambda: next(_ids))
    made: float = field(default_factory=time.time)


class Objects:
    """The tree of a workspace; everybody has a home in /Users, and /Shared is for all."""

    def __init__(self) -> None:
        self._things = {"/": Thing(), "/Users": Thing(), "/Shared": Thing()}
        self.routes: tuple[Route, ...] = (
            route("POST", f"{BASE}/mkdirs", self._make, {"path": str}),
            route(
                "POST",
                f"{BASE}/import",
                self._import,
                {"path": str, "content": str, "format": str, "language": str, "overwrite": bool},
            ),
            route("POST", f"{BASE}/delete", self._delete, {"path": str, "recursive": bool}),
            route("GET", f"{BASE}/export", self._export),
            route("GET", f"{BASE}/get-status", self._status),
            route("GET", f"{BASE}/list", self._list),
        )

    def files(self, path: str) -> dict[str, bytes]:
        """What is in a folder and those below it, by the path from there; notebooks are no files.

        Raises:
            NoResource: there is no such folder.
        """
        top = self._at(path)
        if self._things[top].content is not None:
            raise NoResource(f"{path} is not a directory.")
        found = {name: thing for name, thing in self._things.items() if name.startswith(f"{top}/")}
        return {
            name.removeprefix(f"{top}/"): thing.content
            for name, thing in found.items()
            if thing.content is not None and thing.kind == "FILE"
        }

    def _at(self, path: str) -> str:
        """The name of a thing that is there.

        Raises:
            NoResource: it is not.
        """
        name = _name(path)
        if name not in self._things:
            raise NoResource(f"Path ({path}) doesn't exist.")
        return name

    def _make(self, call: Call) -> JsonObject:
        name = _name(shapes.required(call.body, "path", str))
        _refuse_strangers(call.caller, name)
        for place in (*reversed([*_parents(name)]), name):
            thing = self._things.setdefault(place, Thing())
            if thing.content is not None:
                raise PathExists(f"Path ({place}) already exists and is not a directory.")
        return {}

    def _import(self, call: Call) -> JsonObject:
        path = shapes.required(call.body, "path", str)
        name = _name(path)
        _refuse_strangers(call.caller, name)
        parent = next(_parents(name))
        if parent not in self._things:
            raise NoResource(f"The parent folder ({parent}) does not exist.")
        content = _content(call.body)
        kind, name = _kind(call.body, name, content)
        old = self._things.get(name)
        if old and (old.content is None or not call.body.get("overwrite")):
            raise PathExists(f"Path ({path}) already exists.")
        self._things[name] = Thing(content, kind)
        return {}

    def _delete(self, call: Call) -> JsonObject:
        name = self._at(shapes.required(call.body, "path", str))
        _refuse_strangers(call.caller, name)
        inside = [found for found in self._things if found.startswith(f"{name}/")]
        if inside and not call.body.get("recursive"):
            raise DirectoryNotEmpty(f"Folder ({name}) is not empty")
        for found in (*inside, name):
            del self._things[found]
        return {}

    def _export(self, call: Call) -> JsonObject:
        name = self._at(call.query.get("path", ""))
        thing = self._things[name]
        shapes.one_of(call.query.get("format"), FORMATS, "format")
        if thing.content is None:
            raise Invalid(f"Cannot export the directory ({name}) to this format.")
        if thing.kind == "FILE" and call.query.get("format") not in ("AUTO", "RAW"):
            raise Invalid(f"({name}) is a file: export it with format AUTO.")
        return {"content": base64.b64encode(thing.content).decode(), "file_type": name.rpartition(".")[2]}

    def _status(self, call: Call) -> JsonObject:
        name = self._at(call.query.get("path", ""))
        return self._shown(name)

    def _list(self, call: Call) -> JsonObject:
        name = self._at(call.query.get("path", ""))
        if self._things[name].content is not None:
            return {"objects": [self._shown(name)]}
        inside = [found for found in self._things if found != "/" and next(_parents(found)) == name]
        return {"objects": [self._shown(found) for found in sorted(inside)]} if inside else {}

    def _shown(self, name: str) -> JsonObject:
        thing = self._things[name]
        told: dict[str, object] = {
            "path": name,
            "object_id": thing.id,
            "object_type": thing.kind,
            "resource_id": str(thing.id),
        }
        if thing.content is not None and thing.kind == "FILE":
            told |= {"size": len(thing.content), "modified_at": int(thing.made * 1000)}
        return told


def _name(path: str) -> str:
    """A path as the tree has it.

    Raises:
        Invalid: it is not absolute.
    """
    if not path.startswith("/") or ".." in path.split("/"):
        raise Invalid(f"Path ({path}) doesn't start with '/'")
    return (path.removeprefix(MOUNT) if path.startswith(f"{MOUNT}/") else path).rstrip("/") or "/"


def _parents(name: str) -> Iterator[str]:
    """The folders that something is in, the nearest first, but for the root of what is at the top."""
    while name != "/":
        name = name.rpartition("/")[0] or "/"
        yield name


def _refuse_strangers(caller: str, name: str) -> None:
    """Let only the admin change what is in another's home, or beside the homes."""
    if caller != ADMIN and not name.startswith((f"/Users/{caller}/", "/Shared/")):
        raise Forbidden(f"{caller} does not have Edit permissions on {name}.")


def _content(body: JsonObject) -> bytes:
    text = shapes.optional(body, "content", str) or ""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Invalid("Field 'content' is not base64.") from error
    if len(text) > MOST_BYTES:
        raise TooLarge(f"File size imported is ({len(text)} bytes), exceeded max size ({MOST_BYTES}).")
    return content


def _kind(body: JsonObject, name: str, content: bytes) -> tuple[str, str]:
    """What an import makes, and under which name: AUTO looks at a file, SOURCE makes notebooks."""
    wanted = shapes.optional(body, "format", str) or "SOURCE"
    shapes.one_of(wanted, FORMATS, "format")
    if wanted == "RAW" or (wanted == "AUTO" and not content.startswith(NOTEBOOK)):
        return "FILE", name
    if wanted == "AUTO":
        return "NOTEBOOK", name.rpartition(".")[0]
    if wanted != "SOURCE" or not body.get("language"):
        raise Invalid("To import a single file as SOURCE, the language must be set.")
    return "NOTEBOOK", name
