import os
import subprocess
import sys
from pathlib import Path

OUTPUT = """\
4 jobs, 1h58m40s from 2026-01-05 09:00:00 on
job      |0s        |20m       |40m        |1h        |1h20m      |1h40m        status      ended
calls    4
  4 SubmitJob
extract  ,.-===+                                                                SUCCEEDED   11m
train    ,~~~~~.-=======!-============!-=================================+      SUCCEEDED   1h53m
  after extract
  attempt 1, 11m40s to 26m40s: exit code 137, OutOfMemoryError: Container killed due to memory usage
  attempt 2, 27m20s to 52m20s: Host EC2 (instance i-e6610a43789f3aeec) terminated.
  attempt 3, 53m to 1h53m: exit code 0
report   ,~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~.-==+  SUCCEEDED   1h58m40s
  after extract, train
audit    ,.-==============x                                                     FAILED      31m
  attempt 1, 1m to 31m: exit code 137, Job attempt duration exceeded timeout
, submitted   ~ pending   . runnable   - starting   = running   + succeeded   x failed   ! retried

job 'train' (ecace3f2-1fa6-4540-bb3e-cc775f54afd5) has been SUCCEEDED since 2026-01-05 10:53:00.
Attempt 1 of 4 exited with code 137 (Essential container in task exited; OutOfMemoryError: Container
  killed due to memory usage). It was retried: evaluateOnExit rule 1 (RETRY on onReason
  'OutOfMemory*').
Attempt 2 of 4 ended without an exit code (Host EC2 (instance i-e6610a43789f3aeec) terminated.). It
  was retried: evaluateOnExit rule 2 (RETRY on onStatusReason 'Host EC2*').
Attempt 3 of 4 exited with code 0.

job 'audit' (874037d4-1513-4ec2-876d-8c1d41becadc) has been FAILED since 2026-01-05 09:31:00.
Attempt 1 of 1 exited with code 137 (Job attempt duration exceeded timeout). It was not retried: the
  attempt timed out, which is never retried.
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m batchmock` without any AWS settings."""
    surroundings = {name: value for name, value in os.environ.items() if "AWS" not in name}
    return subprocess.run(
        [sys.executable, "-m", "batchmock", *arguments],
        capture_output=True,
        text=True,
        env=surroundings,
        timeout=60,
        check=False,
    )


def test_prints_the_same_picture_each_time() -> None:
    """Two runs, without credentials or region, succeed and print the same text."""
    for _ in range(2):
        ran = run()
        assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", OUTPUT)


def test_fits_a_terminal() -> None:
    """The output is ASCII, and at most 100 columns wide."""
    assert max(map(len, OUTPUT.splitlines())) <= 100
    assert OUTPUT.isascii()


def test_tells_its_version() -> None:
    """`--version` prints the version of the installed distribution."""
    assert run("--version").stdout.startswith("batchmock ")


def test_writes_pictures(tmp_path: Path) -> None:
    """`--svg` and `--html` write the timeline to files."""
    svg, html = tmp_path / "timeline.svg", tmp_path / "timeline.html"
    ran = run("--svg", str(svg), "--html", str(html))
    assert (ran.returncode, ran.stdout) == (0, OUTPUT)
    assert svg.read_text(encoding="utf-8").startswith("<svg ")
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_refuses_what_it_does_not_know() -> None:
    """An unknown argument prints the usage on stderr and exits with code 2."""
    ran = run("--nonsense")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "python -m batchmock: error: unrecognized arguments: --nonsense" in ran.stderr


def test_a_command_has_an_exit_code() -> None:
    """A subcommand runs instead of the pipeline, and its exit code is that of the process."""
    ran = run("check", "nowhere.json")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "load() cannot read 'nowhere.json'" in ran.stderr
