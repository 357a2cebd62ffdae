from __future__ import annotations

import pytest


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_wide_fixture(pytester: pytest.Pytester, scope: str) -> None:
    """A mock of a wider scope lasts for several tests, and a mock inside it answers first."""
    pytester.makepyfile(
        f"""
        import boto3, pytest
        from batchmock import mock_batch

        @pytest.fixture(scope="{scope}")
        def wide():
            with mock_batch(region="eu-west-1") as batch_mock:
                batch_mock.provision(job_queue="wide")
                yield batch_mock

        def queues():
            reply = boto3.client("batch").describe_job_queues()
            return [queue["jobQueueName"] for queue in reply["jobQueues"]]

        class TestWide:
            def test_first(self, wide):
                assert queues() == ["wide"]
                wide.provision(job_queue="added")

            def test_within(self, wide, batch_mock):
                assert queues() == []

            @mock_batch
            def test_decorated(self, wide, batch_mock):
                assert queues() == []

            def test_last(self, wide):
                assert queues() == ["wide", "added"]
                assert len(wide.calls) == 2
        """
    )
    result = pytester.runpytest("-p", "no:hypothesispytest", "-W", "error")
    result.assert_outcomes(passed=4)


def test_decorated_fixture_functions(pytester: pytest.Pytester) -> None:
    """Decorated generator functions are fixtures, and the mock stops when a function returns."""
    pytester.makepyfile(
        """
        import boto3, pytest
        from batchmock import mock_batch
        from batchmock.interception import hooks

        @pytest.fixture(scope="module", params=["eu-west-1", "eu-central-1"])
        def region(request):
            return request.param

        @pytest.fixture(scope="module")
        @mock_batch
        def wide(batch_mock, region):
            yield boto3.client("batch", region_name=region)

        @pytest.fixture
        @mock_batch
        def returned(batch_mock):
            return batch_mock

        def test_wide(wide, region):
            assert wide.describe_job_queues()["jobQueues"] == []
            assert wide.meta.region_name == region

        def test_returned(returned):
            assert "stopped" in repr(returned)
        """
    )
    result = pytester.runpytest("-p", "no:hypothesispytest", "-W", "error")
    result.assert_outcomes(passed=3)
