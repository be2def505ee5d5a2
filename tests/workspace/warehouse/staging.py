"""Files that go from a client into a volume: what the client is told to do, and with which URL."""

from collections.abc import Callable

import pyarrow as pa

from tests.workspace.warehouse.engine import Upload
from tests.workspace.warehouse.results import Form, Result

Sign = Callable[[str, str, bool], str]  # a URL for a method and a path, which may overwrite or not


def staged(upload: Upload, sign: Sign, form: Form) -> Result:
    """The row that tells a client what to send where."""
    row = {
        "operation": "PUT",
        "presignedUrl": sign("PUT", upload.path, upload.overwrite),
        "headers": "{}",
        "localFile": upload.local_file,
    }
    table = pa.table({column: pa.array([value], pa.string()) for column, value in row.items()})
    return Result(table, ["string"] * table.num_columns, form, staging=True)
