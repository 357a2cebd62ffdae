"""A template: its resources and their names in Batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from batchmock.errors import BatchMockError
from batchmock.loading.cloudformation.texts import text_of
from batchmock.loading.creations import KINDS, NAME_MEMBERS
from batchmock.loading.members import plain
from batchmock.operations.job_definitions.definitions import JOB_DEFINITIONS
from batchmock.operations.region import Region

#: The operation that creates a resource, by its type.
OPERATIONS: Final[Mapping[str, str]] = {
    "AWS::Batch::ComputeEnvironment": "CreateComputeEnvironment",
    "AWS::Batch::ConsumableResource": "CreateConsumableResource",
    "AWS::Batch::JobDefinition": "RegisterJobDefinition",
    "AWS::Batch::JobQueue": "CreateJobQueue",
    "AWS::Batch::QuotaShare": "CreateQuotaShare",
    "AWS::Batch::SchedulingPolicy": "CreateSchedulingPolicy",
    "AWS::Batch::ServiceEnvironment": "CreateServiceEnvironment",
}

#: The property with the name of a resource of another service, where it is not `<kind>Name` or `Name`.
_NAME_PROPERTIES: Final = {"SecurityGroup": "GroupName"}

#: Evaluates a property of the resource named by the second argument.
Evaluate = Callable[[Any, str], Any]


class Template:
    """
    A template that is being loaded.

    Args:
        contents: the parsed template.
        file: its file, for messages.
        stack: the name of its stack.
        region: the region in which it is loaded.
    """

    def __init__(self, contents: Mapping[str, Any], file: str, stack: str, region: Region) -> None:
        self.file = file
        self.stack = stack
        self.region = region
        #: The mappings. YAML reads a key such as an account id as a number, and CloudFormation as text.
        self.mappings: Mapping[str, Any] = _keyed_by_text(contents.get("Mappings") or {}, 3)
        self.conditions: Mapping[str, Any] = contents.get("Conditions") or {}
        self.resources: Mapping[str, Any] = contents["Resources"]
        for name, resource in self.resources.items():
            if name.startswith("Fn::"):
                raise self.error(
                    f"{name!r} is a macro, which only CloudFormation expands. Load the processed "
                    "template: aws cloudformation get-template --template-stage Processed"
                )
            if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
                raise self.error(f"resource {name!r} has no Type.")

    def error(self, problem: str) -> BatchMockError:
        """Return an error about this template."""
        return BatchMockError(f"batchmock: {self.file}: {problem}")

    def type_of(self, name: str) -> str:
        """Return the type of a resource."""
        kind: str = self.resources[name]["Type"]
        return kind

    def properties_of(self, name: str) -> Mapping[str, Any]:
        """Return the properties of a resource, not evaluated."""
        properties = self.resources[name].get("Properties") or {}
        if not isinstance(properties, Mapping):
            raise self.error(f"the Properties of resource {name!r} are not an object.")
        return properties

    def name_of(self, name: str, evaluate: Evaluate) -> str:
        """Return the name of a resource in its service; an unnamed one has its logical id."""
        kind = self.type_of(name)
        given = self.properties_of(name)
        if kind in OPERATIONS:
            wanted = {plain(NAME_MEMBERS[OPERATIONS[kind]])}
        else:
            last = kind.rpartition("::")[2]
            wanted = {plain(_NAME_PROPERTIES.get(last, f"{last}Name")), "name"}
        for member, value in given.items():
            if plain(member) in wanted and value is not None:
                found = evaluate(value, f"resource {name!r}")
                if isinstance(found, str):
                    return str(found)
        return name

    def arn_of(self, name: str, evaluate: Evaluate) -> str:
        """Return the ARN that a Batch resource will have."""
        operation = OPERATIONS[self.type_of(name)]
        called = self.name_of(name, evaluate)
        if operation == "RegisterJobDefinition":
            called = f"{called}:{self._revision_of(name, called, evaluate)}"
        elif operation == "CreateQuotaShare":
            queue = evaluate(self.properties_of(name).get("JobQueue"), f"resource {name!r}")
            return f"{self.region.arn('job-queue', str(queue).rpartition('/')[2])}/quota-share/{called}"
        return self.region.arn(KINDS[operation], called)

    def _revision_of(self, name: str, called: str, evaluate: Evaluate) -> int:
        """Return the revision that a job definition will get."""
        revisions = JOB_DEFINITIONS.of(self.region).get(called)
        last = 0 if revisions is None else revisions.last_revision
        earlier = 0
        for other in self.resources:
            if other == name:
                break
            if self.type_of(other) == self.type_of(name):
                earlier += self.name_of(other, evaluate) == called
        return last + earlier + 1


def _keyed_by_text(value: Any, levels: int) -> Any:
    """Return nested objects with texts for keys."""
    if not levels or not isinstance(value, Mapping):
        return value
    return {text_of(key): _keyed_by_text(item, levels - 1) for key, item in value.items()}
