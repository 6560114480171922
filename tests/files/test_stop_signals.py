import os
import signal

import pytest

from webapp.files.stop_signals import stop_signals


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_the_first_asks_to_stop_and_the_second_ends_the_process(number, exit_code):
    before = signal.getsignal(number)
    with stop_signals() as stop:
        assert not stop
        os.kill(os.getpid(), number)
        assert stop
        assert stop.exit_code == exit_code
        assert signal.getsignal(number) == signal.SIG_DFL
    assert signal.getsignal(number) == before
