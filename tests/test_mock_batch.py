from __future__ import annotations

import asyncio
import inspect
import os
import unittest
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, mock

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.interception import hooks
from batchmock.options import Options

# Decorated functions take `batch_mock` from `mock_batch`; pytest must not collect them as tests.


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that no test leaves a mock active."""
    yield
    assert hooks._active == []


def region() -> str:
    """Return the region of a client created without one."""
    return str(boto3.client("batch").meta.region_name)


def is_answering(batch_mock: BatchMock) -> bool:
    """Return whether this mock answers a client."""
    before = len(batch_mock.calls)
    boto3.client("batch").describe_job_queues()
    return len(batch_mock.calls) == before + 1


# Functions


def test_bare_decorator() -> None:
    """`@mock_batch` runs the function with a mock and returns its result."""

    @mock_batch
    def function() -> Any:
        return boto3.client("batch").describe_job_queues()["jobQueues"]

    assert function() == []


def test_decorator_with_options() -> None:
    """`@mock_batch(...)` runs the function with a mock that has these options."""

    @mock_batch(region="eu-west-1")
    def function() -> str:
        return region()

    assert function() == "eu-west-1"


def test_injected_mock() -> None:
    """A parameter named `batch_mock` receives the mock."""

    @mock_batch
    def function(batch_mock: BatchMock) -> bool:
        return is_answering(batch_mock)

    assert function()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((1, 2), {}), ((1,), {"b": 2}), ((), {"a": 1, "b": 2})],
)
def test_other_arguments(args: tuple[int, ...], kwargs: dict[str, int]) -> None:
    """Other arguments are passed by position or name, as the signature without the mock allows."""

    @mock_batch
    def first(batch_mock: BatchMock, a: int, b: int) -> Any:
        return isinstance(batch_mock, BatchMock), a, b

    @mock_batch
    def middle(a: int, batch_mock: BatchMock, b: int) -> Any:
        return isinstance(batch_mock, BatchMock), a, b

    @mock_batch
    def last(a: int, b: int, batch_mock: BatchMock) -> Any:
        return isinstance(batch_mock, BatchMock), a, b

    for function in (first, middle, last):
        given: Any = function
        assert given(*args, **kwargs) == (True, 1, 2)


def test_mock_by_keyword_only() -> None:
    """The parameter may be keyword-only."""

    @mock_batch
    def function(*items: int, batch_mock: BatchMock) -> Any:
        return items, isinstance(batch_mock, BatchMock)

    given: Any = function
    assert given(1, 2, 3) == ((1, 2, 3), True)


def test_together_with_patch() -> None:
    """`unittest.mock.patch` under the decorator adds its own arguments."""

    @mock_batch
    @mock.patch.dict(os.environ, {"MINE": "1"})
    @mock.patch("os.getcwd", return_value="/here")
    def function(getcwd: Any, batch_mock: BatchMock) -> Any:
        return os.getcwd(), os.environ["MINE"], is_answering(batch_mock)

    given: Any = function
    assert given() == ("/here", "1", True)


def test_signature_hides_the_mock() -> None:
    """The injected parameter is hidden from callers and from pytest."""

    @mock_batch
    def function(tmp_path: str, batch_mock: BatchMock, n: int = 1) -> None:
        """Do nothing."""

    assert list(inspect.signature(function).parameters) == ["tmp_path", "n"]
    assert (function.__name__, function.__doc__) == ("function", "Do nothing.")


def test_signature_without_the_mock() -> None:
    """A function without a mock parameter keeps its signature."""

    @mock_batch
    def function(tmp_path: str) -> None: ...

    assert list(inspect.signature(function).parameters) == ["tmp_path"]


def test_each_call_has_a_mock_of_its_own() -> None:
    """Two calls of a decorated function share no state."""

    @mock_batch
    def function(batch_mock: BatchMock) -> int:
        batch_mock.provision()
        return len(boto3.client("batch").describe_job_queues()["jobQueues"])

    given: Any = function
    assert [given(), given()] == [1, 1]


def test_error_in_a_decorated_function() -> None:
    """An exception propagates, and the mock ends."""

    @mock_batch
    def function() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        function()
    assert hooks._active == []


def test_generator_function() -> None:
    """A generator runs with the mock to its end, and its return value is passed on."""

    @mock_batch
    def function(batch_mock: BatchMock) -> Iterator[bool]:
        yield is_answering(batch_mock)
        yield is_answering(batch_mock)

    assert inspect.isgeneratorfunction(function)
    given: Any = function
    assert list(given()) == [True, True]


def test_context_manager_of_a_generator_function() -> None:
    """A decorated generator function can become a context manager or a fixture."""

    @contextmanager
    @mock_batch
    def function(batch_mock: BatchMock) -> Iterator[BatchMock]:
        yield batch_mock

    given: Any = function
    with given() as batch_mock:
        assert is_answering(batch_mock)


# Async


def test_async_function() -> None:
    """An async function runs with the mock until it is done."""

    @mock_batch(region="eu-west-1")
    async def function(batch_mock: BatchMock, n: int) -> tuple[bool, str, int]:
        await asyncio.sleep(0)
        return is_answering(batch_mock), region(), n

    assert inspect.iscoroutinefunction(function)
    given: Any = function
    assert asyncio.run(given(5)) == (True, "eu-west-1", 5)


def test_overlapping_async_functions() -> None:
    """Overlapping calls each stop their own mock, whichever finishes first."""
    stopped = []

    @mock_batch
    async def function(batch_mock: BatchMock, rounds: int) -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)
        stopped.append((rounds, "started" in repr(batch_mock)))

    async def both() -> None:
        given: Any = function
        await asyncio.gather(given(rounds=1), given(rounds=5), given(rounds=3))

    asyncio.run(both())
    assert stopped == [(1, True), (3, True), (5, True)]


def test_async_generator_function() -> None:
    """An async generator runs with the mock to its end."""

    @mock_batch
    async def function(batch_mock: BatchMock) -> AsyncIterator[bool]:
        yield is_answering(batch_mock)
        await asyncio.sleep(0)
        yield is_answering(batch_mock)

    async def collect() -> list[bool]:
        given: Any = function
        return [item async for item in given()]

    assert inspect.isasyncgenfunction(function)
    assert asyncio.run(collect()) == [True, True]


def test_async_generator_function_left_early() -> None:
    """When an async generator is closed, its cleanup runs while its mock is still active."""
    seen = []

    @asynccontextmanager
    @mock_batch
    async def function(batch_mock: BatchMock) -> AsyncIterator[BatchMock]:
        try:
            yield batch_mock
        finally:
            seen.append(is_answering(batch_mock))

    async def leave() -> None:
        given: Any = function
        async with given():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(leave())
    assert seen == [True]


def test_async_generator_function_that_is_sent_values() -> None:
    """Values sent to an async generator and exceptions thrown into it reach the decorated function."""
    seen: list[Any] = []

    @mock_batch
    async def function(batch_mock: BatchMock) -> AsyncGenerator[str, str]:
        seen.append((yield "first"))
        try:
            yield "second"
        except KeyError as error:
            seen.append(error.args[0])
            yield "third"
        seen.append(is_answering(batch_mock))

    async def talk() -> list[str]:
        given: Any = function
        items = given()
        said = [
            await items.asend(None),
            await items.asend("one"),
            await items.athrow(KeyError("two")),
        ]
        with pytest.raises(StopAsyncIteration):
            await anext(items)
        return said

    assert asyncio.run(talk()) == ["first", "second", "third"]
    assert seen == ["one", "two", True]


def test_async_context_manager_that_handles_an_error() -> None:
    """An error in the block of an async context manager is raised in the decorated function."""

    @asynccontextmanager
    @mock_batch
    async def function(batch_mock: BatchMock) -> AsyncIterator[BatchMock]:
        with suppress(ZeroDivisionError):
            yield batch_mock

    async def leave() -> bool:
        given: Any = function
        async with given() as batch_mock:
            raise ZeroDivisionError
        return "stopped" in repr(batch_mock)

    assert asyncio.run(leave())


def test_async_generator_function_that_raises() -> None:
    """An exception of a decorated async generator propagates unchanged, and its mock ends."""

    @mock_batch
    async def function() -> AsyncIterator[int]:
        yield 1
        raise ZeroDivisionError

    async def collect() -> None:
        given: Any = function
        async for _ in given():
            pass

    with pytest.raises(ZeroDivisionError):
        asyncio.run(collect())


def test_function_that_returns_a_coroutine() -> None:
    """An async function wrapped by another decorator, or a lambda, runs with the mock too."""
    seen = []

    async def look(batch_mock: BatchMock) -> None:
        await asyncio.sleep(0)
        seen.append(is_answering(batch_mock))

    given: Any = mock_batch(lambda batch_mock: look(batch_mock))
    asyncio.run(given())
    assert seen == [True]


def test_async_with() -> None:
    """`async with` works like `with`."""

    async def function() -> bool:
        async with mock_batch() as batch_mock:
            return is_answering(batch_mock)

    assert asyncio.run(function())


# Blocks


def test_with() -> None:
    """`with mock_batch()` returns a mock that is active inside the block."""
    with mock_batch(region="eu-west-1") as batch_mock:
        assert is_answering(batch_mock)
        assert region() == "eu-west-1"


def test_start_and_stop() -> None:
    """`start` and `stop` work like entering and leaving the block."""
    starter = mock_batch()
    batch_mock = starter.start()
    assert is_answering(batch_mock)
    starter.stop()
    assert repr(batch_mock).startswith("<BatchMock stopped, 0 jobs, <Clock ")


def test_used_twice() -> None:
    """The object from `mock_batch` can be reused, even within itself, and each use is a new mock."""
    again = mock_batch()
    with again as outer, again as inner:
        assert is_answering(inner)
        assert len(outer.calls) == 0
    with again as later:
        assert later is not outer


def test_stop_without_start() -> None:
    """Stopping a mock that is not started raises an error that says so."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(region="eu-west-1", seed=1).stop()
    assert str(caught.value) == (
        "batchmock: mock_batch(region='eu-west-1', seed=1) is not started, so there is nothing to "
        "stop. Call start() first."
    )


