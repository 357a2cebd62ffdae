from __future__ import annotations

import pytest


def test_processes_share_nothing(pytester: pytest.Pytester) -> None:
    """Each worker process has its own mocks, including those of session fixtures."""
    pytester.makepyfile(
        """
        import boto3, pytest
        from batchmock import mock_batch

        @pytest.fixture(scope="session")
        @mock_batch(region="eu-west-1", account_id="111111111111")
        def everywhere(batch_mock, worker_id):
            batch_mock.provision(job_queue=worker_id)
            yield batch_mock

        @pytest.mark.parametrize("n", range(4))
        def test_session(everywhere, worker_id, n):
            client = boto3.client("batch")
            (queue,) = client.describe_job_queues()["jobQueues"]
            assert queue["jobQueueName"] == worker_id

        @pytest.mark.parametrize("n", range(4))
        def test_own(batch_mock, batch_client, n):
            assert batch_client.describe_job_queues()["jobQueues"] == []
            batch_mock.provision()
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:hypothesispytest", "-W", "error", "-n", "2")
    result.assert_outcomes(passed=8)
