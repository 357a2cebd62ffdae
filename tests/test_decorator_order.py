"""`mock_batch` above and below other decorators, and on what it cannot decorate."""

from __future__ import annotations

import asyncio
import os
import unittest
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.interception import hooks


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that no test leaves a mock active."""
    yield
    assert hooks._active == []


# Functions that take the mock beside the arguments of `mock.patch`, which come from the lowest decorator up.


@mock_batch
@mock.patch("os.getcwd")
@mock.patch("os.getlogin")
def mock_first(batch_mock: Any, getlogin: Any, getcwd: Any) -> Any:
    """Have two patches below."""
    return batch_mock, getlogin is os.getlogin, getcwd is os.getcwd


@mock_batch
@mock.patch("os.getcwd")
@mock.patch("os.getlogin")
def mock_last(getlogin: Any, getcwd: Any, batch_mock: Any) -> Any:
    """Have two patches below."""
    return batch_mock, getlogin is os.getlogin, getcwd is os.getcwd


@mock.patch("os.getcwd")
@mock_batch
@mock.patch("os.getlogin")
def between_patches_and_first(batch_mock: Any, getlogin: Any, getcwd: Any) -> Any:
    """Have a patch below and one above."""
    return batch_mock, getlogin is os.getlogin, getcwd is os.getcwd


@mock.patch("os.getcwd")
@mock.patch("os.getlogin")
@mock_batch
def below_patches(getlogin: Any, getcwd: Any, batch_mock: Any) -> Any:
    """Have two patches above."""
    return batch_mock, getlogin is os.getlogin, getcwd is os.getcwd


@mock.patch("os.getcwd", new=len)
@mock_batch
@mock.patch.multiple("os", getlogin=mock.DEFAULT)
def patches_without_positions(batch_mock: Any, getlogin: Any) -> Any:
    """Have patches that add no positional argument."""
    in_place: Any = os.getcwd
    return batch_mock, getlogin is os.getlogin, in_place is len


@pytest.mark.parametrize(
    "function",
    [mock_first, mock_last, between_patches_and_first, below_patches, patches_without_positions],
    ids=lambda function: function.__name__,
)
def test_beside_patches(function: Any) -> None:
    """Each parameter receives its own argument."""
    batch_mock, *are_right = function()
    assert isinstance(batch_mock, BatchMock)
    assert are_right == [True, True]


def test_beside_patches_and_fixtures() -> None:
    """Patches that add no positional argument leave the order of parameters free."""

    @mock_batch
    @mock.patch("os.getcwd", new=len)
    @mock.patch("os.getppid", new=len)
    @mock.patch.multiple("os", getlogin=mock.DEFAULT)
    @mock.patch.multiple("os", getpid=mock.DEFAULT)
    def function(tmp_path: str, batch_mock: Any, getlogin: Any, getpid: Any) -> Any:
        are_right = getlogin is os.getlogin and getpid is os.getpid
        return tmp_path, isinstance(batch_mock, BatchMock), are_right

    given: Any = function
    assert given(tmp_path="as pytest passes it") == ("as pytest passes it", True, True)


def test_test_case_with_patches() -> None:
    """A test method may have the mock before the arguments of `mock.patch`."""

    @mock_batch
    class Case(unittest.TestCase):
        @mock.patch("os.getcwd")
        def test_it(self, batch_mock: Any, getcwd: Any) -> None:
            assert batch_mock is self.batch_mock  # type: ignore[attr-defined]
            assert getcwd is os.getcwd

    result = unittest.TestResult()
    Case("test_it").run(result)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


def test_mock_among_patches() -> None:
    """No order of decorators passes the mock between two arguments of `mock.patch`."""

    @mock.patch("os.getcwd")
    @mock_batch
    @mock.patch("os.getlogin")
    def function(getlogin: Any, batch_mock: Any, getcwd: Any) -> None: ...

    expected = r"Write def function\(batch_mock, getlogin, getcwd\)\.$"
    with pytest.raises(BatchMockError, match=expected):
        function()


def test_above_the_decorators_of_methods() -> None:
    """`mock_batch` may be above `@staticmethod` and `@classmethod`."""

    class Helpers:
        @mock_batch(region="eu-west-1")
        @staticmethod
        def static(batch_mock: BatchMock) -> str:
            return str(boto3.client("batch").meta.region_name)

        @mock_batch(region="eu-west-2")
        @classmethod
        def of_class(cls, batch_mock: BatchMock) -> tuple[Any, str]:
            return cls, str(boto3.client("batch").meta.region_name)

        @mock_batch
        @staticmethod
        async def coroutine(batch_mock: BatchMock) -> bool:
            return "started" in repr(batch_mock)

    helpers: Any = Helpers
    assert (helpers.static(), helpers().static()) == ("eu-west-1", "eu-west-1")
    assert helpers.of_class() == helpers().of_class() == (Helpers, "eu-west-2")
    assert asyncio.run(helpers().coroutine())


def test_above_a_fixture() -> None:
    """A fixture cannot be decorated; the message says how to write it."""
    fixture: Any = pytest.fixture(nothing)
    with pytest.raises(BatchMockError, match=r"Write @pytest\.fixture above @mock_batch\."):
        mock_batch(fixture)


def nothing() -> None:
    """Do nothing."""


@pytest.mark.parametrize("decorated", [5, None, property(len)])
def test_what_is_neither_function_nor_class(decorated: Any) -> None:
    """The error says what `mock_batch` can decorate."""
    with pytest.raises(
        BatchMockError, match=r"mock_batch decorates functions and classes, and got"
    ):
        mock_batch(region="eu-west-1")(decorated)


def test_property_under_the_bare_decorator() -> None:
    """A property is not taken for an option."""
    with pytest.raises(BatchMockError, match="result of another decorator"):
        mock_batch(property(len))  # type: ignore[call-overload]