@pytest.mark.parametrize("given", ["eu-west-1", 5, {"region": "eu-west-1"}])
def test_option_by_position(given: Any) -> None:
    """A positional option raises an error that shows the keyword form."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(given)
    assert str(caught.value) == (
        f"batchmock: mock_batch() got {given!r}. Pass options by name: "
        'mock_batch(region="eu-west-1").'
    )


def test_unknown_option() -> None:
    """An unknown option is refused at once, and the message lists the known ones."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(regoin="eu-west-1")
    assert str(caught.value) == (
        "batchmock: mock_batch() has no option 'regoin'. Did you mean 'region'? "
        f"It has {', '.join(Options.__dataclass_fields__)}."
    )


# Classes


def outcome(case: type[TestCase]) -> unittest.TestResult:
    """Run the tests of a class as `python -m unittest` does, and return the result."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.errors == []
    assert result.failures == []
    return result


def test_test_case() -> None:
    """Each test of a `TestCase` has its own mock, which its `setUp` and `tearDown` see too."""
    seen = []

    @mock_batch(region="eu-west-1")
    class Case(TestCase):
        def setUp(self) -> None:
            self.client: Any = boto3.client("batch")
            self.batch_mock.provision(job_queue=self._testMethodName)  # type: ignore[attr-defined]

        def tearDown(self) -> None:
            seen.append(self.client.describe_job_queues()["jobQueues"][0]["jobQueueName"])

        def test_attribute(self) -> None:
            assert len(self.client.describe_job_queues()["jobQueues"]) == 1

        def test_injected(self, batch_mock: BatchMock) -> None:
            assert batch_mock is self.batch_mock  # type: ignore[attr-defined]
            assert self.client.meta.region_name == "eu-west-1"

    assert outcome(Case).testsRun == 2
    assert seen == ["test_attribute", "test_injected"]


def test_test_case_run_for_debugging() -> None:
    """`TestCase.debug`, which debuggers use, has the mock too."""

    @mock_batch
    class Case(TestCase):
        def test_injected(self, batch_mock: BatchMock) -> None:
            assert is_answering(batch_mock)

    Case("test_injected").debug()


def test_subclass_of_a_decorated_test_case() -> None:
    """The tests of a subclass use the mock of the decorated base class."""

    @mock_batch
    class Case(TestCase): ...

    class SubCase(Case):
        def test_attribute(self) -> None:
            assert is_answering(self.batch_mock)  # type: ignore[attr-defined]

    assert outcome(SubCase).testsRun == 1


def test_async_test_case() -> None:
    """An `IsolatedAsyncioTestCase` has its mock in `asyncSetUp` and in async tests."""

    @mock_batch
    class Case(IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            self.batch_mock.provision()  # type: ignore[attr-defined]

        async def test_injected(self, batch_mock: BatchMock) -> None:
            await asyncio.sleep(0)
            assert is_answering(batch_mock)

        async def test_attribute(self) -> None:
            assert len(boto3.client("batch").describe_job_queues()["jobQueues"]) == 1

    assert outcome(Case).testsRun == 2


@mock_batch(region="eu-west-1")
class TestPlainClass:
    """In a plain class run by pytest, the mock is active from `setup_method` to `teardown_method`."""

    batch_mock: BatchMock

    def setup_method(self) -> None:
        """Use the mock before the test does."""
        self.client: Any = boto3.client("batch")
        self.batch_mock.provision(job_queue="mine")

    def teardown_method(self) -> None:
        """Use the mock after the test has."""
        assert is_answering(self.batch_mock)

    def test_set_up(self) -> None:
        """Resources created in `setup_method` exist, and no others."""
        assert len(self.client.describe_job_queues()["jobQueues"]) == 1

    def test_injected(self, batch_mock: BatchMock) -> None:
        """The parameter is the mock of the class and not the fixture of the same name."""
        assert batch_mock is self.batch_mock
        assert region() == "eu-west-1"

    @pytest.mark.parametrize("n", [1, 2])
    def test_with_fixture_and_parameter(self, n: int, batch_mock: BatchMock, tmp_path: Any) -> None:
        """Parametrization and fixtures of pytest work too."""
        assert n in (1, 2)
        assert tmp_path.exists()
        assert is_answering(batch_mock)


@mock_batch
class TestPlainClassWithoutSetUp:
    """A plain class without `setup_method` has the mock too."""

    batch_mock: BatchMock

    def test_attribute(self) -> None:
        """The mock is an attribute."""
        assert is_answering(self.batch_mock)


@mock_batch
class TestPlainClassWhoseSetUpTakesTheMethod:
    """pytest's `setup_method` may take the test method."""

    def setup_method(self, method: Any) -> None:
        """Record the method."""
        self.name = method.__name__

    def teardown_method(self, method: Any) -> None:
        """Compare the method."""
        assert method.__name__ == self.name

    def test_name(self) -> None:
        """The method is passed on."""
        assert self.name == "test_name"


