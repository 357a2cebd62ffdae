from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError

from ..builders import ARN

STACK = Path(__file__).parent / "files" / "stack.yaml"
ENVIRONMENT = {
    "Type": "AWS::Batch::ComputeEnvironment",
    "Properties": {"Type": "UNMANAGED", "ServiceRole": "batch"},
}
QUEUE = {
    "Type": "AWS::Batch::JobQueue",
    "Properties": {
        "Priority": 1,
        "ComputeEnvironmentOrder": [{"Order": 1, "ComputeEnvironment": {"Ref": "Env"}}],
    },
}


def template(**more: Any) -> dict[str, Any]:
    """Return a template of a queue and its environment, with other sections or resources."""
    sections = {name: more.pop(name) for name in list(more) if isinstance(more[name], Section)}
    contents = {name: dict(section) for name, section in sections.items()}
    return {"Resources": {"Queue": QUEUE, "Env": ENVIRONMENT, **more}, **contents}


class Section(dict[str, Any]):
    """A section of a template next to its resources."""


def definition(word: Any = "true", **properties: Any) -> dict[str, Any]:
    """Return a job definition whose command is one word."""
    container = {
        "Image": "busybox",
        "Command": [word],
        "ResourceRequirements": [{"Type": "VCPU", "Value": 1}, {"Type": "MEMORY", "Value": 128}],
    }
    given = {"Type": "container", "ContainerProperties": container, **properties}
    return {"Type": "AWS::Batch::JobDefinition", "Properties": given}


def word_of(client: Any, mock: BatchMock, value: Any, **sections: Any) -> str:
    """Return the string to which a value of a template evaluates."""
    mock.load(template(Job=definition(value), **sections))
    (found,) = client.describe_job_definitions(jobDefinitionName="Job")["jobDefinitions"]
    (word,) = found["containerProperties"]["command"]
    return str(word)


class TestStack:
    def test_a_job_runs_on_a_loaded_stack(self, mock: BatchMock, client: Any) -> None:
        """Code submits a job to the queue of a template, and the job ends."""
        loaded = mock.load(STACK, {"Vpc": "vpc-1"})
        queue, job = loaded.queues["Queue"], loaded.definitions["Report"]
        client.submit_job(
            jobName="monday",
            jobQueue=queue.name,
            jobDefinition=job.arn,
            parameters={"day": "monday"},
        )
        mock.run()
        assert mock.jobs.only().status == "SUCCEEDED"
        assert queue == ("stack-reports-test", f"{ARN}job-queue/stack-reports-test")

    def test_mappings_conditions_and_numbers(self, mock: BatchMock, client: Any) -> None:
        """Another parameter value selects other sizes and creates the resources of a condition."""
        loaded = mock.load(str(STACK), {"Vpc": "vpc-1", "Environment": "production"})
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        (queue,) = client.describe_job_queues(jobQueues=["stack-reports-production"])["jobQueues"]
        assert found["retryStrategy"]["attempts"] == 5
        assert found["containerProperties"]["resourceRequirements"][1]["value"] == "16384"
        assert queue["schedulingPolicyArn"] == loaded.scheduling_policies["Fair"].arn
        assert list(loaded.queues) == ["Queue", "Debugging"]

    def test_made_up_values_have_the_form_of_their_member(
        self, mock: BatchMock, client: Any
    ) -> None:
        """Security groups, images and roles that only a deployment knows get AWS-like values."""
        mock.load(STACK, {"Vpc": "vpc-1"})
        (env,) = client.describe_compute_environments()["computeEnvironments"]
        resources = env["computeResources"]
        assert resources["securityGroupIds"][0].startswith("sg-")
        assert resources["ec2Configuration"][0]["imageIdOverride"].startswith("ami-")
        assert resources["subnets"] == ["subnet-11111111", "subnet-22222222"]

    def test_lists_what_it_does_not_create(self, mock: BatchMock) -> None:
        """Resources of other services, rules about Batch and state machines that submit jobs are listed."""
        loaded = mock.load(STACK, {"Vpc": "vpc-1"})
        assert loaded.ignored == ("Role", "SecurityGroup", "Results", "Failed", "Pager", "Nightly")
        assert loaded.state_machines == ("Nightly",)
        assert loaded.event_patterns["Failed"]["detail"] == {
            "status": ["FAILED"],
            "jobQueue": [loaded.queues["Queue"].arn],
        }

    def test_a_later_stack_imports_an_export(self, mock: BatchMock, client: Any) -> None:
        """`Fn::ImportValue` finds the outputs of previously loaded stacks."""
        mock.load(STACK, {"Vpc": "vpc-1"})
        word = word_of(client, mock, {"Fn::ImportValue": "stack-queue"})
        assert word == f"{ARN}job-queue/stack-reports-test"


