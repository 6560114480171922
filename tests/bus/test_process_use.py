from webapp.bus import process_use as module
from webapp.bus.process_use import process_use


def test_a_process_takes_memory_and_time():
    use = process_use()
    assert use.memory_bytes > 10_000_000
    assert use.cpu_s > 0


def test_where_the_system_does_not_say_memory_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "STATM", tmp_path / "nothing")
    assert process_use().memory_bytes == 0
