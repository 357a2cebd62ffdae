from __future__ import annotations

# pytester unloads modules that are imported inside it, so import these once in the process.
import asyncio  # noqa: F401

import pytest

for plugin in ("anyio.from_thread", "trio"):
    pytest.importorskip(plugin)


@pytest.fixture(autouse=True)
def with_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable the anyio plugin in inner runs."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:hypothesispytest")


def passes(pytester: pytest.Pytester, count: int) -> None:
    """Check that this number of tests pass with the anyio plugin, without warnings."""
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    pytester.runpytest().assert_outcomes(passed=count)


def test_fixtures_of_the_plugin(pytester: pytest.Pytester) -> None:
    """An async test can use `batch_mock` and `batch_client` on asyncio and trio."""
    pytester.makepyfile(
        """
        import anyio, pytest

        pytestmark = pytest.mark.anyio

        async def test_it(batch_mock, batch_client):
            assert batch_client.describe_job_queues()["jobQueues"] == []
            await anyio.sleep(0)
            batch_mock.provision()
            assert len(batch_client.describe_job_queues()["jobQueues"]) == 1
        """
    )
    passes(pytester, 2)


def test_decorated_tests(pytester: pytest.Pytester) -> None:
    """Decorated async tests and classes get their parameters, their fixtures and the mock."""
    pytester.makepyfile(
        """
        import anyio, boto3, pytest
        from batchmock import mock_batch

        pytestmark = pytest.mark.anyio

        @pytest.fixture
        async def name():
            await anyio.sleep(0)
            yield "mine"

        @pytest.mark.parametrize("n", [1, 2])
        @mock_batch(region="us-east-1")
        async def test_function(n, batch_mock, name):
            await anyio.sleep(0)
            assert batch_mock.provision(job_queue=name).job_queue == "mine"

        @mock_batch(region="us-east-1")
        class TestClass:
            def setup_method(self):
                self.batch_mock.provision(job_queue="mine")

            async def test_injected(self, batch_mock, name):
                await anyio.sleep(0)
                assert batch_mock is self.batch_mock
                assert boto3.client("batch").describe_job_queues()["jobQueues"][0]["jobQueueName"] == name
        """
    )
    passes(pytester, 6)


@pytest.mark.parametrize("scope", ["function", "session"])
def test_async_fixture_of_the_users_own(pytester: pytest.Pytester, scope: str) -> None:
    """A decorated async generator function can be a fixture of any scope."""
    pytester.makepyfile(
        f"""
        import anyio, boto3, pytest
        from batchmock import mock_batch

        pytestmark = pytest.mark.anyio

        @pytest.fixture(scope="{scope}")
        def anyio_backend():
            return "trio"

        @pytest.fixture(scope="{scope}")
        @mock_batch(region="eu-west-1")
        async def mine(anyio_backend, batch_mock):
            await anyio.sleep(0)
            yield batch_mock
            await anyio.sleep(0)
            assert batch_mock.calls.count("DescribeJobQueues") == 1

        async def test_it(mine):
            client = boto3.client("batch")
            assert client.describe_job_queues()["jobQueues"] == []
            assert client.meta.region_name == "eu-west-1"

        def test_sync_with_an_async_fixture_of_another_scope(batch_mock):
            assert len(batch_mock.calls) == 0
        """
    )
    passes(pytester, 2)


def test_sleeps_that_move_the_clock(pytester: pytest.Pytester) -> None:
    """With `advance="sleep"`, the sleeps and timeouts of anyio on asyncio use simulated time."""
    pytester.makepyfile(
        """
        import anyio, pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        @pytest.mark.batch_mock(advance="sleep")
        async def test_it(batch_mock):
            start = batch_mock.clock.epoch_ms
            async with anyio.create_task_group() as group:
                for _ in range(5):
                    group.start_soon(anyio.sleep, 3600)
            with anyio.move_on_after(100) as scope:
                await anyio.sleep(1000)
            assert scope.cancelled_caught
            assert batch_mock.clock.epoch_ms - start == 3_700_000
        """
    )
    passes(pytester, 1)
