"""Which files are sent: those that git itself would take."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.errors import Invalid
from gateway.deploying import files
from tests.effort import examples

NAMES = st.sampled_from(["a", "b", "c.py", "c.pyc", "data", ".env", "x y"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
RULES = st.sampled_from(
    ["a", "/a", "a/", "*.pyc", "!c.pyc", "data/*", "!data/b", "**/b", "a/b", ".env", "# a", "x\\ y"]
)


def git(folder: Path, *words: str) -> list[str]:
    command = ["git", "-c", "core.excludesFile=", *words]
    told = subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True)
    return [name for name in told.stdout.split("\0") if name]


def fill(folder: Path, paths: set[str], rules: dict[str, list[str]]) -> None:
    (folder / "app.yaml").touch()
    for path in sorted(paths):
        place = folder / path
        if not any(parent.is_file() for parent in place.parents) and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(path)
    for where, lines in rules.items():
        if (folder / where).is_dir():
            (folder / where / ".gitignore").write_text("\n".join(lines))


@settings(max_examples=examples(24))
@given(
    st.sets(PATHS, max_size=8),
    st.dictionaries(st.sampled_from([".", "a", "data"]), st.lists(RULES, max_size=4)),
)
def test_what_git_would_take_is_sent(
    tmp_path_factory: pytest.TempPathFactory, paths: set[str], rules: dict[str, list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("source")
    git(folder, "init", "--quiet")
    fill(folder, paths, rules)
    wanted = set(git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z"))
    if "app.yaml" in wanted:
        assert set(files.source(folder)) == wanted
    shutil.rmtree(folder)


def test_tests_and_what_is_named_and_links_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, {"tests/a.py", "docs/b.md", "gateway/tests/c.py", "deployment.yaml"}, {})
    (tmp_path / "link").symlink_to("app.yaml")
    found = files.source(tmp_path, (tmp_path / "deployment.yaml",))
    assert set(found) == {"app.yaml", "gateway/tests/c.py"}


def test_a_folder_without_an_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"has no app\.yaml"):
        files.source(tmp_path)


def test_a_file_that_apps_do_not_take_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, set(), {})
    with (tmp_path / "large").open("wb") as large:
        large.truncate(files.MOST_BYTES + 1)
    with pytest.raises(Invalid, match="large: larger than the 7.5 MB"):
        files.source(tmp_path)
