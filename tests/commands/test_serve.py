from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from batchmock.commands import serve

from .test_check import STACK


def parsed(*arguments: str) -> Namespace:
    """Return the arguments of the command, as its parser returns them."""
    parser = ArgumentParser()
    serve.add_arguments(parser)
    return parser.parse_args(arguments)


def test_a_reset_keeps_what_was_loaded() -> None:
    """After a reset, the resources of `--load` exist again and the jobs are gone."""
    mock = serve.ServedMock(parsed("--load", str(STACK), "--parameter", "Vpc=vpc-1"))
    mock.reset()
    reply = mock.reply_to("POST", "/v1/describejobqueues", {})
    assert reply is not None
    (queue,) = json.loads(reply.body)["jobQueues"]
    assert queue["jobQueueName"] == "stack-reports-test"


def test_parameters_of_several_files(tmp_path: Path) -> None:
    """Each file of `--load` gets the parameters that it declares."""
    other = tmp_path / "other.json"
    other.write_text('{"jobDefinitions": []}')
    given = ("--load", str(STACK), "--load", str(other), "--parameter", "Vpc=vpc-1")
    reply = serve.ServedMock(parsed(*given)).reply_to("POST", "/v1/describejobqueues", {})
    assert reply is not None
    assert len(json.loads(reply.body)["jobQueues"]) == 1


def test_a_queue_to_begin_with() -> None:
    """Without `--load`, a queue and a job definition exist."""
    reply = serve.ServedMock(parsed()).reply_to("POST", "/v1/describejobqueues", {})
    assert reply is not None
    assert json.loads(reply.body)["jobQueues"][0]["jobQueueName"] == "job-queue"


def test_a_file_that_cannot_be_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    """An error is printed on stderr, and the exit code is 2."""
    assert serve.run(parsed("--load", "nowhere.json")) == 2
    assert "load() cannot read 'nowhere.json'" in capsys.readouterr().err


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """The command in a separate process."""
    command = [sys.executable, "-m", "batchmock", "serve", "--advance", "manual"]
    # A shell starts what runs in the background with SIGINT ignored, and child processes inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        signal.signal(signal.SIGINT, before)
        yield process
        process.kill()


@pytest.mark.slow
def test_a_server_of_its_own(process: subprocess.Popen[str]) -> None:
    """The command prints its address, is controlled over HTTP, and ends quietly on Ctrl-C."""
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert found is not None
    with urlopen(Request(f"{found[0]}/_batchmock/tick", b'{"delta": 60}', method="POST")) as reply:
        assert "now" in json.loads(reply.read())
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
