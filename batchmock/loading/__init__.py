"""
Infrastructure from files: CloudFormation, SAM and CDK templates, Terraform, and `describe-*` output.

`sources` reads a file, one module per language turns it into a list of `creations`, and `carry_out` sends these
to the handlers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchmock.arguments import checked_mapping
from batchmock.errors import BatchMockError
from batchmock.loading import cloudformation, descriptions, terraform
from batchmock.loading.carry_out import carry_out
from batchmock.loading.creations import NOT_WELL_FORMED, Reading
from batchmock.loading.findings import CheckFinding, Waivers
from batchmock.loading.loaded import Loaded, LoadedResource
from batchmock.loading.sources import Document, Source, read
from batchmock.operations.region import Region

__all__ = [
    "CheckFinding",
    "Loaded",
    "LoadedResource",
    "Source",
    "declared_parameters",
    "load",
    "read",
]

#: The languages. Each has a `NAME`, `recognizes(contents)` and `reading(document, region, parameters)`.
_LANGUAGES = (cloudformation, terraform, descriptions)


def load(region: Region, source: Source, parameters: Mapping[str, Any]) -> Loaded:
    """
    Create the Batch resources of a file, all or none.

    Raises:
        BatchMockError: the file cannot be read, a parameter is missing, or Batch refuses a resource.
    """
    document = read(source)
    checked_mapping(
        parameters, "load(parameters=)", 'Pass values by name: parameters={"Vpc": "vpc-1"}.'
    )
    found = _reading(document, region, parameters)
    found.waive_by_tags()
    loaded = Loaded(
        lambda waive, longest: _findings(
            region, document.file, loaded, Waivers(waive, found.waivers, document.file), longest
        )
    )
    for creation, resource in carry_out(region, found.in_order()):
        if creation.is_made_up:
            continue
        resources = loaded.resources_of(creation.operation)
        resources.add(creation.origin.resource, resource, (*creation.aliases, resource.name))
    for name, pattern in found.event_patterns.items():
        loaded.event_patterns.add(name, pattern)
    loaded.state_machines = tuple(found.state_machines)
    loaded.ignored = tuple(found.ignored)
    region.exports.update(found.exports)
    return loaded


def declared_parameters(document: Document) -> tuple[str, ...]:
    """Return the names of the parameters of a template; none for a file in another language."""
    contents = document.contents
    if len(contents) != 1 or not cloudformation.recognizes(contents[0]):
        return ()
    declared = contents[0].get("Parameters")
    return tuple(declared) if isinstance(declared, Mapping) else ()


def _reading(document: Document, region: Region, parameters: Mapping[str, Any]) -> Reading:
    try:
        language = _language_of(document)
        reading: Reading = language.reading(document, region, parameters)
    except RecursionError as error:
        raise BatchMockError(
            f"batchmock: {document.file} contains itself, or is nested more deeply than Python can read."
        ) from error
    except NOT_WELL_FORMED as error:
        # Something is of another type than the language has there: the tool that wrote the file never does so.
        raise BatchMockError(
            f"batchmock: {document.file} is not well-formed {language.NAME}: "
            f"{type(error).__name__}: {error}."
        ) from error
    return reading


def _findings(
    region: Region, file: str, loaded: Loaded, waivers: Waivers, longest_seconds: float
) -> tuple[CheckFinding, ...]:
    from batchmock.loading.lint import Subject, check

    queues = tuple(queue.name for queue in loaded.queues.values())
    definitions = {name: item.arn for name, item in loaded.definitions.items()}
    return check(region, Subject(file, queues, definitions), waivers, longest_seconds)


def _language_of(document: Document) -> Any:
    for language in _LANGUAGES:
        if document.contents and all(map(language.recognizes, document.contents)):
            return language
    keys = [key for item in document.contents if isinstance(item, dict) for key in item]
    found = f"Its keys are {', '.join(map(repr, keys))}. " if keys else ""
    raise BatchMockError(
        f"batchmock: {document.file} is none of the forms that load() reads. {found}"
        "Pass a CloudFormation template ('Resources'), the output of `terraform show -json`, or the "
        "output of `aws batch describe-job-queues` and other describe commands."
    )
