from __future__ import annotations

# pytester unloads modules that are imported inside it, so import these once in the process.
import asyncio  # noqa: F401

import pytest

pytest.importorskip("pytest_asyncio")
MODES = ["strict", "auto"]


@pytest.fixture(autouse=True)
def with_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable pytest-asyncio in inner runs."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:anyio -p no:hypothesispytest")


def passes(pytester: pytest.Pytester, mode: str, count: int) -> None:
    """Check that this number of tests pass with pytest-asyncio in a mode, without warnings."""
    pytester.makeini(
        f"""
        [pytest]
        asyncio_mode = {mode}
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )
    pytester.runpytest().assert_outcomes(passed=count)


@pytest.mark.parametrize("mode", MODES)
def test_fixtures_of_the_plugin(pytester: pytest.Pytester, mode: str) -> None:
    """An async test can use `batch_mock` and `batch_client`, and each test has its own mock."""
    pytester.makepyfile(
        """
        import asyncio
        import pytest

        pytestmark = pytest.mark.asyncio

        @pytest.mark.parametrize("n", [1, 2])
        @pytest.mark.batch_mock(region="eu-west-1")
        async def test_it(batch_mock, batch_client, n):
            assert batch_client.describe_job_queues()["jobQueues"] == []
            await asyncio.sleep(0)
            assert ":eu-west-1:" in batch_mock.provision().job_queue_arn
        """
    )
    passes(pytester, mode, 2)


@pytest.mark.parametrize("mode", MODES)
def test_decorated_test(pytester: pytest.Pytester, mode: str) -> None:
    """A decorated async test gets its parameters, its sync and async fixtures, and the mock."""
    pytester.makepyfile(
        """
        import asyncio
        import boto3, pytest, pytest_asyncio
        from batchmock import mock_batch

        pytestmark = pytest.mark.asyncio

        @pytest_asyncio.fixture
        async def name():
            await asyncio.sleep(0)
            return "mine"

        @pytest.mark.parametrize("n", [1, 2])
        @mock_batch(region="us-east-1")
        async def test_function(n, batch_mock, name, tmp_path):
            batch_mock.provision(job_queue=name)
            await asyncio.sleep(0)
            assert boto3.client("batch").describe_job_queues()["jobQueues"][0]["jobQueueName"] == name
            assert n in (1, 2) and tmp_path.exists()

        @mock_batch
        @pytest.mark.parametrize("n", [1, 2])
        async def test_decorated_first(n, batch_mock):
            assert len(batch_mock.calls) == 0

        class TestMethod:
            @mock_batch
            async def test_method(self, batch_mock, name):
                assert batch_mock.provision(job_queue=name).job_queue == "mine"
        """
    )
    passes(pytester, mode, 5)


@pytest.mark.parametrize("mode", MODES)
def test_decorated_class(pytester: pytest.Pytester, mode: str) -> None:
    """Async and sync tests of a decorated class share the mock with `setup_method`."""
    pytester.makepyfile(
        """
        import asyncio
        import boto3, pytest, pytest_asyncio
        from batchmock import mock_batch

        @mock_batch(region="us-east-1")
        class TestClass:
            def setup_method(self):
                self.batch_mock.provision(job_queue="mine")

            @pytest_asyncio.fixture
            async def names(self):
                await asyncio.sleep(0)
                queues = boto3.client("batch").describe_job_queues()["jobQueues"]
                return [queue["jobQueueName"] for queue in queues]

            @pytest.mark.asyncio
            async def test_attribute(self, names):
                assert names == ["mine"]

            @pytest.mark.asyncio
            @pytest.mark.parametrize("n", [1, 2])
            async def test_injected(self, names, batch_mock, n):
                assert batch_mock is self.batch_mock
                assert names == ["mine"]

            def test_sync(self, batch_mock):
                assert batch_mock is self.batch_mock
        """
    )
    passes(pytester, mode, 4)


@pytest.mark.parametrize(
    ("mode", "scope"), [("strict", "function"), ("auto", "module"), ("strict", "session")]
)
def test_async_fixture_of_the_users_own(pytester: pytest.Pytester, mode: str, scope: str) -> None:
    """An async generator can be a fixture of any scope, with the decorator or `async with`."""
    pytester.makepyfile(
        f"""
        import asyncio
        import boto3, pytest, pytest_asyncio
        from batchmock import mock_batch
        from batchmock.interception import hooks

        pytestmark = pytest.mark.asyncio(loop_scope="{scope}")

        @pytest_asyncio.fixture(scope="{scope}", loop_scope="{scope}")
        @mock_batch(region="eu-west-1")
        async def decorated(batch_mock):
            await asyncio.sleep(0)
            yield batch_mock
            assert "started" in repr(batch_mock)

        @pytest_asyncio.fixture(scope="{scope}", loop_scope="{scope}")
        async def block():
            async with mock_batch(region="eu-central-1") as batch_mock:
                await asyncio.sleep(0)
                yield batch_mock

        class TestFixtures:
            async def test_decorated(self, decorated):
                client = boto3.client("batch")
                client.describe_job_queues()
                await asyncio.sleep(0)
                assert client.meta.region_name == "eu-west-1"
                assert len(decorated.calls) == 1

            async def test_block_within(self, decorated, block):
                boto3.client("batch").describe_job_queues()
                assert (boto3.client("batch").meta.region_name, len(block.calls)) == ("eu-central-1", 1)
        """
    )
    passes(pytester, mode, 2)


def test_tasks_at_once(pytester: pytest.Pytester) -> None:
    """The tasks of a test, and threads of its event loop, share one mock."""
    pytester.makepyfile(
        """
        import asyncio
        import pytest

        @pytest.mark.asyncio
        async def test_it(batch_mock, batch_client):
            batch_mock.provision()

            def submit(n):
                return batch_client.submit_job(
                    jobName=f"job-{n}", jobQueue="job-queue", jobDefinition="job-definition"
                )["jobId"]

            ids = await asyncio.gather(*(asyncio.to_thread(submit, n) for n in range(20)))
            batch_mock.run()
            assert {batch_mock.job(job_id).status for job_id in ids} == {"SUCCEEDED"}
            assert len(set(ids)) == 20
        """
    )
    passes(pytester, "strict", 1)


def test_sleeps_that_move_the_clock(pytester: pytest.Pytester) -> None:
    """With `advance="sleep"`, event loops of the plugin use simulated time, in any scope."""
    pytester.makepyfile(
        """
        import asyncio, time, unittest
        import pytest, pytest_asyncio
        from batchmock import mock_batch

        async def pause(batch_mock):
            start = batch_mock.clock.epoch_ms
            await asyncio.gather(asyncio.sleep(1800), asyncio.sleep(3600))
            assert batch_mock.clock.epoch_ms - start == 3_600_000

        @pytest.mark.batch_mock(advance="sleep")
        async def test_fixture(batch_mock):
            await pause(batch_mock)

        @mock_batch(advance="sleep")
        async def test_decorated(batch_mock):
            await pause(batch_mock)

        @mock_batch(advance="sleep")
        class TestClass:
            async def test_injected(self, batch_mock):
                await pause(batch_mock)

        @mock_batch(advance="sleep")
        class Case(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                await pause(self.batch_mock)

            async def test_injected(self, batch_mock):
                await pause(batch_mock)

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        @mock_batch(advance="sleep")
        async def shared(batch_mock):
            await pause(batch_mock)
            yield batch_mock
            await pause(batch_mock)

        @pytest.mark.asyncio(loop_scope="module")
        async def test_shared(shared):
            await pause(shared)

        def test_shared_with_a_sync_test(shared):
            time.sleep(60)
            assert shared.sleeps[-1] == 60
        """
    )
    passes(pytester, "auto", 6)
