"""The region of the environment after tests that change it themselves."""

from __future__ import annotations

import pytest


def test_region_that_a_test_sets(pytester: pytest.Pytester) -> None:
    """In whatever order the patch and the mock end, the region is as before the test."""
    pytester.makepyfile(
        """
        import os, boto3, pytest
        from unittest import mock
        from batchmock import mock_batch

        REGION = "AWS_DEFAULT_REGION"

        @pytest.fixture(autouse=True)
        def no_region():
            assert REGION not in os.environ

        def test_patch_before_the_mock(monkeypatch, batch_mock):
            monkeypatch.setenv(REGION, "ap-south-1")
            assert boto3.client("batch").meta.region_name == "ap-south-1"

        def test_mock_before_the_patch(batch_mock, monkeypatch):
            monkeypatch.setenv(REGION, "ap-south-1")

        def test_patch_around_a_block(monkeypatch):
            with mock_batch(region="eu-west-1"):
                monkeypatch.setenv(REGION, "ap-south-1")

        @mock_batch
        def test_deletion(monkeypatch):
            monkeypatch.delenv(REGION)

        def test_patch_that_outlives_the_mock():
            starter = mock_batch()
            starter.start()
            patch = mock.patch.dict(os.environ, {"STAGE": "test"})
            patch.start()
            starter.stop()
            patch.stop()

        def test_afterwards():
            pass
        """
    )
    pytester.runpytest("-p", "no:hypothesispytest").assert_outcomes(passed=6)


def test_region_that_a_wider_fixture_sets(pytester: pytest.Pytester) -> None:
    """A region that is set for several tests stays, also if mocks have the same one."""
    pytester.makepyfile(
        """
        import os, pytest

        REGION = "AWS_DEFAULT_REGION"

        @pytest.fixture(scope="module")
        def region():
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(REGION, "us-east-1")
                yield

        def test_before(batch_mock):
            pass

        def test_without_a_mock(region):
            pass

        @pytest.mark.batch_mock(region="us-east-1")
        def test_with_a_mock(region):
            assert os.environ[REGION] == "us-east-1"

        def test_afterwards():
            assert os.environ[REGION] == "us-east-1"
        """
    )
    pytester.runpytest("-p", "no:hypothesispytest").assert_outcomes(passed=4)


def test_region_that_a_wider_fixture_restores(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The region of the process is restored after a fixture that ends, also if mocks have the same one."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    pytester.makepyfile(
        """
        import os, pytest

        REGION = "AWS_DEFAULT_REGION"

        class TestElsewhere:
            @pytest.fixture(scope="class")
            def region(self):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setenv(REGION, "ap-south-1")
                    yield

            @pytest.mark.batch_mock(region="eu-west-1")
            def test_it(self, region):
                pass

        def test_afterwards():
            assert os.environ[REGION] == "eu-west-1"
        """
    )
    pytester.runpytest("-p", "no:hypothesispytest").assert_outcomes(passed=2)
