"""Old session files go, live ones stay."""

import os
import time
from pathlib import Path

from utils.expired_files import remove_older_than


def test_only_files_older_than_a_sessions_life_are_removed(tmp_path: Path) -> None:
    for name, age in (("live", 10), ("expired", 5_000)):
        (tmp_path / name).write_text("session")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    assert remove_older_than(tmp_path, 1_000) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["live"]


def test_a_folder_that_is_not_there_yet_is_no_failure(tmp_path: Path) -> None:
    assert remove_older_than(tmp_path / "nowhere", 1) == 0
