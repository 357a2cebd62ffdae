"""The validators of a model: looked up by model, compiled on demand, and thread-safe."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.loaders import Loader

import batchmock.validation as validation
from batchmock.errors import ServiceError
from batchmock.validation import Validators, validators_for
from batchmock.validation.rules.job_definitions.containers import container_problem

from .examples import CONTAINER, RICH_SUBMIT_JOB, SUBMIT_JOB


class Model:
    """A service model of which only the metadata matters."""

    def __init__(self) -> None:
        """Create the model with its own metadata."""
        self.metadata: dict[str, str] = {}


@pytest.fixture(autouse=True)
def no_validators(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without any validators."""
    monkeypatch.setattr(validation, "_validators", {})


def session_of_its_own() -> boto3.Session:
    """Create a session that reads its models itself, as sessions do outside these tests."""
    session = boto3.Session(region_name="us-east-1")
    session._session.register_component("data_loader", Loader())
    return session


def test_clients_of_a_session_share() -> None:
    """Two clients of one session share their validators."""
    session = session_of_its_own()
    first, second = (session.client("batch").meta.service_model for _ in range(2))
    assert validators_for(first) is validators_for(second)


def test_sessions_share() -> None:
    """Sessions with equal models share what is computed from them."""
    first, second = (session_of_its_own().client("batch").meta.service_model for _ in range(2))
    assert first.metadata is not second.metadata
    assert validators_for(first) is validators_for(second)


def test_a_changed_model_has_its_own() -> None:
    """A session whose model differs in one member checks requests by that model."""
    first, second = (session_of_its_own().client("batch").meta.service_model for _ in range(2))
    validators_for(first).check("SubmitJob", SUBMIT_JOB, 100)
    second._service_description["shapes"]["SubmitJobRequest"]["required"].append("tags")
    assert validators_for(second) is not validators_for(first)
    with pytest.raises(ServiceError):
        validators_for(second).check("SubmitJob", SUBMIT_JOB, 100)


def test_a_model_that_was_changed_is_not_shared() -> None:
    """Validators whose model was changed after they were built are not used for another session."""
    first, second = (session_of_its_own().client("batch").meta.service_model for _ in range(2))
    validators = validators_for(first)
    first._service_description["shapes"]["SubmitJobRequest"]["required"].append("tags")
    assert validators_for(second) is not validators
    validators_for(second).check("SubmitJob", SUBMIT_JOB, 100)


@pytest.mark.slow
def test_models_share_compiled_schemas() -> None:
    """Models that differ elsewhere share the expensive part: the compiled schema."""
    decisions = []
    for number in range(2):
        model = session_of_its_own().client("batch").meta.service_model
        model._service_description["documentation"] = f"Edition {number}"
        validators = validators_for(model)
        validators.check("SubmitJob", SUBMIT_JOB, 100)
        decisions.append((validators, validators._checks["SubmitJob"].is_valid))
    assert decisions[0][0] is not decisions[1][0]
    assert decisions[0][1] is decisions[1][1]


def test_oldest_model_is_forgotten() -> None:
    """At most 32 models are cached, and the oldest is dropped first."""
    models = [Model() for _ in range(33)]
    remembered = [validators_for(model) for model in models]
    assert validators_for(models[-1]) is remembered[-1]
    assert validators_for(models[0]) is not remembered[0]


def test_found_under_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waited while another built the validators uses those."""
    model = Model()

    class Late(dict[int, Any]):
        """Hides its entries from a lookup without the lock."""

        def get(self, key: int, default: Any = None) -> Any:
            """Return nothing."""
            return default

    monkeypatch.setattr(validation, "_validators", Late())
    assert validators_for(model) is validators_for(model)


def test_only_what_is_needed_is_compiled(service_model: Any) -> None:
    """An operation is compiled on its first call."""
    validators = Validators(service_model)
    validators.check("SubmitJob", SUBMIT_JOB, 100)
    assert list(validators._checks) == ["SubmitJob"]


def test_every_operation_can_be_checked(installed_model: Any) -> None:
    """Every operation of the model has a check, with or without constraints."""
    validators = Validators(installed_model)
    for operation in installed_model.operation_names:
        validators.checks_of(operation)
    validators.check("DeleteJobQueue", {"jobQueue": "reports"}, 100)


def test_many_threads() -> None:
    """Code under test can call from many threads at once."""
    model = boto3.Session(region_name="us-east-1").client("batch").meta.service_model

    def check(_: int) -> Validators:
        validators = validators_for(model)
        validators.check("SubmitJob", RICH_SUBMIT_JOB, 100)
        return validators

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(check, range(64)))) == 1


def test_requests_are_not_changed(service_model: Any) -> None:
    """A check leaves the request unchanged."""
    request_params = {**SUBMIT_JOB, "tags": {}}
    Validators(service_model).check("SubmitJob", request_params, 100)
    assert request_params == {**SUBMIT_JOB, "tags": {}}


def test_containers_of_any_block() -> None:
    """The rules for a container can be applied to a container of any block."""
    assert container_problem(CONTAINER, "EC2") is None
    assert container_problem({**CONTAINER, "vcpus": 1}, "EC2") == (
        "Cannot use both ECS containerProperties vcpus and resourceRequirement VCPU."
    )


def test_import_is_light() -> None:
    """Importing validation imports neither a JSON Schema engine nor botocore."""
    script = (
        "import sys, batchmock.validation\n"
        "print([n for n in ('jsonschema', 'jsonschema_rs', 'botocore') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
