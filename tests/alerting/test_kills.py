from tests.alerting.kills import kill_again_and_again
from webapp.storage.upgrade import upgrade


def test_killed_three_times_nothing_is_lost_doubled_or_half_written(tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'evenkeel.db'}"
    upgrade(url)
    outcome = kill_again_and_again(url, kills=3, seed=1)
    with capsys.disabled():
        print(f"\n{outcome}")
    assert outcome.alerts > 5, "nothing happened"
    # Each has a beginning and an end, told to the one receiver.
    assert outcome.messages == 2 * outcome.alerts
    assert outcome.missing == outcome.undelivered == outcome.open_alerts == 0
    assert outcome.doubled == outcome.broken == outcome.uneven_history == 0
    assert outcome.repeats <= outcome.kills