class TestFunctions:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"Ref": "AWS::Region"}, "us-east-1"),
            ({"Fn::Sub": "${AWS::StackName}-${!kept}"}, "stack-${kept}"),
            ({"Fn::Sub": ["${a}:${Queue}", {"a": "x"}]}, f"x:{ARN}job-queue/Queue"),
            ({"Fn::Sub": "${Queue.JobQueueArn}"}, f"{ARN}job-queue/Queue"),
            ({"Fn::GetAtt": ["Env", "ComputeEnvironmentArn"]}, f"{ARN}compute-environment/Env"),
            ({"Fn::Join": ["-", ["a", 1, {"Ref": "AWS::AccountId"}]]}, "a-1-123456789012"),
            ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b"]}]}, "b"),
            ({"Fn::Select": ["2", {"Fn::GetAZs": "eu-west-1"}]}, "eu-west-1c"),
            ({"Fn::Base64": "ab"}, "YWI="),
            ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/24", 3, 5]}]}, "10.0.0.32/27"),
            ({"Fn::If": ["Yes", "a", "b"]}, "a"),
            ({"Fn::If": ["No", "a", "b"]}, "b"),
            ({"Fn::FindInMap": ["M", "a", "b"]}, "c"),
            ({"Fn::FindInMap": ["M", "a", "z", {"DefaultValue": "d"}]}, "d"),
            ({"Fn::ToJsonString": {"a": {"Ref": "AWS::Region"}}}, '{"a": "us-east-1"}'),
            ({"Fn::FindInMap": ["Accounts", {"Ref": "AWS::AccountId"}, "Stage"]}, "dev"),
            ({"Fn::FindInMap": ["Accounts", "true", "1"]}, "one"),
            ({"Fn::Sub": ["run${a}", {"a": {"Ref": "AWS::NoValue"}}]}, "run"),
            ({"Fn::Sub": "run${AWS::NoValue}"}, "run"),
            ({"Fn::Base64": {"Ref": "AWS::NoValue"}}, ""),
            ({"Fn::Length": [1, {"Ref": "AWS::NoValue"}]}, "1"),
            ({"Fn::Length": {"Fn::ImportValue": "elsewhere"}}, "1"),
            ("{{resolve:ssm:/images/report:3}}", "images-report"),
            ("{{resolve:ssm:/images/report}}:7", "images-report:7"),
            ({"Fn::Join": ["", ["{{resolve:ssm:", "/images/report", "}}"]]}, "images-report"),
            ("{{resolve:ssm:arn:aws:ssm:us-east-1:123456789012:parameter/a/b:3}}", "a-b"),
            ("{{resolve:secretsmanager:prod/db}}", "prod-db"),
            ("{{resolve:secretsmanager:prod/db:SecretString:user}}", "prod-db-user"),
            (
                "{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:"
                "prod/db-AbCdEf:SecretString:user::}}",
                "prod-db-AbCdEf-user",
            ),
            ({"Fn::ImportValue": "elsewhere"}, "elsewhere"),
        ],
    )
    def test_evaluates(self, mock: BatchMock, client: Any, value: Any, expected: str) -> None:
        """Each intrinsic function has the value that CloudFormation documents."""
        sections = {
            "Conditions": Section(
                Yes={"Fn::Equals": [1, "1"]},
                No={"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "Yes"}]}]},
            ),
            # As YAML reads keys that are numbers or booleans.
            "Mappings": Section(
                M={"a": {"b": "c"}},
                Accounts={123456789012: {"Stage": "dev"}, True: {1: "one"}},
            ),
        }
        assert word_of(client, mock, value, **sections) == expected

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            (
                {"Ref": "Nothing"},
                "refers to 'Nothing', which is neither a parameter nor a resource.",
            ),
            ({"Ref": "AWS::Nothing"}, "refers to 'AWS::Nothing', which is no pseudo parameter."),
            ({"Ref": "Off"}, "refers to resource 'Off', whose Condition does not hold."),
            (
                {"Fn::If": ["Missing", 1, 2]},
                "refers to condition 'Missing', which the template does not have.",
            ),
            (
                {"Fn::GetAtt": ["Queue", "QueueArn"]},
                "refers to attribute 'QueueArn' of resource 'Queue', which AWS::Batch::JobQueue does not "
                "have. Use 'JobQueueArn'.",
            ),
            ({"Fn::Length": "abc"}, 'has a Fn::Length that cannot be evaluated: "abc".'),
            ({"Fn::Select": [5, ["a"]]}, 'has a Fn::Select that cannot be evaluated: [5, ["a"]].'),
            (
                {"Fn::Transform": {}},
                "uses Fn::Transform, which only CloudFormation can evaluate. Load the processed template: "
                "aws cloudformation get-template --template-stage Processed.",
            ),
        ],
    )
    def test_refuses(self, mock: BatchMock, value: Any, problem: str) -> None:
        """A value that cannot be evaluated is an error that names the resource."""
        off = {"Type": "AWS::S3::Bucket", "Condition": "No"}
        conditions = Section(No={"Fn::Equals": [1, 2]})
        with pytest.raises(BatchMockError) as raised:
            mock.load(template(Job=definition(value), Off=off, Conditions=conditions))
        assert str(raised.value) == f"batchmock: the dict: resource 'Job' {problem}"

    def test_a_circle(self, mock: BatchMock) -> None:
        """Names that refer to each other are an error, not an endless loop."""
        named = {"JobDefinitionName": {"Ref": "B"}}
        other = {"JobDefinitionName": {"Ref": "A"}}
        with pytest.raises(BatchMockError, match="is part of a circle: B -> A -> B"):
            mock.load(template(A=definition(**named), B=definition(**other)))


