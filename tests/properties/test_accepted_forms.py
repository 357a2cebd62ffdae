"""Every request is answered or refused: odd values break neither a reply nor the simulation."""

from __future__ import annotations

import warnings
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, BatchMockWarning, mock_batch
from batchmock.operations import HANDLERS
from batchmock.validation.constraints import constraints
from batchmock.validation.schema import request_schema

from ..builders import everything

ARN = "arn:aws:batch:us-east-1:123456789012:"
TEXTS = (
    "",
    "queue",
    "definition",
    "compute-environment",
    f"{ARN}job-queue/queue",
    f"{ARN}job/nothing:x",
    f"{ARN}service-job/nothing",
    f"{ARN}compute-environment/compute-environment",
    "nonexisting_job",
    "team*",
    "a*b",
    "1000:1000",
    "AWS_BATCH_JOB_ID",
    "AWS:tag",
    "9" * 5000,
    "-5",
    "0.25",
    "1024Mi",
    "0",
    "1",
    "2048",
    "ä\n*",
)
NUMBERS = (-(2**63), -(2**31), -5, -1, 0, 1, 2, 3, 60, 600, 2**31 - 1, 2**63 - 1)
#: Large arrays and many nodes are slow to create, and are tested elsewhere.
SMALL = {"size", "numNodes"}


def values(schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """Return a strategy for values of a schema's type, most within its limits and some beyond."""
    kind = schema["type"]
    if kind == "array":
        return st.lists(values(schema["items"], name), max_size=2)
    if kind == "object" and "properties" in schema:
        return structures(schema)
    if kind == "object":
        return st.dictionaries(
            st.sampled_from(TEXTS[1:6]), values(schema["additionalProperties"]), max_size=2
        )
    if kind == "boolean":
        return st.booleans()
    if kind in ("integer", "number"):
        numbers = (1, 2, 3, -5) if name in SMALL else NUMBERS
        return st.sampled_from(numbers)
    known = schema.get("enum") or schema.get("x-enum") or ()
    spelled = [form for value in known for form in (value, value.lower(), value.upper())]
    return st.sampled_from(spelled or TEXTS)


def structures(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for structures with their required members and some of the others."""
    members = {
        name: st.deferred(lambda member=member, name=name: values(member, name))
        for name, member in schema["properties"].items()
    }
    required = {name: members.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(required, optional=members)


def assert_shape(shape: Any, value: Any) -> None:
    """Check that a value conforms to a shape of the model."""
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members)
        for name, item in value.items():
            assert_shape(shape.members[name], item)
    elif shape.type_name == "list":
        assert isinstance(value, list)
        for item in value:
            assert_shape(shape.member, item)
    elif shape.type_name == "map":
        assert isinstance(value, dict)
    else:
        kinds: dict[str, Any] = {
            "string": str,
            "boolean": bool,
            "timestamp": (datetime, int, float),
            "float": (int, float),
            "double": (int, float),
        }
        assert isinstance(value, kinds.get(shape.type_name, int))


def stock(mock: BatchMock) -> Any:
    """Provision a queue, a definition and a job, and return a client without its own validation."""
    mock.provision(job_queue="queue", job_definition="definition")
    config = Config(parameter_validation=False, retries={"max_attempts": 0})
    client = boto3.client("batch", region_name="us-east-1", config=config)
    client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
    return client


def answer_to(client: Any, operation: str, request: dict[str, Any]) -> Any:
    """Send a request and return the reply or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BatchMockWarning)
        try:
            return getattr(client, xform_name(operation))(**request)
        except ClientError as error:
            return error


@pytest.mark.parametrize("operation", sorted(HANDLERS))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_request_is_answered_or_refused(operation: str, data: st.DataObject) -> None:
    """Each request gets a reply of the model's shape or a refusal that changes nothing, and time can move."""
    with mock_batch(region="us-east-1") as mock:
        client = stock(mock)
        if operation not in client.meta.service_model.operation_names:
            pytest.skip("this botocore does not know the operation")
        model = client.meta.service_model.operation_model(operation)
        request = data.draw(structures(request_schema(model, constraints())), label=operation)
        if "resourceArn" in model.input_shape.members:
            request["resourceArn"] = request["resourceArn"] or f"{ARN}job-queue/queue"
        before = everything(client)
        answer = answer_to(client, operation, request)
        if isinstance(answer, ClientError):
            assert answer.response["Error"]["Code"] == "ClientException"
            assert everything(client) == before
        else:
            del answer["ResponseMetadata"]
            assert_shape(model.output_shape, answer)
        mock.tick(1000)
        everything(client)
        str(mock.timeline())


DEPENDENCIES = st.lists(
    st.sampled_from(
        [
            {},
            {"type": "SEQUENTIAL"},
            {"type": "n_to_n"},
            {"jobId": "EARLIER"},
            {"jobId": "EARLIER", "type": "N_TO_N"},
            {"jobId": "ARRAY", "type": "n_to_N"},
            {"jobId": "ARRAY", "type": "sequential"},
        ]
    ),
    max_size=3,
)
RULES = st.lists(
    st.fixed_dictionaries(
        {"action": st.sampled_from(["retry", "EXIT", "Exit"])},
        optional={
            "onReason": st.sampled_from(["*", "a*b", "", "Host (EC2)*", "**"]),
            "onExitCode": st.sampled_from(["1*", "*", ""]),
        },
    ).filter(lambda rule: len(rule) > 1),
    max_size=3,
)
FORMS = st.fixed_dictionaries(
    {},
    optional={
        "dependsOn": DEPENDENCIES,
        "arrayProperties": st.sampled_from([{}, {"size": 2}, {"size": 3}]),
        "retryStrategy": st.fixed_dictionaries(
            {"attempts": st.integers(1, 3), "evaluateOnExit": RULES}
        ),
        "containerOverrides": st.fixed_dictionaries(
            {},
            optional={
                "environment": st.lists(
                    st.fixed_dictionaries(
                        {"name": st.sampled_from(["AWS_BATCH_JOB_ID", "AWS_BATCH", "ours"])},
                        optional={"value": st.sampled_from(TEXTS[:5])},
                    ),
                    max_size=3,
                ),
                "vcpus": st.sampled_from([1, 2**31 - 1]),
                "memory": st.sampled_from([4, 2**31 - 1]),
            },
        ),
        "tags": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["", "aws:a"])),
    },
)


@settings(max_examples=40, deadline=None)
@given(forms=FORMS)
def test_jobs_of_accepted_forms_run(forms: dict[str, Any]) -> None:
    """A job submitted in any accepted form ends like any other, and time can move."""
    with mock_batch(region="us-east-1") as mock:
        client = stock(mock)
        common = {"jobQueue": "queue", "jobDefinition": "definition"}
        ids = {
            "EARLIER": client.submit_job(jobName="earlier", **common)["jobArn"],
            "ARRAY": client.submit_job(jobName="a", arrayProperties={"size": 2}, **common)["jobId"],
        }
        depends_on = [
            {**item, "jobId": ids[item["jobId"]]} if "jobId" in item else item
            for item in forms.get("dependsOn", [])
        ]
        request = {"jobName": "job", **common, **forms, "dependsOn": depends_on}
        answer = answer_to(client, "SubmitJob", request)
        assert not isinstance(answer, ClientError), answer
        mock.run()
        (job,) = client.describe_jobs(jobs=[answer["jobId"]])["jobs"]
        assert job["status"] == "SUCCEEDED"
