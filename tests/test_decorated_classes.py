"""Subclasses of decorated test classes, nested test classes, and the set-up of a class."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.interception import hooks


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that no test leaves a mock active."""
    yield
    assert hooks._active == []


def region() -> str:
    """Return the region of a client created without one."""
    return str(boto3.client("batch").meta.region_name)


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    """Run a test case, and return its result."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert not result.errors, result.errors
    assert not result.failures, result.failures
    return result


def run_plain(test: Any, name: str) -> None:
    """Run a method of a plain class as pytest does."""
    test.setup_method()
    try:
        getattr(test, name)()
    finally:
        test.teardown_method()


def test_decorated_subclass_of_a_decorated_class() -> None:
    """A test has one mock, with the options of its own class, also if it is inherited."""
    seen = []

    @mock_batch(region="eu-west-1")
    class Base:
        batch_mock: BatchMock

        def test_inherited(self, batch_mock: BatchMock) -> None:
            seen.append((region(), batch_mock is self.batch_mock))

    @mock_batch(region="eu-west-2")
    class Sub(Base):
        def test_own(self, batch_mock: BatchMock) -> None:
            seen.append((region(), batch_mock is self.batch_mock))

    run_plain(Base(), "test_inherited")
    run_plain(Sub(), "test_inherited")
    run_plain(Sub(), "test_own")
    assert seen == [("eu-west-1", True), ("eu-west-2", True), ("eu-west-2", True)]


def test_decorated_subclass_called_by_hand() -> None:
    """A test that is called without `setup_method` has the options of its own class too."""

    @mock_batch(region="eu-west-1")
    class Base:
        def test_inherited(self) -> str:
            return region()

    @mock_batch(region="eu-west-2")
    class Sub(Base): ...

    assert Sub().test_inherited() == "eu-west-2"


@pytest.mark.parametrize("kind", [unittest.TestCase, unittest.IsolatedAsyncioTestCase])
def test_decorated_subclass_of_a_decorated_test_case(kind: Any) -> None:
    """A test case has one mock, with the options of its own class."""
    seen = []

    @mock_batch(region="eu-west-1")
    class Base(kind):  # type: ignore[misc]
        def test_inherited(self, batch_mock: BatchMock) -> None:
            seen.append((region(), batch_mock is self.batch_mock, len(hooks._active)))

    @mock_batch(region="eu-west-2")
    class Sub(Base): ...

    run(Sub)
    assert seen == [("eu-west-2", True, 1)]


def test_class_decorated_twice() -> None:
    """Of two decorators of a class, the inner one has the mock, and both end."""
    seen = []

    @mock_batch(region="eu-west-1")
    @mock_batch(region="eu-west-2")
    class Tests:
        def test_region(self) -> None:
            seen.append(region())

    run_plain(Tests(), "test_region")
    assert seen == ["eu-west-2"]


def test_subclass_whose_set_up_and_tear_down_do_not_call_those_of_the_base() -> None:
    """They are within the mock all the same, which ends after them."""
    seen = []

    @mock_batch(region="eu-west-1")
    class Base:
        def setup_method(self) -> None:
            seen.append("not called")

        def teardown_method(self) -> None:
            seen.append("not called")

    class Sub(Base):
        def setup_method(self) -> None:
            seen.append(f"set up in {region()}")

        def teardown_method(self) -> None:
            seen.append(f"tear down in {region()}")

        def test_it(self, batch_mock: BatchMock) -> None:
            assert batch_mock is self.batch_mock  # type: ignore[attr-defined]

    run_plain(Sub(), "test_it")
    assert seen == ["set up in eu-west-1", "tear down in eu-west-1"]


def test_subclass_whose_set_up_and_tear_down_call_those_of_the_base() -> None:
    """All of them share one mock, in their usual order."""
    seen: list[Any] = []

    @mock_batch
    class Base:
        batch_mock: BatchMock

        def setup_method(self) -> None:
            seen.append(self.batch_mock)

        def teardown_method(self) -> None:
            seen.append(self.batch_mock)

    class Sub(Base):
        def setup_method(self) -> None:
            super().setup_method()
            seen.append(self.batch_mock)

        def teardown_method(self) -> None:
            super().teardown_method()
            boto3.client("batch").describe_job_queues()
            seen.append(self.batch_mock)

        def test_it(self) -> None: ...

    run_plain(Sub(), "test_it")
    assert len(seen) == 4
    assert len(set(map(id, seen))) == 1


def test_mixin_before_the_decorated_base() -> None:
    """What a class inherits from another base than the decorated one is within the mock too."""
    seen = []

    class Mixin:
        def teardown_method(self) -> None:
            seen.append(region())

        def test_it(self) -> None:
            seen.append(region())

    @mock_batch(region="eu-west-1")
    class Base: ...

    class Sub(Mixin, Base): ...

    run_plain(Sub(), "test_it")
    assert seen == ["eu-west-1", "eu-west-1"]


def test_base_that_completes_its_subclasses_itself() -> None:
    """The `__init_subclass__` of a decorated class is called, with the arguments of the subclass."""

    @mock_batch(region="eu-west-1")
    class Base:
        def __init_subclass__(cls, stage: str) -> None:
            cls.stage = stage  # type: ignore[attr-defined]

    class Sub(Base, stage="test"):
        def test_it(self) -> str:
            return region()

    assert (Sub.stage, Sub().test_it()) == ("test", "eu-west-1")  # type: ignore[attr-defined]


def test_subclass_of_a_decorated_test_case_takes_the_mock() -> None:
    """A test of an undecorated subclass may have the parameter `batch_mock`."""

    @mock_batch
    class Base(unittest.TestCase): ...

    class Sub(Base):
        def tearDown(self) -> None:  # without super()
            boto3.client("batch").describe_job_queues()

        def test_it(self, batch_mock: BatchMock) -> None:
            assert batch_mock is self.batch_mock  # type: ignore[attr-defined]

    assert run(Sub).testsRun == 1


def test_subclass_that_overrides_run() -> None:
    """The test has one mock."""
    active = []

    @mock_batch
    class Base(unittest.TestCase): ...

    class Sub(Base):
        def run(self, result: Any = None) -> Any:
            return super().run(result)

        def test_it(self) -> None:
            active.append(len(hooks._active))

    run(Sub)
    assert active == [1]


def test_strict_subclass() -> None:
    """The check of `strict` of a subclass reaches the tests that it inherits."""

    @mock_batch
    class Base:
        batch_mock: BatchMock

        def test_unused(self) -> None:
            self.batch_mock.hold("never submitted", at="RUNNING")

    @mock_batch(strict=True)
    class Sub(Base): ...

    run_plain(Base(), "test_unused")
    with pytest.raises(BatchMockError, match="never submitted"):
        run_plain(Sub(), "test_unused")


def test_classes_under_pytest(pytester: pytest.Pytester) -> None:
    """Nested test classes have mocks too, and no mock is left behind."""
    pytester.makepyfile(
        """
        import boto3
        from batchmock import mock_batch
        from batchmock.interception import hooks

        def region():
            return boto3.client("batch").meta.region_name

        @mock_batch(region="eu-west-1")
        class TestOuter:
            region = "eu-west-1"

            def test_outer(self):
                assert region() == self.region

            class TestNested:
                calls = []

                def setup_method(self):
                    self.calls.append(region())

                def teardown_method(self):
                    self.calls.append(region())

                def test_nested(self, batch_mock):
                    assert batch_mock is self.batch_mock
                    assert len(hooks._active) == 1

                class TestInnermost:
                    def test_innermost(self):
                        assert region() == "eu-west-1"

            @mock_batch(region="eu-west-3")
            class TestNestedAndDecorated:
                def test_nested(self):
                    assert region() == "eu-west-3"

        @mock_batch(region="eu-west-2")
        class TestSub(TestOuter):
            region = "eu-west-2"

            def teardown_method(self):
                pass

            def test_sub(self, batch_mock):
                assert region() == "eu-west-2"

        def test_afterwards():
            assert hooks._active == []
            assert TestOuter.TestNested.calls == ["eu-west-1"] * 4  # inherited by TestSub
        """
    )
    pytester.runpytest("-p", "no:hypothesispytest").assert_outcomes(passed=10)


def test_request_while_a_decorated_class_is_set_up() -> None:
    """Its tests have mocks that start later; a request would reach AWS."""

    @mock_batch(region="eu-west-1")
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            boto3.client("batch").describe_job_queues()

        def test_it(self) -> None: ...

    with pytest.raises(BatchMockError, match=r"Case\.setUpClass sent a request to AWS Batch"):
        Case.setUpClass()


def test_request_while_a_class_is_torn_down() -> None:
    """The mocks of its tests have stopped."""

    @mock_batch
    class Case(unittest.TestCase):
        @classmethod
        def tearDownClass(cls) -> None:
            boto3.client("batch").describe_job_queues()

    with pytest.raises(BatchMockError, match=r"Case\.tearDownClass sent a request"):
        Case.tearDownClass()


def test_client_created_while_a_class_is_set_up() -> None:
    """It has the region of the mocks, which answer it later; the set-up of a subclass is guarded too."""

    @mock_batch(region="eu-west-1")
    class Base(unittest.TestCase): ...

    @mock_batch(region="eu-west-2")
    class Case(Base):
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            cls.client = boto3.client("batch")  # type: ignore[attr-defined]

        def test_it(self) -> None:
            client: Any = self.client  # type: ignore[attr-defined]
            assert client.describe_job_queues()["jobQueues"] == []
            assert client.meta.region_name == "eu-west-2"

    assert run(Case).testsRun == 1


def test_set_up_of_a_class_that_its_subclass_inherits() -> None:
    """Its clients have the region of the subclass."""

    @mock_batch(region="eu-west-1")
    class Base(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            cls.region = region()  # type: ignore[attr-defined]

    @mock_batch(region="eu-west-2")
    class Case(Base): ...

    Case.setUpClass()
    assert Case.region == "eu-west-2"  # type: ignore[attr-defined]


def test_mock_started_while_a_class_is_set_up() -> None:
    """A mock that a class shares among its tests answers."""
    starter = mock_batch(region="eu-west-1")

    @mock_batch
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            starter.start().provision(job_queue="shared")

        @classmethod
        def tearDownClass(cls) -> None:
            client: Any = boto3.client("batch", "eu-west-1")
            assert len(client.describe_job_queues()["jobQueues"]) == 1
            starter.stop()

        def test_it(self) -> None: ...

    assert run(Case).testsRun == 1


def test_requests_to_other_services_while_a_class_is_set_up() -> None:
    """Only requests to AWS Batch are refused."""
    answered = []

    @mock_batch
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")
            client: Any = session.client("logs")
            client.meta.events.register(
                "before-call", lambda **_: (type("R", (), {"status_code": 200}), {"logGroups": []})
            )
            answered.append(client.describe_log_groups())

    Case.setUpClass()
    assert answered == [{"logGroups": []}]


def test_set_up_of_marked_classes_under_pytest(pytester: pytest.Pytester) -> None:
    """The set-up of a marked class is guarded like that of a decorated one, in each of its forms."""
    pytester.makepyfile(
        """
        import boto3, pytest, unittest
        from batchmock import BatchMockError, mock_batch

        def refused():
            with pytest.raises(BatchMockError, match="Test.*set.*Class|Test.*set.*_class"):
                boto3.client("batch").describe_job_queues()
            return boto3.client("batch")

        @pytest.mark.batch_mock(region="eu-west-1")
        class TestMarked:
            @classmethod
            def setup_class(cls):
                cls.client = refused()

            def test_it(self):
                assert self.client.describe_job_queues()["jobQueues"] == []
                assert self.client.meta.region_name == "eu-west-1"

        class TestInherited(TestMarked):
            pass

        @pytest.mark.batch_mock
        class TestStatic:
            @staticmethod
            def setup_class():
                refused()

            def test_it(self):
                pass

        @mock_batch
        class TestDecorated:
            def setup_class(cls):
                cls.client = refused()

            def test_it(self):
                assert self.client.describe_job_queues()["jobQueues"] == []

        @pytest.mark.batch_mock
        class TestCase(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.client = refused()

            def test_it(self):
                assert self.client.describe_job_queues()["jobQueues"] == []
        """
    )
    pytester.runpytest("-p", "no:hypothesispytest").assert_outcomes(passed=5)
