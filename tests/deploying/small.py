"""An app that is no gateway: what it takes to be deployed, and no more."""

from pathlib import Path

COMMAND = '["python", "-m", "http.server", "${DATABRICKS_APP_PORT}"]'


def small(folder: Path, command: str = COMMAND, env: str = "[]") -> Path:
    """The source of one that serves its folder, in an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.yaml").write_text(f"command: {command}\nenv: {env}\n")
    return folder
