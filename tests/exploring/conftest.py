import pytest

from batchmock import explore

from . import programs


@pytest.fixture(scope="session")
def find():
    """Explore code that waits for one job, with a client per call, and return the findings."""

    def explored(function, **settings):
        def program(batch_mock):
            batch_mock.provision(job_queue="queue", job_definition="work")
            return function(programs.submit_carefully())

        settings = {"options": {"advance": "sleep"}, "seconds": 60, "depth": 1, **settings}
        return explore(program, **settings)

    return explored


@pytest.fixture(scope="session")
def fails():
    """Run the plain test of a finding by itself, and return what it raises."""

    def run(finding):
        source = finding.as_test()
        namespace = {}
        exec(compile(source, "<plain test>", "exec"), namespace)
        (test,) = [namespace[name] for name in namespace if name.startswith("test_")]
        try:
            test()
        except Exception as error:
            return error
        return pytest.fail(f"This plain test passes:\n{source}")

    return run
