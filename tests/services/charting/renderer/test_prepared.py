"""What is prepared once for all charts, and is there at the next start."""

import time
from pathlib import Path

from services.charting.renderer.supervisor import Renderer, usual_skeletons


def test_what_was_prepared_is_there_at_the_next_start_without_any_process(tmp_path: Path) -> None:
    key = usual_skeletons()[0]
    first = Renderer(timeout=60, keep_in=tmp_path)
    skeleton, bundle = first.skeleton(key), first.bundle()
    first.close()
    second = Renderer(timeout=60, keep_in=tmp_path)
    assert (second.skeleton(key), second.bundle()) == (skeleton, bundle)
    assert second.stats()["starts"] == 0
    second.close()


def test_a_places_first_chart_has_the_rest_prepared_and_leaves_a_slim_process(tmp_path: Path) -> None:
    keys = usual_skeletons()
    renderer = Renderer(timeout=60, keep_in=tmp_path)
    renderer.skeleton(keys[0])
    deadline = time.monotonic() + 120
    while renderer.stats()["recycled"] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    [folder] = tmp_path.iterdir()
    assert len(list(folder.iterdir())) == len(keys) + 1, "every skeleton, and the bundle"
    renderer.render({"data": {"values": [{"a": 1}]}, "mark": "point"}, "svg")
    assert (renderer.stats()["resident_bytes"] or 0) < 150e6
    renderer.close()


def test_what_another_version_prepared_is_not_used_and_removed(tmp_path: Path) -> None:
    old = tmp_path / "charts-0123456789abcdef"
    old.mkdir()
    (old / "bundle.js").write_bytes(b"of long ago")
    renderer = Renderer(timeout=60, keep_in=tmp_path)
    assert renderer.bundle() != b"of long ago"
    assert not old.exists()
    renderer.close()


def test_a_folder_that_cannot_be_written_costs_no_chart(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    renderer = Renderer(timeout=60, keep_in=tmp_path / "cache")
    assert renderer.skeleton(usual_skeletons()[0])["layer"]
    renderer.close()