class TestMembers:
    def test_unknown_member(self, mock: BatchMock) -> None:
        """An unknown member is refused by name, and the message lists the known ones."""
        with pytest.raises(BatchMockError) as raised:
            mock.load(template(Job=definition(RetryStrategy={"Atempts": 3})))
        assert str(raised.value) == (
            "batchmock: the dict: resource 'Job' has a member 'RetryStrategy.Atempts', which neither "
            "CloudFormation nor AWS Batch knows there. Known: attempts, evaluateOnExit."
        )

    def test_tags_keep_their_keys(self, mock: BatchMock, client: Any) -> None:
        """Keys of maps keep their case, and values become text."""
        mock.load(template(Job=definition(Tags={"Cost_Center": 7})))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        assert found["tags"] == {"Cost_Center": "7"}

    def test_amounts_that_only_a_deployment_knows(self, mock: BatchMock, client: Any) -> None:
        """Amounts from SSM are made up, and are such that AWS Batch accepts them."""
        job = definition(Timeout={"AttemptDurationSeconds": "{{resolve:ssm:/timeout}}"})
        for requirement in job["Properties"]["ContainerProperties"]["ResourceRequirements"]:
            requirement["Value"] = f"{{{{resolve:ssm:/{requirement['Type']}}}}}"
        mock.load(template(Job=job))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        assert found["timeout"] == {"attemptDurationSeconds": 3600}
        assert {
            item["type"]: item["value"]
            for item in found["containerProperties"]["resourceRequirements"]
        } == {"VCPU": "1", "MEMORY": "2048"}

    def test_maps_that_only_a_deployment_knows(self, mock: BatchMock, client: Any) -> None:
        """Tags and parameters from another stack are left out."""
        elsewhere = {"Fn::ImportValue": "elsewhere"}
        mock.load(template(Job=definition(Tags=elsewhere, Parameters=elsewhere)))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        assert (found["tags"], found["parameters"]) == ({}, {})

    def test_several_definitions_of_one_name(self, mock: BatchMock, client: Any) -> None:
        """Definitions with the same name become revisions, and references resolve to the right one."""
        name = {"JobDefinitionName": "job"}
        again = definition({"Fn::Sub": "${First}/${Second}"}, JobDefinitionName="other")
        mock.load(template(First=definition(**name), Second=definition(**name), Third=again))
        (found,) = client.describe_job_definitions(jobDefinitionName="other")["jobDefinitions"]
        (word,) = found["containerProperties"]["command"]
        assert word == f"{ARN}job-definition/job:1/{ARN}job-definition/job:2"


