"""Forked child processes that leave the block of their parent's mock."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from batchmock import BatchMockError, mock_batch
from batchmock.interception import hooks

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]


def in_child(function: Callable[[], str]) -> str:
    """Return the result of a function in a forked child process, or its error."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            text = function()
        except BaseException as error:
            text = repr(error)
        os.write(write, text.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with open(read, encoding="utf-8") as file:
        return file.read()


def ask() -> str:
    """Return what becomes of a request."""
    try:
        boto3.client("batch", region_name="us-east-1").describe_job_queues()
    except BatchMockError as error:
        return "refused" if "forked" in str(error) else str(error)
    return "answered"


@pytest.mark.parametrize("advance", ["manual", "sleep", "wall"])
def test_child_that_leaves_the_block(advance: Any) -> None:
    """It stops its copy of the mock, and the environment is as before the mock."""
    starter = mock_batch(region="eu-west-1", advance=advance)

    def leave() -> str:
        starter.stop()
        return f"{hooks._active}, {os.environ.get('AWS_DEFAULT_REGION')}"

    starter.start()
    assert in_child(leave) == "[], None"
    assert ask() == "answered"
    starter.stop()


def test_child_that_leaves_one_of_two_blocks() -> None:
    """The outer mock of the parent does not answer in the child either."""
    inner = mock_batch(region="eu-west-1")

    def leave() -> str:
        before = ask()
        inner.stop()
        return f"{before}, {ask()}, {os.environ['AWS_DEFAULT_REGION']}"

    with mock_batch(region="eu-west-2"):
        inner.start()
        assert in_child(leave) == "refused, refused, eu-west-2"
        inner.stop()


def test_child_of_a_child() -> None:
    """A child of the child can leave the block too, and start a mock of its own."""
    starter = mock_batch()

    def leave() -> str:
        starter.stop()
        assert hooks._active == []
        with mock_batch():
            return ask()

    starter.start()
    assert in_child(lambda: f"{ask()}, {in_child(leave)}") == "refused, answered"
    starter.stop()
