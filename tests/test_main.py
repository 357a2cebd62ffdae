from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import pytest

from batchmock.__main__ import demonstrate

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
    return subprocess.run(
        [sys.executable, "-m", "batchmock", *arguments],
        capture_output=True,
        text=True,
        env=surroundings(),
        timeout=60,
        check=False,
    )


def surroundings() -> dict[str, str]:
    """Return the environment variables of a child process: neither AWS settings nor a terminal's width."""
    return {
        name: value
        for name, value in os.environ.items()
        if "AWS" not in name and name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")
    }


def test_prints_the_same_picture_each_time() -> None:
    """Two runs, without credentials or region, succeed and print the same text."""
    for _ in range(2):
        ran = run()
        assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", OUTPUT)


def test_fits_a_page() -> None:
    """Without a terminal, the output is ASCII, and at most 100 columns wide."""
    assert max(map(len, OUTPUT.splitlines())) <= 100
    assert OUTPUT.isascii()


class Terminal(io.StringIO):
    """An output that is a terminal."""

    def isatty(self) -> bool:
        """Return that it is a terminal."""
        return True


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_fits_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """The pictures and the explanations use the width of the terminal, and its colours."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert demonstrate(Namespace(svg=None, html=None)) == 0
    printed = sys.stdout.getvalue()
    widths = [len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in printed.splitlines()]
    assert columns - 20 < max(widths) <= columns
    assert "has been \x1b[1;31mFAILED\x1b[0m since" in printed


def test_no_colours_if_the_user_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_COLOR` is respected by the picture and by the explanations."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", Terminal())
    demonstrate(Namespace(svg=None, html=None))
    assert sys.stdout.getvalue() == OUTPUT


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 0), (("--help",), 0), (("check", "--help"), 0), (("check", "many.json"), 1)],
    ids=["the pipeline", "help", "help of a command", "thousands of findings"],
)
def test_reader_closes_the_pipe(arguments: Sequence[str], code: int, tmp_path: Path) -> None:
    """A reader such as `head` may close the pipe: there is no traceback, and the exit code is the same."""
    definitions = [
        {"jobDefinitionName": f"d{number}", "revision": 1, "type": "container", "status": "ACTIVE"}
        | {"containerProperties": {"image": "i", "vcpus": 1, "memory": 128}}
        for number in range(2000)
    ]
    tmp_path.joinpath("many.json").write_text(
        json.dumps({"jobDefinitions": definitions}), encoding="utf-8"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "batchmock", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=surroundings(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
    assert (errors, process.returncode) == (b"", code)


def test_cannot_write_a_file(tmp_path: Path) -> None:
    """A file that cannot be written is an error on stderr, with code 2."""
    ran = run("--html", str(tmp_path / "nowhere" / "page.html"))
    assert (ran.returncode, ran.stdout) == (2, OUTPUT)
    assert ran.stderr.startswith("python -m batchmock: error: ")
    assert len(ran.stderr.splitlines()) == 1


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


@pytest.mark.skipif(os.name != "posix", reason="needs a shell of POSIX")
def test_a_closed_output() -> None:
    """A command with a closed standard output ends as usual, without a traceback."""
    command = f"{shlex.quote(sys.executable)} -m batchmock >&-"
    shell = ["sh", "-c", command]
    ran = subprocess.run(shell, capture_output=True, text=True, env=surroundings(), check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_a_full_output() -> None:
    """An output that cannot be written is an error of one line, with exit code 2."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "batchmock"]
        ran = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=surroundings(),
            check=False,
        )
    assert ran.returncode == 2
    assert ran.stderr.startswith("python -m batchmock: error: the output cannot be written: ")
    assert ran.stderr.count("\n") == 1
