"""After Ctrl-C a process ends soon, whatever it is doing."""

import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import hashlib, sys, time
from samscope.cli.interruption import leaving_within

def wait_in_python():
    time.sleep(600)

def wait_in_a_library():
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)

def end_slowly():
    import atexit
    atexit.register(time.sleep, 600)
    time.sleep(600)

try:
    with leaving_within(0.5, lambda: print("last words", flush=True), 130):
        print("ready", flush=True)
        globals()[sys.argv[1]]()
except KeyboardInterrupt:
    print("stopped", flush=True)
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("work", "said"),
    [("wait_in_python", "stopped"), ("wait_in_a_library", "last words"), ("end_slowly", "stopped")],
)
def test_it_ends_soon(work: str, said: str) -> None:
    command = [sys.executable, "-c", PROGRAM, work]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)  # so that the work has begun, and not only its program
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=60)[0]
        taken = time.monotonic() - begin
    assert (process.returncode, out.strip()) == (130, said)
    assert taken < 2


def test_without_a_signal_nothing_happens() -> None:
    program = PROGRAM.replace("globals()[sys.argv[1]]()", "pass")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")