class TestAllOrNothing:
    def test_a_refusal_leaves_nothing(self, mock: BatchMock, client: Any) -> None:
        """A refused template creates nothing, and the next ids are those of an unused mock."""
        bad = definition(RetryStrategy={"Attempts": 11})
        with pytest.raises(BatchMockError):
            mock.load(template(Job=definition(), Bad=bad))
        assert client.describe_job_queues()["jobQueues"] == []
        assert client.describe_compute_environments()["computeEnvironments"] == []
        assert client.describe_job_definitions()["jobDefinitions"] == []
        mock.load(template(Job=definition()))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        assert found["revision"] == 1

    def test_revisions_of_before_stay(self, mock: BatchMock, client: Any) -> None:
        """A refused template leaves the revisions of an existing definition as they were."""
        mock.load(template(Job=definition()))
        bad = definition(RetryStrategy={"Attempts": 11})
        again = {"Resources": {"Job": definition(), "Bad": bad}}
        with pytest.raises(BatchMockError):
            mock.load(again)
        del again["Resources"]["Bad"]
        assert mock.load(again).definitions["Job"].arn == f"{ARN}job-definition/Job:2"

    def test_a_refusal_names_file_resource_and_member(self, mock: BatchMock) -> None:
        """The error has the file, the resource, the member, and the message of AWS Batch."""
        with pytest.raises(BatchMockError) as raised:
            mock.load(template(Bad=definition(RetryStrategy={"Attempts": 11})))
        assert str(raised.value).startswith(
            "batchmock: the dict: resource 'Bad', member retryStrategy.attempts: AWS Batch would refuse "
            "its RegisterJobDefinition: "
        )
        assert str(raised.value).endswith(". Nothing was loaded.")

    @pytest.mark.parametrize(
        ("changes", "member"),
        [
            ({"vcpus": 0}, "containerProperties.resourceRequirements[0].value"),
            (
                {"ContainerProperties": {"Image": "a", "Privileged": "x"}},
                "containerProperties.privileged",
            ),
            (
                {
                    "ContainerProperties": {
                        "Image": "a",
                        "Command": [["unprivileged"]],
                        "Privileged": True,
                    }
                },
                "containerProperties.command[0]",
            ),
            ({"JobDefinitionName": "a b"}, "jobDefinitionName"),
            ({"Timeout": {"AttemptDurationSeconds": 1}}, "timeout.attemptDurationSeconds"),
            ({"Tags": {"aws:a": "b"}}, "tags"),
            ({"Tags": "a"}, "tags"),
            ({"Timeout": []}, "timeout"),
        ],
    )
    def test_the_member_of_a_refusal(
        self, mock: BatchMock, changes: dict[str, Any], member: str
    ) -> None:
        """A refusal names the member that its text is about, and no tag or parameter of a like name."""
        names = {"e": "a", "vCPU": "b", "valid": "c", "must": "d"}
        given = {"Tags": names, "Parameters": names, **changes}
        vcpus = given.pop("vcpus", 1)
        job = definition(**given)
        requirements = job["Properties"]["ContainerProperties"].get("ResourceRequirements")
        if requirements:
            requirements[0]["Value"] = vcpus
        with pytest.raises(BatchMockError) as raised:
            mock.load(template(Job=job))
        assert f"resource 'Job', member {member}: AWS Batch would refuse" in str(raised.value)

    def test_a_refusal_that_names_no_member(self, mock: BatchMock) -> None:
        """Nothing is guessed if the text of a refusal names no member."""
        job = definition(Parameters={"e": "f"})
        del job["Properties"]["ContainerProperties"]["Image"]
        with pytest.raises(BatchMockError, match=r"resource 'Job': AWS Batch would refuse"):
            mock.load(template(Job=job))

    @pytest.mark.parametrize(
        ("sections", "where"),
        [
            (
                {"Job": {**definition(), "Condition": "Off"}},
                r"resource 'Job' refers to condition 'Off'",
            ),
            (
                {
                    "Outputs": Section(
                        Word={"Condition": "Off", "Value": 1, "Export": {"Name": "a"}}
                    )
                },
                r"output 'Word' refers to condition 'Off'",
            ),
            (
                {"Outputs": Section(Word={"Export": {"Name": "a"}})},
                r"output 'Word' is not well-formed: KeyError: 'Value'",
            ),
            (
                {"Job": {**definition(), "Metadata": "text"}},
                r"resource 'Job' is not well-formed: AttributeError",
            ),
        ],
    )
    def test_errors_name_a_part_of_the_template(
        self, mock: BatchMock, sections: dict[str, Any], where: str
    ) -> None:
        """An error names the resource or output that it is about."""
        with pytest.raises(BatchMockError, match=where):
            mock.load(template(**sections))

    def test_a_name_that_exists(self, mock: BatchMock) -> None:
        """Loading a stack twice is refused, as the service refuses a second queue with the same name."""
        mock.load(template())
        with pytest.raises(BatchMockError, match="Object already exists"):
            mock.load(template())


