"""
The page of 2017-03-28, "retryStrategy", statement by statement, for its four operations.

Text quoted in a docstring is the page's own. Where the service has changed since, the test checks
today's behaviour and the docstring says "today".
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from batchmock import BatchMock, docker_timeout, fail, out_of_memory, succeed, terminate_host

from ..builders import (
    ARN,
    ESSENTIAL,
    START_MS,
    UNKNOWN_JOB,
    definition,
    described,
    refused,
    register,
    requirements,
    status_of,
    submit,
    wrapped,
)

CONTAINER: dict[str, Any] = {
    "image": "012345678910.dkr.ecr.us-east-1.amazonaws.com/team/app:1.0",
    "vcpus": 2,
    "memory": 512,
    "command": ["run", "Ref::input"],
    "jobRoleArn": "arn:aws:iam::123456789012:role/job",
    "volumes": [{"host": {"sourcePath": "/data"}, "name": "data"}],
    "environment": [{"name": "A", "value": "1"}],
    "mountPoints": [{"containerPath": "/data", "readOnly": True, "sourceVolume": "data"}],
    "readonlyRootFilesystem": True,
    "privileged": True,
    "ulimits": [{"hardLimit": 2048, "name": "nofile", "softLimit": 1024}],
    "user": "nobody",
}
BOUNDS = "RetryAttempts must be between 1 and 10."


@pytest.fixture(autouse=True)
def provisioned(client: Any, batch_mock: BatchMock) -> None:
    """A queue, and a job definition with every container property of the page."""
    batch_mock.provision(job_queue="queue", job_definition="plain")
    client.register_job_definition(
        jobDefinitionName="definition",
        type="container",
        parameters={"input": "default"},
        containerProperties=CONTAINER,
    )


def labels(reply: dict[str, Any]) -> list[str]:
    """Return the job definitions in a reply as `name:revision`."""
    return [item["jobDefinitionArn"].rpartition("/")[2] for item in reply["jobDefinitions"]]


class TestRegisterJobDefinition:
    def test_retry_strategy(self, client: Any) -> None:
        """Customers can now provide a retryStrategy as part of RegisterJobDefinition."""
        register(client, "retrying", retryStrategy={"attempts": 4})
        assert definition(client, "retrying:1")["retryStrategy"]["attempts"] == 4

    @pytest.mark.parametrize("attempts", range(1, 11))
    def test_attempts(self, client: Any, attempts: int) -> None:
        """retryStrategy.attempts: "you may specify between 1 and 10 attempts"."""
        register(client, "retrying", retryStrategy={"attempts": attempts})
        assert definition(client, "retrying:1")["retryStrategy"]["attempts"] == attempts

    @pytest.mark.parametrize("attempts", [-1, 0, 11])
    def test_attempts_out_of_bounds(self, client: Any, attempts: int) -> None:
        """retryStrategy.attempts: fewer than 1 and more than 10 are refused."""
        message = refused(
            client,
            "register_job_definition",
            jobDefinitionName="retrying",
            type="container",
            containerProperties=CONTAINER,
            retryStrategy={"attempts": attempts},
        )
        assert message == wrapped(BOUNDS)

    def test_reply(self, client: Any) -> None:
        """jobDefinitionName, jobDefinitionArn, revision: the response, the next revision each time."""
        request = {
            "jobDefinitionName": "definition",
            "type": "container",
            "containerProperties": CONTAINER,
        }
        reply = client.register_job_definition(**request)
        del reply["ResponseMetadata"]
        assert reply == {
            "jobDefinitionName": "definition",
            "jobDefinitionArn": ARN + "job-definition/definition:2",
            "revision": 2,
        }

    @pytest.mark.parametrize("missing", ["jobDefinitionName", "type"])
    def test_required(self, client: Any, missing: str) -> None:
        """The jobDefinitionName and type: [REQUIRED], which botocore already enforces."""
        request = {"jobDefinitionName": "d", "type": "container", "containerProperties": CONTAINER}
        del request[missing]
        with pytest.raises(ParamValidationError, match=f'"{missing}"'):
            client.register_job_definition(**request)

    @pytest.mark.parametrize(
        ("missing", "text"),
        [
            ("image", "ECS Container Image must be provided."),
            ("vcpus", "vCPU is required."),
            ("memory", "Memory is required."),
        ],
    )
    def test_required_of_the_container(self, client: Any, missing: str, text: str) -> None:
        """containerProperties.image, vcpus, memory: [REQUIRED]; today the service itself says so."""
        container = {name: CONTAINER[name] for name in CONTAINER if name != missing}
        message = refused(
            client,
            "register_job_definition",
            jobDefinitionName="d",
            type="container",
            containerProperties=container,
        )
        assert message == wrapped(text)

    def test_container_properties_required(self, client: Any) -> None:
        """containerProperties: "required if the type parameter is container", or today another block."""
        message = refused(
            client, "register_job_definition", jobDefinitionName="d", type="container"
        )
        assert message == wrapped(
            "ECS ContainerProperties, ecsProperties, or eksProperties is required when using type "
            "container."
        )

    @pytest.mark.parametrize("missing", ["hardLimit", "name", "softLimit"])
    def test_required_of_ulimits(self, client: Any, missing: str) -> None:
        """containerProperties.ulimits: hardLimit, name and softLimit are [REQUIRED]."""
        (whole,) = CONTAINER["ulimits"]
        limit = {name: whole[name] for name in whole if name != missing}
        with pytest.raises(ParamValidationError, match=f'"{missing}"'):
            register(client, "d", {"ulimits": [limit]})

    @pytest.mark.parametrize(
        "image",
        [
            "ubuntu",
            "amazon/amazon-ecs-agent",
            "quay.io/assemblyline/ubuntu",
            "012345678910.dkr.ecr.us-east-1.amazonaws.com/a-b_c:1.0",
            "i" * 255,
        ],
    )
    def test_image(self, client: Any, image: str) -> None:
        """containerProperties.image: up to 255 letters, numbers, hyphens, underscores, colons, ..."""
        register(client, "d", {"image": image})
        assert definition(client, "d:1")["containerProperties"]["image"] == image

    def test_longer_image(self, client: Any) -> None:
        """containerProperties.image: "up to 255"; the message of the refusal is assumed."""
        message = refused(
            client,
            "register_job_definition",
            jobDefinitionName="d",
            type="container",
            containerProperties={**CONTAINER, "image": "i" * 256},
        )
        text = "containerProperties.image must be at most 255 characters long, got 256."
        assert message == wrapped(text)


class TestDescribeJobDefinitions:
    @pytest.mark.parametrize("name", CONTAINER)
    def test_container_properties(self, client: Any, name: str) -> None:
        """containerProperties: each is kept and described as registered."""
        assert definition(client)["containerProperties"][name] == CONTAINER[name]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("jobDefinitionName", "definition"),
            ("jobDefinitionArn", ARN + "job-definition/definition:1"),
            ("revision", 1),
            ("status", "ACTIVE"),
            ("type", "container"),
            ("parameters", {"input": "default"}),
        ],
    )
    def test_fields(self, client: Any, name: str, value: Any) -> None:
        """jobDefinitionName, jobDefinitionArn, revision, status, type, parameters: the response."""
        assert definition(client)[name] == value

    def test_status(self, client: Any) -> None:
        """status: "to only return job definitions that match that status"."""
        client.deregister_job_definition(jobDefinition="plain:1")
        assert labels(client.describe_job_definitions(status="ACTIVE")) == ["definition:1"]
        assert labels(client.describe_job_definitions(status="INACTIVE")) == ["plain:1"]

    def test_job_definition_name(self, client: Any) -> None:
        """jobDefinitionName: "the name of the job definition to describe", in all its revisions."""
        register(client, "plain")
        reply = client.describe_job_definitions(jobDefinitionName="plain")
        assert labels(reply) == ["plain:2", "plain:1"]

    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ("plain:1", ["plain:1"]),
            (ARN + "job-definition/plain:1", ["plain:1"]),
            ("plain", []),
        ],
    )
    def test_job_definitions(self, client: Any, given: str, found: list[str]) -> None:
        """jobDefinitions: "names or full ARN entries"; today a bare name matches nothing."""
        assert labels(client.describe_job_definitions(jobDefinitions=[given])) == found

    def test_hundred_job_definitions(self, client: Any) -> None:
        """jobDefinitions: "up to 100"."""
        for _ in range(99):
            register(client, "plain")
        given = [f"plain:{revision}" for revision in range(1, 101)]
        assert labels(client.describe_job_definitions(jobDefinitions=given)) == given
        message = refused(client, "describe_job_definitions", jobDefinitions=[*given, "plain:1"])
        assert message == wrapped("jobDefinitions can have at most 100 items, got 101.")

    @pytest.mark.parametrize("size", [1, 100])
    def test_max_results(self, client: Any, size: int) -> None:
        """maxResults: "this value can be between 1 and 100", and a single page has that many."""
        found = labels(client.describe_job_definitions(maxResults=size))
        assert found == ["plain:1", "definition:1"][:size]

    @pytest.mark.parametrize("size", [0, 101])
    def test_max_results_out_of_bounds(self, client: Any, size: int) -> None:
        """maxResults: less than 1 and more than 100 are refused."""
        message = refused(client, "describe_job_definitions", maxResults=size)
        assert message == wrapped(f"maxResults must be between 1 and 100, got {size}.")

    def test_default_page(self, client: Any) -> None:
        """maxResults: "if not used, up to 100 results and a nextToken value if applicable"."""
        for _ in range(99):
            register(client, "plain")
        reply = client.describe_job_definitions()
        assert len(reply["jobDefinitions"]) == 100
        rest = client.describe_job_definitions(nextToken=reply["nextToken"])
        assert labels(rest) == ["definition:1"]

    def test_next_token(self, client: Any) -> None:
        """nextToken: the rest from where the page ended; "null when there are no more", today absent."""
        first = client.describe_job_definitions(maxResults=1)
        second = client.describe_job_definitions(maxResults=1, nextToken=first["nextToken"])
        assert (labels(first), labels(second)) == (["plain:1"], ["definition:1"])
        assert "nextToken" not in second

    def test_token_is_opaque(self, client: Any) -> None:
        """nextToken: "an opaque identifier", so any other text is refused."""
        token = client.describe_job_definitions(maxResults=1)["nextToken"]
        assert "plain" not in token
        message = refused(client, "describe_job_definitions", nextToken=token[:-4])
        assert message == "Invalid nextToken"


class TestSubmitJob:
    def test_reply(self, client: Any) -> None:
        """jobName, jobId: the response; today with a jobArn."""
        reply = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
        assert reply["jobName"] == "job"
        assert reply["jobArn"] == f"{ARN}job/{reply['jobId']}"

    @pytest.mark.parametrize("missing", ["jobName", "jobQueue", "jobDefinition"])
    def test_required(self, client: Any, missing: str) -> None:
        """jobName, jobQueue, jobDefinition: [REQUIRED]."""
        request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
        del request[missing]
        with pytest.raises(ParamValidationError, match=f'"{missing}"'):
            client.submit_job(**request)

    @pytest.mark.parametrize("name", ["a", "Job_1", "a" * 128, "with-hyphen"])
    def test_job_name(self, client: Any, name: str) -> None:
        """jobName: "1 to 128 characters", letters, digits, underscores; today hyphens too."""
        assert described(client, submit(client, name))["jobName"] == name

    @pytest.mark.parametrize("name", ["", "a" * 129, "a.b", "_a"])
    def test_bad_job_name(self, client: Any, name: str) -> None:
        """jobName: anything else is refused; today also a leading hyphen or underscore."""
        request = {"jobName": name, "jobQueue": "queue", "jobDefinition": "definition"}
        message = refused(client, "submit_job", **request)
        assert message == wrapped("Job name should match valid pattern")

    @pytest.mark.parametrize("queue", ["queue", ARN + "job-queue/queue"])
    def test_job_queue(self, client: Any, queue: str) -> None:
        """jobQueue: "either the name or the Amazon Resource Name (ARN) of the queue"."""
        job = described(client, submit(client, jobQueue=queue))
        assert job["jobQueue"] == ARN + "job-queue/queue"

    @pytest.mark.parametrize(
        "given", ["definition:1", ARN + "job-definition/definition:1", "definition"]
    )
    def test_job_definition(self, client: Any, given: str) -> None:
        """jobDefinition: "either a name:revision or the ARN"; today a name alone too."""
        job = described(client, submit(client, jobDefinition=given))
        assert job["jobDefinition"] == ARN + "job-definition/definition:1"

    def test_depends_on(self, client: Any, batch_mock: BatchMock) -> None:
        """dependsOn: "a list of job IDs on which this job depends"."""
        first = submit(client, "first")
        second = submit(client, "second", dependsOn=[{"jobId": first}])
        batch_mock.tick()
        assert described(client, second)["dependsOn"] == [{"jobId": first}]
        assert status_of(client, second) == "PENDING"

    def test_number_of_dependencies(self, client: Any) -> None:
        """dependsOn: "a maximum of 100 jobs"; today of 20."""
        ids = [submit(client) for _ in range(21)]
        request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
        submit(client, dependsOn=[{"jobId": job_id} for job_id in ids[:20]])
        message = refused(
            client, "submit_job", **request, dependsOn=[{"jobId": job_id} for job_id in ids]
        )
        assert message == wrapped("Job cannot have more than 20 dependencies")

    @pytest.mark.parametrize(
        ("parameters", "command"),
        [({}, ["run", "default"]), ({"input": "mine"}, ["run", "mine"])],
    )
    def test_parameters(self, client: Any, parameters: dict[str, str], command: list[str]) -> None:
        """parameters: "override any corresponding parameter defaults from the job definition"."""
        job = described(client, submit(client, parameters=parameters))
        assert job["container"]["command"] == command
        assert job["parameters"] == {"input": "default", **parameters}

    @pytest.mark.parametrize(
        ("overrides", "name", "shown"),
        [
            ({"vcpus": 4}, "vcpus", 4),
            ({"memory": 1024}, "memory", 1024),
            ({"command": ["other"]}, "command", ["other"]),
            (
                {"environment": [{"name": "A", "value": "2"}]},
                "environment",
                [{"name": "A", "value": "2"}],
            ),
            (
                {"environment": [{"name": "B", "value": "2"}]},
                "environment",
                [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            ),
        ],
    )
    def test_container_overrides(
        self, client: Any, overrides: dict[str, Any], name: str, shown: Any
    ) -> None:
        """containerOverrides: vcpus, memory, command replaced; variables overridden or added."""
        job = described(client, submit(client, containerOverrides=overrides))
        expected = {**CONTAINER, "command": ["run", "default"], name: shown}
        assert {key: job["container"][key] for key in CONTAINER} == expected

    def test_legacy_overrides_today(self, client: Any) -> None:
        """containerOverrides.vcpus, memory: today they leave resourceRequirements as they are."""
        overrides = {"vcpus": 4, "memory": 1024}
        job = described(client, submit(client, jobDefinition="plain", containerOverrides=overrides))
        assert job["container"]["resourceRequirements"] == requirements(1, 128)
        assert job["container"].keys() & {"vcpus", "memory"} == set()

    @pytest.mark.parametrize("attempts", range(1, 11))
    def test_retry_strategy(self, client: Any, attempts: int) -> None:
        """retryStrategy: Customers can now provide one, of 1 to 10 attempts, with SubmitJob."""
        job = described(client, submit(client, retryStrategy={"attempts": attempts}))
        assert job["retryStrategy"]["attempts"] == attempts

    @pytest.mark.parametrize("attempts", [-1, 0, 11])
    def test_attempts_out_of_bounds(self, client: Any, attempts: int) -> None:
        """retryStrategy.attempts: fewer than 1 and more than 10 are refused."""
        request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
        message = refused(client, "submit_job", **request, retryStrategy={"attempts": attempts})
        assert message == wrapped(BOUNDS)

    @pytest.mark.parametrize("attempts", range(1, 11))
    def test_moves_to_runnable(self, client: Any, batch_mock: BatchMock, attempts: int) -> None:
        """retryStrategy.attempts: "retried if it fails until it has moved to RUNNABLE that many times"."""
        batch_mock.script("job", fail())
        job_id = submit(client, retryStrategy={"attempts": attempts})
        batch_mock.run()
        moved_to = [move.to_status for move in batch_mock.job(job_id).history]
        assert moved_to.count("RUNNABLE") == attempts
        assert moved_to[-1] == "FAILED"

    def test_retried_only_if_it_fails(self, client: Any, batch_mock: BatchMock) -> None:
        """retryStrategy.attempts: a job that succeeds is not retried."""
        batch_mock.script("job", fail(), succeed())
        job_id = submit(client, retryStrategy={"attempts": 10})
        batch_mock.run()
        assert len(described(client, job_id)["attempts"]) == 2
        assert status_of(client, job_id) == "SUCCEEDED"

    def test_strategy_of_the_definition(self, client: Any, batch_mock: BatchMock) -> None:
        """The retryStrategy of the definition: used for "jobs that are submitted with this job definition"."""
        register(client, "retrying", retryStrategy={"attempts": 3})
        batch_mock.script("job", fail())
        job_id = submit(client, jobDefinition="retrying")
        batch_mock.run()
        assert len(described(client, job_id)["attempts"]) == 3

    @pytest.mark.parametrize("attempts", [1, 2, 5])
    def test_overrides_the_definition(
        self, client: Any, batch_mock: BatchMock, attempts: int
    ) -> None:
        """retryStrategy: "overrides the retry strategy defined in the job definition"."""
        register(client, "retrying", retryStrategy={"attempts": 3})
        batch_mock.script("job", fail())
        job_id = submit(client, jobDefinition="retrying", retryStrategy={"attempts": attempts})
        batch_mock.run()
        job = described(client, job_id)
        assert (job["retryStrategy"]["attempts"], len(job["attempts"])) == (attempts, attempts)


class TestDescribeJobs:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("jobName", "job"),
            ("jobQueue", ARN + "job-queue/queue"),
            ("status", "SUBMITTED"),
            ("attempts", []),
            ("createdAt", START_MS),
            ("dependsOn", []),
            ("jobDefinition", ARN + "job-definition/definition:1"),
            ("parameters", {"input": "default"}),
        ],
    )
    def test_fields(self, client: Any, name: str, value: Any) -> None:
        """jobName, jobQueue, status, ..., parameters: the response; times are milliseconds today."""
        assert described(client, submit(client))[name] == value

    @pytest.mark.parametrize("name", CONTAINER)
    def test_container(self, client: Any, name: str) -> None:
        """container: each property of the definition, its placeholders replaced."""
        expected = {**CONTAINER, "command": ["run", "default"]}
        assert described(client, submit(client))["container"][name] == expected[name]

    def test_statuses(self, client: Any, batch_mock: BatchMock) -> None:
        """status: SUBMITTED, RUNNABLE, STARTING, RUNNING, SUCCEEDED, one after another."""
        job_id = submit(client)
        seen = []
        for _ in range(5):
            seen.append(status_of(client, job_id))
            batch_mock.tick()
        assert seen == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]

    def test_times(self, client: Any, batch_mock: BatchMock) -> None:
        """createdAt, startedAt, stoppedAt: Unix timestamps; today in milliseconds, created at submit."""
        job_id = submit(client)
        batch_mock.run()
        job = described(client, job_id)
        times = {name: job[name] for name in ("createdAt", "startedAt", "stoppedAt")}
        assert times == {
            "createdAt": START_MS,
            "startedAt": START_MS + 3000,
            "stoppedAt": START_MS + 4000,
        }

    def test_times_that_do_not_exist(self, client: Any) -> None:
        """startedAt, stoppedAt: today absent until the job has started and stopped; previously 0."""
        assert described(client, submit(client)).keys() & {"startedAt", "stoppedAt"} == set()

    def test_attempts(self, client: Any, batch_mock: BatchMock) -> None:
        """attempts: container, startedAt, stoppedAt, statusReason of each, oldest first."""
        batch_mock.script("job", out_of_memory(), fail(3))
        job_id = submit(client, retryStrategy={"attempts": 2})
        batch_mock.run()
        first, second = described(client, job_id)["attempts"]
        assert (first["startedAt"], first["stoppedAt"]) == (START_MS + 3000, START_MS + 4000)
        assert (second["startedAt"], second["stoppedAt"]) == (START_MS + 6000, START_MS + 7000)
        assert (first["statusReason"], second["statusReason"]) == (ESSENTIAL, ESSENTIAL)
        assert (first["container"]["exitCode"], second["container"]["exitCode"]) == (137, 3)

    def test_reason_of_an_attempt(self, client: Any, batch_mock: BatchMock) -> None:
        """attempts[].container.reason: "additional details about a stopped container", if any."""
        batch_mock.script("job", out_of_memory(), fail(3))
        job_id = submit(client, retryStrategy={"attempts": 2})
        batch_mock.run()
        first, second = described(client, job_id)["attempts"]
        reason = "OutOfMemoryError: Container killed due to memory usage"
        assert first["container"]["reason"] == reason
        assert "reason" not in second["container"]

    def test_task_of_an_attempt(self, client: Any, batch_mock: BatchMock) -> None:
        """attempts[].container.taskArn: each attempt has a task of its own."""
        batch_mock.script("job", fail())
        job_id = submit(client, retryStrategy={"attempts": 2})
        batch_mock.run()
        job = described(client, job_id)
        first, second = (attempt["container"]["taskArn"] for attempt in job["attempts"])
        assert first.startswith("arn:aws:ecs:us-east-1:123456789012:task/AWSBatch-")
        assert first != second
        assert job["container"]["taskArn"] == second

    def test_container_instance_of_an_attempt(self, client: Any, batch_mock: BatchMock) -> None:
        """attempts[].container.containerInstanceArn: attempts on one host share it, others do not."""
        batch_mock.script("job", terminate_host(), fail(), fail())
        job_id = submit(client, retryStrategy={"attempts": 3})
        batch_mock.run()
        job = described(client, job_id)
        lost, first, second = (
            attempt["container"]["containerInstanceArn"] for attempt in job["attempts"]
        )
        assert lost.startswith("arn:aws:ecs:us-east-1:123456789012:container-instance/AWSBatch-")
        assert lost != first == second == job["container"]["containerInstanceArn"]

    def test_attempt_that_never_started(self, client: Any, batch_mock: BatchMock) -> None:
        """attempts[].startedAt, exitCode: only "when the task transitioned to the RUNNING state"."""
        batch_mock.script("job", docker_timeout())
        job_id = submit(client)
        batch_mock.run()
        (attempt,) = described(client, job_id)["attempts"]
        assert "startedAt" not in attempt
        assert "exitCode" not in attempt["container"]
        assert attempt["stoppedAt"] == START_MS + 3000

    @pytest.mark.parametrize(
        ("outcome", "status", "exit_code"), [(succeed(), "SUCCEEDED", 0), (fail(7), "FAILED", 7)]
    )
    def test_exit_code(
        self, client: Any, batch_mock: BatchMock, outcome: Any, status: str, exit_code: int
    ) -> None:
        """container.exitCode: "a non-zero exit code is considered a failure"."""
        batch_mock.script("job", outcome)
        job_id = submit(client)
        batch_mock.run()
        job = described(client, job_id)
        assert (job["status"], job["container"]["exitCode"]) == (status, exit_code)
        assert job["statusReason"] == ESSENTIAL

    def test_task_of_a_running_job(self, client: Any, batch_mock: BatchMock) -> None:
        """container.taskArn: "the ARN of the task that is associated with the container job"."""
        job_id = submit(client)
        batch_mock.tick(3)
        job = described(client, job_id)
        assert job["status"] == "RUNNING"
        assert ":task/" in job["container"]["taskArn"]

    def test_retry_strategy(self, client: Any) -> None:
        """retryStrategy: "to use for this job if an attempt fails"; today absent if none was given."""
        with_one = described(client, submit(client, retryStrategy={"attempts": 2}))
        without = described(client, submit(client))
        assert with_one["retryStrategy"] == {"attempts": 2, "evaluateOnExit": []}
        assert "retryStrategy" not in without

    def test_hundred_jobs(self, client: Any) -> None:
        """jobs: "up to 100 job IDs"."""
        ids = [submit(client) for _ in range(100)]
        assert len(client.describe_jobs(jobs=ids)["jobs"]) == 100
        message = refused(client, "describe_jobs", jobs=[*ids, UNKNOWN_JOB])
        assert message == wrapped("Maximum number of jobs supported is  100 .")

    def test_jobs_required(self, client: Any) -> None:
        """jobs: [REQUIRED]."""
        with pytest.raises(ParamValidationError, match='"jobs"'):
            client.describe_jobs()
