"""Values that do not fit their column's type."""

from backends.errors import Place
from backends.types import Type


class Misfit(ValueError):
    """A JSON value that its type cannot hold."""

    def __init__(self, msg: str, loc: Place = ()) -> None:
        super().__init__(msg)
        self.msg = msg
        self.loc = loc


def not_a(type_: Type) -> Misfit:
    """The fault of a value that is not of a type at all."""
    name = str(type_)
    return Misfit(f"not {'an' if name[0] in 'AI' else 'a'} {name}")
