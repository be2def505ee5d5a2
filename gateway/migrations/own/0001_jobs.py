"""Keep what takes longer than a request."""

from gateway.migrations.ops import Operations

revision = "0001"
down_revision = None

SCHEMA = "lakegate"


def upgrade(op: Operations) -> None:
    """Change the structure."""
    op.create_table(
        "jobs",
        op.column("job", "VARCHAR(32)"),
        op.column("kind", "VARCHAR(255)", nullable=False),
        op.column("state", "VARCHAR(32)", nullable=False, comment="running, done or failed"),
        op.column("result", "STRING", comment="JSON: what was answered, or an error's message and details"),
        op.column("begun_at", "TIMESTAMP", nullable=False),
        op.column("seen_at", "TIMESTAMP", nullable=False, comment="the last sign of life"),
        op.column("begun_by", "STRING"),
        primary_key=["job"],
        schema=SCHEMA,
    )


def downgrade(op: Operations) -> None:
    """Undo what `upgrade` does."""
    op.drop_table("jobs", schema=SCHEMA)
