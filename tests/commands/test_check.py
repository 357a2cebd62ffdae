from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from batchmock.commands import check

STACK = Path(__file__).parent.parent / "loading" / "files" / "stack.yaml"
FINDING = (
    f"{STACK}: Report: its attempts have no timeout, so one that hangs runs until it is terminated. "
    "Set attemptDurationSeconds. [no-timeout]\n"
)


def parsed(*arguments: str) -> Namespace:
    """Return the arguments of the command, as its parser returns them."""
    parser = ArgumentParser()
    check.add_arguments(parser)
    return parser.parse_args([str(STACK), *arguments])


def test_prints_findings(capsys: pytest.CaptureFixture[str]) -> None:
    """Findings are printed one per line, and the exit code is 1."""
    assert check.run(parsed("--parameter", "Vpc=vpc-1")) == 1
    assert capsys.readouterr().out == FINDING


def test_nothing_to_report(capsys: pytest.CaptureFixture[str]) -> None:
    """Without findings, nothing is printed and the exit code is 0."""
    assert check.run(parsed("--parameter", "Vpc=vpc-1", "--waive", "no-timeout:Report")) == 0
    assert capsys.readouterr().out == ""


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints the findings in machine-readable form."""
    check.run(parsed("--parameter", "Vpc=vpc-1", "--json"))
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding["rule"] == "no-timeout"
    assert set(finding) == {"rule", "resource", "file", "message", "source"}


def test_a_file_that_cannot_be_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    """An error is printed on stderr, and the exit code is 2."""
    assert check.run(parsed()) == 2
    assert "has no default for parameter 'Vpc'" in capsys.readouterr().err


def test_a_parameter_without_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    """A parameter needs a name and a value."""
    with pytest.raises(SystemExit):
        parsed("--parameter", "Vpc")
    assert "'Vpc' is not NAME=VALUE" in capsys.readouterr().err


def test_parameters_of_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file gets the parameters that it declares."""
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"Resources": {}, "Parameters": {"Stage": {"Type": "String"}}}))
    given = ["--parameter", "Vpc=vpc-1", "--parameter", "Stage=test"]
    assert check.run(parsed(str(other), *given)) == 1
    assert capsys.readouterr().out == FINDING


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no paths on Windows")
def test_a_pipe_among_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Each file is read once, so that a pipe can be one of them, as in `check a.json <(cdk synth)`."""
    reading, writing = os.pipe()
    os.write(writing, b'{"jobDefinitions": []}')
    os.close(writing)
    assert check.run(parsed(f"/dev/fd/{reading}", "--parameter", "Vpc=vpc-1")) == 1
    assert capsys.readouterr().out == FINDING
    os.close(reading)


def test_a_parameter_that_no_file_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A parameter that none of several files declares is an error, which names those that exist."""
    other = tmp_path / "other.json"
    other.write_text('{"jobQueues": []}')
    assert check.run(parsed(str(other), "--parameter", "vpc=vpc-1")) == 2
    assert capsys.readouterr().err == (
        "batchmock: no file has a parameter 'vpc'. The parameters of the files are 'Environment', 'Vpc', "
        "'Subnets', 'Image', 'MaxVcpus'.\n"
    )
