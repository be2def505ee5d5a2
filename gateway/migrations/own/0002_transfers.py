"""Keep how far transfers have come: what was asked, each table's progress, and a checkpoint by its rows."""

from gateway.migrations.ops import Operations

revision = "0002"
down_revision = "0001"

SCHEMA = "lakegate"


def upgrade(op: Operations) -> None:
    """Change the structure."""
    _create_transfers(op)
    _create_transfer_tables(op)
    _create_checkpoints(op)


def _create_transfers(op: Operations) -> None:
    op.create_table(
        "transfers",
        op.column("transfer", "VARCHAR(32)"),
        op.column("asked", "STRING", nullable=False, comment="JSON: what was asked"),
        op.column("plan", "STRING", comment="JSON: what was found when it began"),
        op.column(
            "state", "VARCHAR(32)", nullable=False, comment="running, cancelling, cancelled, done or failed"
        ),
        op.column("holder", "VARCHAR(255)", comment="who carries it out"),
        op.column("seen_at", "TIMESTAMP", comment="the holder's last sign of life"),
        op.column("begun_at", "TIMESTAMP", nullable=False),
        op.column("ended_at", "TIMESTAMP"),
        op.column("begun_by", "STRING"),
        op.column("error", "STRING", comment="JSON: message and details"),
        primary_key=["transfer"],
        schema=SCHEMA,
    )


def _create_transfer_tables(op: Operations) -> None:
    op.create_table(
        "transfer_tables",
        op.column("transfer", "VARCHAR(32)"),
        op.column("position", "INT"),
        op.column("name", "STRING", nullable=False),
        op.column("state", "VARCHAR(32)", nullable=False),
        op.column("rows", "BIGINT", nullable=False),
        op.column("total", "BIGINT"),
        op.column("rejected", "BIGINT", nullable=False),
        op.column("seconds", "DOUBLE", nullable=False, comment="that loading took"),
        op.column("error", "STRING", comment="JSON: message and details"),
        op.column("report", "STRING", comment="JSON: what was compared, and what differs"),
        primary_key=["transfer", "position"],
        schema=SCHEMA,
    )


def _create_checkpoints(op: Operations) -> None:
    op.create_table(
        "checkpoints",
        op.column("transfer", "VARCHAR(32)"),
        op.column("position", "INT"),
        op.column("holder", "VARCHAR(255)", nullable=False, comment="who may move it"),
        op.column("base", "BIGINT", nullable=False, comment="rows that were there before"),
        op.column("chunk", "INT", nullable=False),
        op.column("rows", "BIGINT", nullable=False, comment="rows that are written"),
        op.column("after", "STRING", comment="JSON: the key of the last of them"),
        op.column("loaded", "BOOLEAN", nullable=False),
        op.column("rejected", "BIGINT", nullable=False, comment="rows that were left out"),
        op.column("before", "STRING", comment="JSON: the sum of what was there before, without a key"),
        op.column("sending", "INT", nullable=False, comment="rows read for the chunk that is being written"),
        primary_key=["transfer", "position"],
        schema=SCHEMA,
    )


def downgrade(op: Operations) -> None:
    """Undo what `upgrade` does."""
    op.drop_table("checkpoints", schema=SCHEMA)
    op.drop_table("transfer_tables", schema=SCHEMA)
    op.drop_table("transfers", schema=SCHEMA)