class TestParameters:
    def test_asks_for_a_parameter(self, mock: BatchMock) -> None:
        """A missing parameter without a default is an error that gives its name and type."""
        with pytest.raises(BatchMockError) as raised:
            mock.load(STACK)
        assert str(raised.value) == (
            f"batchmock: {STACK} has no default for parameter 'Vpc' (AWS::EC2::VPC::Id). "
            "Pass parameters={'Vpc': ...} to load()."
        )

    def test_unknown_parameter(self, mock: BatchMock) -> None:
        """A parameter that the template does not declare is refused."""
        with pytest.raises(
            BatchMockError, match=r"has no parameter 'Vcp'. Its parameters are 'Env"
        ):
            mock.load(STACK, {"Vcp": "vpc-1"})

    def test_allowed_values(self, mock: BatchMock) -> None:
        """AllowedValues is enforced."""
        with pytest.raises(BatchMockError, match="is 'staging', and may be 'test', 'production'"):
            mock.load(STACK, {"Vpc": "vpc-1", "Environment": "staging"})

    def test_allowed_pattern(self, mock: BatchMock) -> None:
        """AllowedPattern is enforced."""
        declared = Section(Name={"Type": "String", "AllowedPattern": "[a-z]+"})
        with pytest.raises(BatchMockError, match=r"does not match its AllowedPattern '\[a-z\]\+'"):
            mock.load(template(Parameters=declared), {"Name": "A"})

    @pytest.mark.parametrize(
        ("declared", "given", "problem"),
        [
            ({"Type": "Number", "MinValue": 2}, "1", "is 1, and its MinValue is 2"),
            ({"Type": "Number", "MaxValue": "2"}, 3, "is 3, and its MaxValue is 2"),
            ({"Type": "Number"}, "two", "is 'two', which is not a number"),
            ({"Type": "List<Number>", "MaxValue": 2}, ["1", "3"], "is 3, and its MaxValue is 2"),
            ({"Type": "List<Number>", "MaxValue": 2}, "1, 3", "is 3, and its MaxValue is 2"),
            (
                {"Type": "String", "MinLength": 2},
                "a",
                "is 'a', which is shorter than its MinLength 2",
            ),
            ({"MaxLength": "2"}, "abc", "is 'abc', which is longer than its MaxLength 2"),
        ],
    )
    def test_limits(
        self, declared: dict[str, Any], given: Any, problem: str, mock: BatchMock
    ) -> None:
        """The limits of numbers and lengths are enforced, and what is no number is refused."""
        with pytest.raises(BatchMockError, match=f"parameter 'Size' {problem}"):
            mock.load(template(Parameters=Section(Size=declared)), {"Size": given})

    def test_within_limits(self, mock: BatchMock) -> None:
        """A value within its limits is used."""
        declared = Section(Size={"Type": "Number", "MinValue": 1, "MaxValue": 2})
        assert mock.load(template(Parameters=declared), {"Size": "2"}).queues


