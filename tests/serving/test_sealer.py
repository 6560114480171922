"""Tests of who opens what: the web process, the camera processes, the command line."""

from dataclasses import replace

from webapp.config import Settings
from webapp.serving.sealer import build_sealer


def test_processes_and_commands_of_one_server_open_what_another_sealed(tmp_path):
    kept = Settings(instance_dir=tmp_path)
    web = build_sealer(kept)
    sealed = web.seal("rtsp://user:password@camera", "camera")
    behind = replace(kept, instance_dir=tmp_path / "none", sealing_key=web.key)
    set_by_hand = Settings(secret_key=(tmp_path / "secret-key").read_text().strip())
    for settings in (kept, behind, set_by_hand):
        assert build_sealer(settings).open(sealed, "camera") == "rtsp://user:password@camera"
    assert not (tmp_path / "none").exists()
