"""
CloudFormation templates, including those of SAM and those synthesized by the CDK.

`parameters` provides parameter values, `functions` evaluates intrinsic functions, and `template` names
resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from batchmock.errors import BatchMockError
from batchmock.interception.service import request_shape
from batchmock.loading.cloudformation.functions import Evaluator
from batchmock.loading.cloudformation.parameters import parameter_values
from batchmock.loading.cloudformation.template import OPERATIONS, Template
from batchmock.loading.cloudformation.texts import NO_VALUE
from batchmock.loading.creations import NAME_MEMBERS, Creation, Origin, Reading, reading_resource
from batchmock.loading.members import Conventions, Fitter, UnknownMemberError
from batchmock.loading.other_stacks import add_imported
from batchmock.loading.sources import Document
from batchmock.operations.region import Region

#: The name of this language in messages.
NAME: Final = "CloudFormation"

#: Members that only CloudFormation has, or that it shows after the creation.
_CONVENTIONS: Final = Conventions(
    dropped=frozenset(
        {
            "replacecomputeenvironment",
            "updatepolicy",
            "updatetolatestimageversion",
            "resourceretentionpolicy",
            "skipderegisteronupdate",
            "jobdefinitionarn",
            "jobqueuearn",
            "computeenvironmentarn",
        }
    )
)

#: Members that CloudFormation treats as absent when they are empty.
_EMPTY_IS_ABSENT: Final = ("retryStrategy", "timeout")

_EVENT_TYPES: Final = ("EventBridgeRule", "CloudWatchEvent")


def recognizes(contents: Any) -> bool:
    """Return whether a document is a template."""
    return isinstance(contents, Mapping) and isinstance(contents.get("Resources"), Mapping)


def reading(document: Document, region: Region, parameters: Mapping[str, Any]) -> Reading:
    """
    Return the requests that create the Batch resources of a template.

    Raises:
        BatchMockError: a parameter is missing or unknown, or a resource cannot be evaluated.
    """
    if len(document.contents) != 1:
        raise BatchMockError(
            f"batchmock: {document.file} has {len(document.contents)} templates. Load one at a time."
        )
    contents = document.contents[0]
    template = Template(contents, document.file, document.name, region)
    values = parameter_values(contents.get("Parameters") or {}, parameters, document.file)
    evaluator = Evaluator(template, values)
    fitter = Fitter(region, _CONVENTIONS)
    found = Reading()
    found.waive(_waived_in(contents))
    for name in template.resources:
        with reading_resource(document.file, f"resource {name!r}"):
            if evaluator.exists(name):
                _add(found, template, evaluator, fitter, name)
    add_imported(found, fitter, region, document.file)
    found.exports = dict(_exports(contents, evaluator))
    return found


def _add(
    found: Reading, template: Template, evaluator: Evaluator, fitter: Fitter, name: str
) -> None:
    found.waive(_waived_in(template.resources[name]), name)
    operation = OPERATIONS.get(template.type_of(name))
    if operation is None:
        found.ignored.append(name)
        _note_other(found, template, evaluator, name)
    else:
        found.creations.append(_creation(template, evaluator, fitter, name, operation))


def _waived_in(contents: Mapping[str, Any]) -> Any:
    """Return the rules that the Metadata of a template or resource waive."""
    metadata = contents.get("Metadata") or {}
    return (metadata.get("batchmock") or {}).get("waive") or []


def _creation(
    template: Template, evaluator: Evaluator, fitter: Fitter, name: str, operation: str
) -> Creation:
    origin = Origin(template.file, name)
    properties = evaluator.value(template.properties_of(name), f"resource {name!r}")
    shape = request_shape(operation)
    try:
        request = fitter.fitted(properties, shape)
    except UnknownMemberError as error:
        raise BatchMockError(
            f"batchmock: {origin} has a member {error.path!r}, which neither CloudFormation nor AWS "
            f"Batch knows there. Known: {', '.join(error.known)}."
        ) from error
    for member in _EMPTY_IS_ABSENT:
        if request.get(member) == {}:
            del request[member]
    request.setdefault(NAME_MEMBERS[operation], template.name_of(name, evaluator.value))
    return Creation(operation, request, origin)


def _note_other(found: Reading, template: Template, evaluator: Evaluator, name: str) -> None:
    """Record the rules and state machines that are about Batch."""
    kind, properties = template.type_of(name), template.properties_of(name)
    where = f"resource {name!r}"
    if kind == "AWS::Events::Rule" and "EventPattern" in properties:
        found.add_pattern(name, evaluator.value(properties["EventPattern"], where))
    for event, rule in _events_of(kind, properties):
        if "Pattern" in rule:
            found.add_pattern(f"{name}{event}", evaluator.value(rule["Pattern"], where))
    if kind.endswith("::StateMachine") and _submits_jobs(properties):
        found.state_machines.append(name)


def _events_of(kind: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the rules that SAM writes as events of a function or state machine."""
    events = properties.get("Events")
    if kind.startswith("AWS::Serverless::") and isinstance(events, Mapping):
        for event, content in events.items():
            if content.get("Type") in _EVENT_TYPES:
                yield event, content.get("Properties", {})


def _submits_jobs(definition: Any) -> bool:
    """Return whether the definition of a state machine has a task that submits jobs."""
    if isinstance(definition, Mapping):
        return any(map(_submits_jobs, definition.values()))
    if isinstance(definition, list):
        return any(map(_submits_jobs, definition))
    text = str(definition).lower()
    return "batch:submitjob" in text or "batch:submitservicejob" in text


def _exports(contents: Mapping[str, Any], evaluator: Evaluator) -> Iterator[tuple[str, Any]]:
    for name, output in (contents.get("Outputs") or {}).items():
        where = f"output {name!r}"
        with reading_resource(evaluator.file, where):
            if "Export" not in output or not evaluator.holds(output.get("Condition"), where):
                continue
            value = evaluator.value(output["Value"], where)
            exported = str(evaluator.value(output["Export"]["Name"], where))
        if value is not NO_VALUE:
            yield exported, value