def test_plain_class_by_hand() -> None:
    """Tests of a plain class that are called directly start a mock themselves."""

    @mock_batch(region="eu-west-1")
    class Tests:
        def test_injected(self, batch_mock: BatchMock, n: int) -> Any:
            return is_answering(batch_mock), n

        def test_region(self) -> str:
            return region()

        async def test_async(self, batch_mock: BatchMock) -> bool:
            return is_answering(batch_mock)

        def helper(self) -> str:
            return "not a test"

    tests: Any = Tests()
    assert tests.test_injected(3) == (True, 3)
    assert tests.test_region() == "eu-west-1"
    assert asyncio.run(tests.test_async())
    assert tests.helper() == "not a test"


def test_plain_class_with_async_tests_after_set_up() -> None:
    """An async test uses the mock that `setup_method` started."""

    @mock_batch
    class Tests:
        batch_mock: BatchMock

        async def test_async(self, batch_mock: BatchMock) -> bool:
            return batch_mock is self.batch_mock and is_answering(batch_mock)

    tests: Any = Tests()
    tests.setup_method()
    assert asyncio.run(tests.test_async())
    tests.teardown_method()


def test_set_up_that_fails() -> None:
    """A failing `setup_method`, after which pytest calls no `teardown_method`, ends the mock."""

    @mock_batch
    class Tests:
        def setup_method(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Tests().setup_method()
    assert hooks._active == []


def test_tear_down_that_fails() -> None:
    """A failing `teardown_method` ends the mock."""

    @mock_batch
    class Tests:
        def teardown_method(self) -> None:
            raise ZeroDivisionError

    tests: Any = Tests()
    tests.setup_method()
    with pytest.raises(ZeroDivisionError):
        tests.teardown_method()
    assert hooks._active == []


# Under pytest


def test_decorated_test_under_pytest(pytester: pytest.Pytester) -> None:
    """A decorated test under pytest gets its other fixtures, and `batch_mock` from the decorator."""
    pytester.makepyfile(
        """
        import boto3, pytest
        from batchmock import mock_batch

        @pytest.fixture
        @mock_batch(region="eu-west-1")
        def region(batch_mock):
            yield boto3.client("batch").meta.region_name

        @pytest.mark.parametrize("n", [1, 2])
        @mock_batch(account_id="111111111111")
        def test_it(n, batch_mock, tmp_path):
            assert batch_mock.provision().job_queue_arn.split(":")[4] == "111111111111"

        def test_fixture(region):
            assert region == "eu-west-1"
        """
    )
    pytester.runpytest("-p", "no:hypothesispytest").assert_outcomes(passed=3)
