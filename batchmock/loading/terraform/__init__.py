"""
Terraform: the output of `terraform show -json` for a state or a plan.

A state is complete. A plan lacks values that AWS decides, such as ARNs; `plans` fills them in from the
references of the configuration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from json import JSONDecodeError, loads
from typing import Any, Final

from batchmock.errors import BatchMockError
from batchmock.interception.service import request_shape
from batchmock.loading.creations import NAME_MEMBERS, Creation, Origin, Reading, reading_resource
from batchmock.loading.descriptions import moved_arn
from batchmock.loading.existing import recreated
from batchmock.loading.members import Conventions, Fitter, UnknownMemberError
from batchmock.loading.other_stacks import add_imported
from batchmock.loading.sources import Document
from batchmock.loading.terraform.plans import OPERATIONS, Plan
from batchmock.operations.region import Region

#: The name of this language in messages.
NAME: Final = "output of `terraform show -json`"

#: Members that exist only in the provider, or that AWS decides.
_CONVENTIONS: Final = Conventions(
    dropped=frozenset(
        {
            "arn",
            "arnprefix",
            "deregisteronnewrevision",
            "ecsclusterarn",
            "id",
            "nameprefix",
            "computeenvironmentnameprefix",
            "region",
            "revision",
            "skipdestroy",
            "status",
            "statusreason",
            "tagsall",
            "timeouts",
            "updatepolicy",
        }
    ),
    renamed={
        "instancetype": "instancetypes",
        "container": "containers",
        "initcontainer": "initcontainers",
    },
    has_blocks=True,
)

#: Numbers that the provider writes to its state as 0, and that environments on Fargate don't have.
_NOT_OF_FARGATE: Final = ("bidPercentage", "desiredvCpus", "minvCpus")

#: The members whose value is JSON text, which has the API's own conventions.
_JSON_TEXTS: Final = ("container_properties", "node_properties", "ecs_properties")
#: The provider drops members of these texts that it does not know, such as `name` and `essential` of ECS.
_CONVENTIONS_OF_TEXTS: Final = Conventions(ignores_unknown=True)


def recognizes(contents: Any) -> bool:
    """Return whether a document is the output of `terraform show -json`."""
    return isinstance(contents, Mapping) and (
        "planned_values" in contents
        or ("terraform_version" in contents and "format_version" in contents)
    )


def reading(document: Document, region: Region, parameters: Mapping[str, Any]) -> Reading:
    """
    Return the requests that create the Batch resources of a plan or a state.

    Raises:
        BatchMockError: a value is known only after the plan is applied, or is unknown to Batch.
    """
    if parameters:
        raise BatchMockError(
            f"batchmock: {document.file} is the output of `terraform show -json`, which has its values "
            "already. Leave out parameters=, and pass -var to `terraform plan`."
        )
    found = Reading()
    for contents in document.contents:
        plan = Plan(contents, document.file, region)
        fitter = Fitter(region, _CONVENTIONS)
        for address, resource in plan.resources.items():
            with reading_resource(document.file, f"resource {address!r}"):
                operation = OPERATIONS.get(resource["type"])
                if operation is None:
                    found.ignored.append(address)
                    _note_other(found, address, resource, plan)
                else:
                    creation = _creation(document.file, fitter, plan, address, operation, region)
                    found.creations += recreated(creation) if plan.has(address) else [creation]
        add_imported(found, fitter, region, document.file)
    found.creations = _with_unique_aliases(found.creations)
    return found


def _with_unique_aliases(creations: list[Creation]) -> list[Creation]:
    """Drop the short names that several resources share, such as the instances of one with `for_each`."""
    counts = Counter(
        (creation.operation, alias) for creation in creations for alias in creation.aliases
    )
    return [
        creation._replace(
            aliases=tuple(
                alias for alias in creation.aliases if counts[creation.operation, alias] == 1
            )
        )
        for creation in creations
    ]


def _creation(
    file: str, fitter: Fitter, plan: Plan, address: str, operation: str, region: Region
) -> Creation:
    resource = plan.resources[address]
    origin = Origin(file, address)
    values = dict(_set(plan.values_of(address)))
    revision = values.get("revision") if operation == "RegisterJobDefinition" else None
    if revision is not None and (type(revision) is not int or revision < 1):
        raise TypeError(f"revision of {address} is {revision!r}")
    # Version 6 of the provider calls the name of every resource `name`.
    for member in ("name", "compute_environment_name"):
        values.pop(member, None)
    texts = {
        member: _parsed(member, values.pop(member), origin)
        for member in _JSON_TEXTS
        if member in values
    }
    _order_environments(values)
    if values.get("tags_all"):
        # With the default tags of the provider.
        values["tags"] = values["tags_all"]
    shape = request_shape(operation)
    try:
        request = fitter.fitted(_moved(values, region), shape)
        request |= Fitter(region, _CONVENTIONS_OF_TEXTS).fitted(_moved(texts, region), shape)
    except UnknownMemberError as error:
        raise BatchMockError(
            f"batchmock: {origin} has a member {error.path!r}, which neither Terraform's provider nor "
            f"AWS Batch knows there. Known: {', '.join(error.known)}."
        ) from error
    _drop_zeros(request.get("computeResources"))
    request[NAME_MEMBERS[operation]] = plan.name_of(address)
    aliases = (f"{resource['type']}.{resource['name']}", resource["name"])
    return Creation(operation, request, origin, aliases, revision)


def _drop_zeros(resources: Any) -> None:
    """Drop the numbers that a state has for every environment, and the provider never sends for Fargate."""
    if isinstance(resources, dict) and str(resources.get("type")).upper().startswith("FARGATE"):
        for member in _NOT_OF_FARGATE:
            if resources.get(member) == 0:
                del resources[member]


def _set(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the values that are set; the provider writes others as null or empty."""
    for name, value in values.items():
        if isinstance(value, list):
            items = [dict(_set(item)) if isinstance(item, Mapping) else item for item in value]
            if items:
                yield name, items
        elif value is not None and value != "":
            yield name, value


def _parsed(member: str, value: Any, origin: Origin) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return loads(value)
    except JSONDecodeError as error:
        raise BatchMockError(
            f"batchmock: {origin}, member {member}, is not JSON: {error}."
        ) from error


def _order_environments(values: dict[str, Any]) -> None:
    """Replace the list of environments that older versions of the provider have."""
    environments = values.pop("compute_environments", None)
    if environments and "compute_environment_order" not in values:
        values["compute_environment_order"] = [
            {"order": order, "compute_environment": environment}
            for order, environment in enumerate(environments)
        ]


def _moved(value: Any, region: Region) -> Any:
    """Return a value with the ARNs of Batch resources moved to the mock's region and account."""
    if isinstance(value, Mapping):
        return {name: _moved(item, region) for name, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, region) for item in value]
    return moved_arn(value, region)


def _note_other(found: Reading, address: str, resource: Mapping[str, Any], plan: Plan) -> None:
    values = resource.get("values") or {}
    if resource["type"] == "aws_cloudwatch_event_rule" and values.get("event_pattern"):
        found.add_pattern(address, plan.moved_pattern(loads(values["event_pattern"])))
    if resource["type"] == "aws_sfn_state_machine":
        definition = str(values.get("definition", "")).lower()
        if "batch:submitjob" in definition or "batch:submitservicejob" in definition:
            found.state_machines.append(address)
