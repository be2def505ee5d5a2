"""${message}"""

from gateway.migrations.ops import Operations

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade(op: Operations) -> None:
    """Change the structure."""
${upgrades if upgrades else "    # op.create_table(\"people\", op.column(\"id\", \"BIGINT\"), primary_key=[\"id\"])"}


def downgrade(op: Operations) -> None:
    """Undo what `upgrade` does."""
${downgrades if downgrades else "    # op.drop_table(\"people\")"}