class TestOtherStacks:
    """References to Batch resources of stacks that were not loaded."""

    def queue(self, **members: Any) -> dict[str, Any]:
        """Return a template with a queue on an imported compute environment, and a definition."""
        order = [{"Order": 1, "ComputeEnvironment": {"Fn::ImportValue": "shared:Spot"}}]
        properties = {"Priority": 1, "ComputeEnvironmentOrder": order, **members}
        resource = {"Type": "AWS::Batch::JobQueue", "Properties": properties}
        return {"Resources": {"Queue": resource, "Job": definition()}}

    @pytest.mark.parametrize("platform", ["EC2", "FARGATE"])
    def test_an_environment_is_made_up(self, mock: BatchMock, client: Any, platform: str) -> None:
        """An imported environment is made up, takes the jobs of the template, and is not listed."""
        template = self.queue()
        properties = template["Resources"]["Job"]["Properties"]
        properties["PlatformCapabilities"] = [platform]
        container = properties["ContainerProperties"]
        container["ExecutionRoleArn"] = "arn:aws:iam::123456789012:role/e"
        container["ResourceRequirements"][1]["Value"] = 2048
        loaded = mock.load(template)
        job_id = client.submit_job(
            jobName="job", jobQueue="Queue", jobDefinition=loaded.definitions.only().arn
        )["jobId"]
        mock.run()
        assert mock.job(job_id).status == "SUCCEEDED"
        assert len(loaded.compute_environments) == 0

    @pytest.mark.parametrize(
        ("first", "second", "names"),
        [
            (
                {"Fn::GetAtt": ["Shared", "Outputs.SpotArn"]},
                {"Fn::GetAtt": ["Shared", "Outputs.OnDemandArn"]},
                ["Shared-SpotArn", "Shared-OnDemandArn"],
            ),
            (
                "{{resolve:ssm:/spot/arn}}",
                "{{resolve:ssm:/on-demand/arn}}",
                ["spot-arn", "on-demand-arn"],
            ),
            ({"Ref": "Spot"}, {"Ref": "OnDemand"}, ["spot-arn", "on-demand-arn"]),
        ],
    )
    def test_several_environments(
        self, mock: BatchMock, client: Any, first: Any, second: Any, names: list[str]
    ) -> None:
        """Several outputs of a nested stack, and several parameters of SSM, are several environments."""
        kind = "AWS::SSM::Parameter::Value<String>"
        order = [
            {"Order": 1, "ComputeEnvironment": first},
            {"Order": 2, "ComputeEnvironment": second},
        ]
        document = self.queue(ComputeEnvironmentOrder=order)
        document["Resources"]["Shared"] = {"Type": "AWS::CloudFormation::Stack"}
        document["Parameters"] = {
            "Spot": {"Type": kind, "Default": "/spot/arn"},
            "OnDemand": {"Type": kind, "Default": "/on-demand/arn"},
        }
        mock.load(document)
        (queue,) = client.describe_job_queues()["jobQueues"]
        assert [
            item["computeEnvironment"].rpartition("/")[2]
            for item in queue["computeEnvironmentOrder"]
        ] == names

    def test_a_policy_is_made_up(self, mock: BatchMock, client: Any) -> None:
        """An imported scheduling policy is made up."""
        mock.load(self.queue(SchedulingPolicyArn={"Fn::ImportValue": "FairArn"}))
        (queue,) = client.describe_job_queues()["jobQueues"]
        assert queue["schedulingPolicyArn"].endswith(":scheduling-policy/FairArn")

    def test_the_same_one_twice(self, mock: BatchMock, client: Any) -> None:
        """Two templates that import the same environment share it."""
        mock.load(self.queue())
        second = self.queue()
        second["Resources"] = {"Other": second["Resources"]["Queue"]}
        mock.load(second)
        environments = client.describe_compute_environments()["computeEnvironments"]
        assert len(environments) == 1

    def test_an_environment_that_is_named(self, mock: BatchMock) -> None:
        """An environment that is named outright, and does not exist, is an error that says what to do."""
        template = self.queue()
        order = template["Resources"]["Queue"]["Properties"]["ComputeEnvironmentOrder"]
        order[0]["ComputeEnvironment"] = "shared"
        with pytest.raises(BatchMockError, match="If it is in another file, load that file first"):
            mock.load(template)


class TestSam:
    def test_rules_of_functions(self, mock: BatchMock) -> None:
        """The rules that SAM writes as events of a function are returned as patterns."""
        pattern = {"source": ["aws.batch"], "detail": {"status": ["SUCCEEDED"]}}
        function = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Events": {
                    "Ended": {"Type": "EventBridgeRule", "Properties": {"Pattern": pattern}},
                    "Daily": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}},
                }
            },
        }
        loaded = mock.load(template(Notify=function))
        assert dict(loaded.event_patterns) == {"NotifyEnded": pattern}
