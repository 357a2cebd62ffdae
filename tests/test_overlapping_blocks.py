"""Blocks of one `mock_batch()` that overlap, and blocks whose mock has been stopped inside."""

from __future__ import annotations

import asyncio
import contextvars
import unittest
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.interception import hooks

PATIENCE = 30


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that no test leaves a mock active."""
    yield
    assert hooks._active == []


def is_started(mock: BatchMock) -> bool:
    """Return whether a mock is started."""
    return "started" in repr(mock)


def test_blocks_of_two_threads() -> None:
    """Each thread stops the mock of its own block, also if the other one entered later."""
    starter = mock_batch()
    first_entered, second_entered, first_left = Event(), Event(), Event()
    seen = []

    def first() -> None:
        with starter as mock:
            first_entered.set()
            second_entered.wait(PATIENCE)
        seen.append(is_started(mock))
        first_left.set()

    def second() -> None:
        first_entered.wait(PATIENCE)
        with starter as mock:
            second_entered.set()
            first_left.wait(PATIENCE)
            seen.append(is_started(mock))
        seen.append(is_started(mock))

    threads = [Thread(target=first), Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [False, True, False]


def test_blocks_of_two_tasks() -> None:
    """Each task stops the mock of its own block, and the block around both keeps its mock."""
    starter = mock_batch()
    seen = []

    async def block(left: asyncio.Event, wait_for: asyncio.Event) -> None:
        async with starter as mock:
            await asyncio.sleep(0)
            if wait_for is not left:
                await wait_for.wait()
            seen.append(is_started(mock))
        seen.append(is_started(mock))
        left.set()

    async def main() -> None:
        async with starter as outer:
            first_left = asyncio.Event()
            await asyncio.gather(block(first_left, first_left), block(asyncio.Event(), first_left))
            seen.append(is_started(outer))

    asyncio.run(main())
    assert seen == [True, False, True, False, True]


def test_blocks_within_one_another() -> None:
    """The inner block stops the inner mock."""
    starter = mock_batch()
    with starter as outer:
        with starter as inner:
            assert inner is not outer
        assert (is_started(inner), is_started(outer)) == (False, True)


def test_block_that_ends_in_another_context() -> None:
    """A fixture of an async plugin may be torn down in another task than it was set up in."""
    starter = mock_batch()
    mock = contextvars.copy_context().run(starter.__enter__)
    contextvars.copy_context().run(starter.__exit__, None, None, None)
    assert not is_started(mock)


def test_error_of_a_block_whose_mock_was_stopped_inside() -> None:
    """The error of the block is raised, and not one about the mock."""

    def function() -> None:
        with mock_batch() as batch_mock:
            batch_mock.stop()
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        function()


def test_error_of_a_function_whose_mock_was_stopped_inside() -> None:
    """The error of a decorated function or coroutine function is raised."""

    @mock_batch
    def function(batch_mock: BatchMock) -> None:
        batch_mock.stop()
        raise KeyError("mine")

    @mock_batch
    async def coroutine_function(batch_mock: BatchMock) -> None:
        batch_mock.stop()
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        function()  # type: ignore[call-arg]
    with pytest.raises(KeyError, match="mine"):
        asyncio.run(coroutine_function())  # type: ignore[call-arg]


def test_failure_of_a_test_case_whose_mock_was_stopped_inside() -> None:
    """The failure of a test is recorded, and the run goes on."""

    @mock_batch
    class Case(unittest.TestCase):
        def test_it(self, batch_mock: BatchMock) -> None:
            batch_mock.stop()
            self.fail("mine")

    result = unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(unittest.TestResult())
    [(_, failure)] = result.failures
    assert "AssertionError: mine" in failure


def test_block_whose_mock_was_stopped_inside() -> None:
    """Without another error, the mistake is reported."""
    with pytest.raises(BatchMockError, match="nothing to stop"), mock_batch() as batch_mock:
        batch_mock.stop()
