"""How far a work is, on a terminal and in a file."""

import io

from rich.console import Console

from samscope.support.progress import OnConsole, Silent


def shown(*, terminal: bool, done: int = 0, until: int = 7) -> str:
    """Return what is shown of a work of 7 steps that goes on after ``done``."""
    written = io.StringIO()
    progress = OnConsole(Console(file=written, force_terminal=terminal, width=80, color_system=None))
    with progress.steps("training", 7, done=done, every=3) as advance:
        for step in range(done + 1, until + 1):
            advance(f"loss 1.000, 21.3 clips/s, J 0.70{step}")
    return written.getvalue()


def test_a_file_gets_some_of_the_steps_and_the_last() -> None:
    assert shown(terminal=False).splitlines() == [
        "training (7)",
        *(f"training {step} of 7: loss 1.000, 21.3 clips/s, J 0.70{step}" for step in (3, 6, 7)),
    ]
    going_on = shown(terminal=False, done=4).splitlines()
    assert [line.split(":")[0] for line in going_on] == [
        "training (7, 4 done)",
        "training 6 of 7",
        "training 7 of 7",
    ]


def test_a_terminal_gets_a_bar_that_fits_and_stays_where_the_work_stopped() -> None:
    last = [line for line in shown(terminal=True, until=5).splitlines() if "5/7" in line][-1]
    assert "J 0.705" in last
    assert len(last.split("\r")[-1]) <= 90  # with control characters
    assert "6/7" in shown(terminal=True, done=5, until=6)


def test_silence() -> None:
    with Silent().steps("training", 7, done=0, every=3) as advance:
        advance("loss")
