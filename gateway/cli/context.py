"""What a command works on: the gateway that the app holds, and the table named on the command line."""

import codecs
from collections.abc import Mapping

import click
from flask import current_app

from backends.types import Type, TypeSyntaxError, parse
from gateway.requests import Target
from gateway.service import Gateway
from gateway.views import ENVIRONMENT, EXTENSION


def current_gateway() -> Gateway:
    """The gateway of the app that the command runs in."""
    gateway: Gateway = current_app.extensions[EXTENSION]
    return gateway


def current_environment() -> Mapping[str, str]:
    """The environment that the app was made from."""
    environment: Mapping[str, str] = current_app.extensions[ENVIRONMENT]
    return environment


class TargetType(click.ParamType[Target]):
    """`table`, `schema.table` or `catalog.schema.table`."""

    name = "table"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        """The table that the text names."""
        names = str(value).split(".")
        if len(names) > 3 or not all(names):
            self.fail(f"{value!r} is not table, schema.table or catalog.schema.table", param, ctx)
        table, schema, catalog = (*reversed(names), None, None)[:3]
        return Target(str(table), catalog, schema)


class TypedType(click.ParamType[tuple[str, Type]]):
    """`column=TYPE`."""

    name = "column=type"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Type]:
        """The column's name and its type."""
        column, sign, text = str(value).rpartition("=")
        if not sign or not column:
            self.fail(f"{value!r} is not COLUMN=TYPE", param, ctx)
        try:
            return column, parse(text)
        except TypeSyntaxError as error:
            self.fail(str(error), param, ctx)


class DelimiterType(click.ParamType[str]):
    """One character, or `tab`."""

    name = "character"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The character."""
        found = {"tab": "\t", "\\t": "\t"}.get(str(value), str(value))
        if len(found) != 1 or found in '"\r\n':
            self.fail(f"{value!r} is not one character that can stand between fields", param, ctx)
        return found


class EncodingType(click.ParamType[str]):
    """The name of a text encoding that Python knows."""

    name = "encoding"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The encoding's own name."""
        try:
            return codecs.lookup(str(value)).name
        except LookupError:
            self.fail(f"{value!r} is no encoding", param, ctx)
