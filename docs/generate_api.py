"""
Generate docs/reference/api.md from the signatures and docstrings of the public names.

Run `python docs/generate_api.py` after changing one of them. tests/test_docs.py checks that the page is up to
date, and that it has every public name.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args, get_origin

import batchmock
from batchmock.serving.steering import FAULTS

PAGE: Final = Path(__file__).parent / "reference" / "api.md"
#: The widest signature that stands in one line.
WIDTH: Final = 88
#: Sections of a docstring, and their headings on the page.
HEADINGS: Final = {
    "Args": "Parameters",
    "Attributes": "Attributes",
    "Returns": "Returns",
    "Yields": "Yields",
    "Raises": "Raises",
    "Source": "Source",
}


class Entry(NamedTuple):
    """
    A function or class on the page.

    Args:
        name: the name of the function or class.
        members: the members to show: names, or None for all public ones.
        is_callable: whether users call it, so that its signature and parameters are shown.
        fields: attributes to list by name that have no docstring of their own.
    """

    name: str
    members: tuple[str, ...] | None = ()
    is_callable: bool = False
    fields: tuple[str, ...] = ()


class Alias(NamedTuple):
    """A type on the page that has no docstring: a set of strings, or a dict."""

    name: str
    text: str


class Group(NamedTuple):
    """Members of `BatchMock` under a heading of their own."""

    title: str
    members: tuple[str, ...]


class Section(NamedTuple):
    """A section of the page: its title, its introduction, and what it describes."""

    title: str
    text: str
    entries: tuple[Entry | Alias | Group, ...]


def function(name: str) -> Entry:
    """Return the entry of a function."""
    return Entry(name, is_callable=True)


INTRODUCTION: Final = """\
# API

Import a name that this page shows as `batchmock.name` with `from batchmock import name`.
The other classes are types of attributes and return values.
Anything that is not on this page may change without notice.

Signatures use these names for the types of arguments:

- `Duration`: a number of seconds or a `timedelta`.
- `Instant`: a `datetime`, an ISO 8601 string, or Unix seconds.
- `LogEntry`: a line of text, or `(seconds, text)`.
- `EventPattern`: the pattern of an EventBridge rule, as a dict or JSON.
- `Handler`: a function of `(event)`, or of `(event, context)` as on AWS Lambda.
"""

LOADED: Final = (
    "queues",
    "definitions",
    "compute_environments",
    "scheduling_policies",
    "consumable_resources",
    "service_environments",
    "quota_shares",
    "event_patterns",
    "state_machines",
    "ignored",
)

SECTIONS: Final = (
    Section(
        "Starting a mock",
        "",
        (
            function("mock_batch"),
            Entry("MockOptions"),
            Entry("MockBatch", ("start", "stop")),
            Entry("Options", is_callable=True),
            Entry("Policies", is_callable=True),
        ),
    ),
    Section(
        "BatchMock",
        "",
        (
            Entry("BatchMock", ("start", "stop", "attach", "reset")),
            Group(
                "Time",
                ("clock", "sleeps", "tick", "move_to", "step", "run", "run_until", "trio_clock"),
            ),
            Group("Scripts and holds", ("script", "override", "hold", "release")),
            Group(
                "Jobs, calls and records",
                (
                    "job",
                    "jobs",
                    "service_job",
                    "service_jobs",
                    "hosts",
                    "calls",
                    "transitions",
                    "events",
                    "subscribe",
                    "forward_events",
                    "logs",
                    "timeline",
                    "report",
                    "summary",
                    "unused_scripts",
                ),
            ),
            Group(
                "Assertions",
                ("assert_submitted", "assert_polite", "assert_scripts_used", "check_all_used"),
            ),
            Group("Resources", ("provision", "provision_service_jobs", "load")),
            Group("Other processes", ("serve", "reply_to")),
            Group(
                "Faults and outages",
                (
                    "inject",
                    "pending_faults",
                    "lag",
                    "expire",
                    "disturb_events",
                    "lose_host",
                    "exhaust",
                    "invalidate",
                    "restore",
                ),
            ),
        ),
    ),
    Section(
        "Views and records",
        "",
        (
            Entry("Clock", ("now", "epoch_ms")),
            Entry("Jobs", ("named", "only")),
            Entry("JobView", None),
            Entry("AttemptView", None),
            Entry("HostView", None),
            Entry("HostAmount"),
            Entry("ContainerRun"),
            Entry("ServiceJobs", ("named", "only")),
            Entry("ServiceJobView", None),
            Entry("ServiceAttemptView", None),
            Entry("Transition", ("at",)),
            Entry("Calls", ("of", "count")),
            Entry(
                "Call",
                ("at", "params", "body", "response"),
                fields=("operation", "error", "fault", "try_number", "request_id"),
            ),
            Entry("CallError"),
            Entry("Events", ("matching",)),
            Entry("Subscription", ("cancel",)),
            Entry("Script"),
            Entry("Provisioned"),
            Entry("ProvisionedServiceJobs"),
            Entry("Loaded", ("check",), fields=LOADED),
            Entry("LoadedResource", fields=()),
            Entry("ByName", ("only",)),
            Entry("CheckFinding", fields=()),
            Entry("Server", None),
            Entry("RawReply", fields=()),
        ),
    ),
    Section(
        "Names as types",
        "Use these in annotations of your own: a type checker finds misspelt names.\n",
        (
            Alias("JobStatus", "The statuses of a job, a `Literal`."),
            Alias("ServiceJobStatus", "Those of a service job, which has SCHEDULED in addition."),
            Alias("HoldStage", "The statuses at which `hold` can keep a job, a `Literal`."),
            Alias("Operation", "The names of the operations of AWS Batch, a `Literal`."),
            Alias("Event", "An EventBridge event: `dict[str, Any]`."),
        ),
    ),
    Section(
        "Timelines",
        "[The timeline](timeline.md) explains its marks and how it folds rows.\n",
        (
            Entry("Timeline", ("text", "show", "to_svg", "to_html", "to_trace")),
            Entry("Report"),
            Entry("Summary"),
            Entry("Waits"),
        ),
    ),
    Section(
        "Outcomes",
        "[The catalogue](outcomes.md) shows what DescribeJobs returns after each of them.\n",
        (
            *map(
                function,
                (
                    "succeed",
                    "fail",
                    "hang",
                    "call",
                    "out_of_memory",
                    "cannot_inspect",
                    "terminate_host",
                    "reclaim_spot",
                    "cannot_start",
                    "cannot_pull_image",
                    "cannot_create_container",
                    "cannot_initialize_resources",
                    "docker_timeout",
                    "in_containers",
                    "no_service_capacity",
                ),
            ),
            Entry("Outcome"),
            Entry("CallContext"),
        ),
    ),
    Section(
        "Faults",
        "[Faults](faults.md) shows what the client sees.\n",
        (
            *map(
                function,
                FAULTS,
            ),
            Entry("Fault"),
            Entry("PendingFault"),
        ),
    ),
    Section(
        "Exploring",
        "[Explore](explore.md) has the arguments, the tiers, and the kinds of findings.\n",
        (
            function("explore"),
            Entry("Exploration", None, fields=("findings", "runs", "seconds", "levels", "stopped")),
            Entry("Finding", None),
        ),
    ),
    Section(
        "Errors",
        "[Errors](errors.md) explains when each of them is raised.\n",
        (
            *map(
                Entry,
                (
                    "BatchMockError",
                    "StuckError",
                    "UnknownJobError",
                    "UnsupportedError",
                    "ProgramKilled",
                    "BatchMockWarning",
                ),
            ),
        ),
    ),
)


def page() -> str:
    """Return the text of the page."""
    classes = dict(_classes_of_the_package())
    lines = [INTRODUCTION, "<!-- Generated by docs/generate_api.py. -->\n<!-- fmt: off -->\n"]
    for section in SECTIONS:
        lines.append(f"## {section.title}\n")
        if section.text:
            lines.append(section.text)
        for entry in section.entries:
            if isinstance(entry, Group):
                lines.append(f"### {entry.title}\n")
                lines += _members(batchmock.BatchMock, entry.members)
            elif isinstance(entry, Alias):
                lines.append(f"### `batchmock.{entry.name}`\n\n{entry.text}\n")
            else:
                lines += _entry(entry, getattr(batchmock, entry.name, classes.get(entry.name)))
    return "\n".join(lines)


def _classes_of_the_package() -> Iterator[tuple[str, type]]:
    for module in pkgutil.walk_packages(batchmock.__path__, "batchmock."):
        if module.name.rpartition(".")[2] not in ("__main__", "pytest_plugin"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if inspect.isclass(value) and value.__module__ == module.name:
                    yield name, value


def _entry(entry: Entry, described: Any) -> Iterator[str]:
    """Describe a function, or a class with its fields and members."""
    public = f"batchmock.{entry.name}" if entry.name in batchmock.__all__ else entry.name
    yield f"### `{public}`\n"
    if entry.is_callable:
        yield _signature(entry.name, described)
    yield from _docstring(described, with_parameters=entry.is_callable)
    if not inspect.isclass(described):
        return
    fields = [] if entry.is_callable else [*_fields(described), *entry.fields]
    if fields:
        yield f"Attributes: {', '.join(f'`{name}`' for name in fields)}.\n"
    members = entry.members
    if members is None:
        members = tuple(_public_members(described))
    yield from _members(described, members)


def _fields(kind: type) -> list[str]:
    """Return the names of the public fields of a dataclass or named tuple."""
    if dataclasses.is_dataclass(kind):
        names: Iterable[str] = (field.name for field in dataclasses.fields(kind))
    else:
        names = getattr(kind, "_fields", ())
    return [name for name in names if not name.startswith("_")]


def _public_members(kind: type) -> Iterator[str]:
    """Yield the names of public properties and methods, those of base classes first."""
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("batchmock."):
            for name, value in vars(base).items():
                if not name.startswith("_") and (
                    isinstance(value, property) or inspect.isfunction(value)
                ):
                    yield name


def _members(kind: type, names: Iterable[str]) -> Iterator[str]:
    """Describe the properties of a class in a list, and then each of its methods."""
    found = [(name, inspect.getattr_static(kind, name)) for name in dict.fromkeys(names)]
    properties = [(name, value.fget) for name, value in found if isinstance(value, property)]
    if properties:
        yield "\n".join(_property(name, getter) for name, getter in properties) + "\n"
    for name, value in found:
        if not isinstance(value, property):
            yield f"#### `{name}`\n"
            signature = _signature(name, value)
            for variable, argument in _type_arguments(kind, value).items():
                signature = re.sub(rf"\b{variable}\b", argument, signature)
            yield signature
            yield from _docstring(value, with_parameters=True)


def _type_arguments(kind: type, method: Any) -> dict[str, str]:
    """Return what the type variables of an inherited method stand for in a class, by name."""
    arguments = {}
    for base in getattr(kind, "__orig_bases__", ()):
        variables = getattr(get_origin(base), "__parameters__", ())
        for variable, argument in zip(variables, get_args(base), strict=False):
            arguments[variable.__name__] = _text_of(argument)
    own = inspect.signature(method).parameters["self"].annotation
    if own is not inspect.Parameter.empty:
        arguments[_text_of(own)] = kind.__name__
    return arguments


def _property(name: str, getter: Callable[..., Any]) -> str:
    annotation = _text_of(inspect.signature(getter).return_annotation)
    text = " ".join((inspect.getdoc(getter) or "").split())
    return f"- `{name}` (`{annotation}`): {text}"


def _signature(name: str, described: Any) -> str:
    """Return the signature as a block of Python, on several lines if it is wide."""
    signature = inspect.signature(described)
    if name == "mock_batch":  # what its overloads say
        signature = signature.replace(return_annotation="MockBatch")
    parameters = list(_parameters(signature))
    returned = signature.return_annotation
    arrow = "" if returned is signature.empty or inspect.isclass(described) else _text_of(returned)
    end = f") -> {arrow}" if arrow else ")"
    line = f"{name}({', '.join(parameters)}{end}"
    if len(line) > WIDTH:
        line = "\n".join([f"{name}(", *(f"    {text}," for text in parameters), end])
    return f"```py\n{line}\n```\n"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    """Yield the parameters as they are written, with `/` and `*` where they belong."""
    previous = None
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        kind = parameter.kind
        if previous is parameter.POSITIONAL_ONLY and kind is not previous:
            yield "/"
        if kind is parameter.KEYWORD_ONLY and previous not in (kind, parameter.VAR_POSITIONAL):
            yield "*"
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(kind, "")
        text = stars + parameter.name
        if parameter.annotation is not parameter.empty:
            text += f": {_text_of(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            text += f" = {_default(parameter.default)}"
        yield text
        previous = kind
    if previous is inspect.Parameter.POSITIONAL_ONLY:
        yield "/"


def _default(value: object) -> str:
    """Write a default as it would be written in a signature."""
    if type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS" or " object at 0x" in repr(value):
        return "..."
    return repr(value).replace("datetime.timedelta", "timedelta")


def _text_of(annotation: Any) -> str:
    """Write an annotation, which is text or a forward reference in this package."""
    text = annotation if isinstance(annotation, str) else None
    text = (
        text
        or getattr(annotation, "__forward_arg__", None)
        or getattr(annotation, "__name__", None)
    )
    return str(annotation) if text is None else text


def _docstring(described: Any, *, with_parameters: bool) -> Iterator[str]:
    """Yield the paragraphs of a docstring, with its sections as lists."""
    text, sections = _split(inspect.getdoc(described) or "")
    yield text + "\n"
    for title, body in sections:
        if title != "Args" or with_parameters:
            yield f"{HEADINGS[title]}:\n" if _has_items(title) else f"{HEADINGS[title]}: {body}\n"
            if _has_items(title):
                yield _items(body) + "\n"


def _has_items(title: str) -> bool:
    return title in ("Args", "Attributes", "Raises")


def _split(docstring: str) -> tuple[str, list[tuple[str, str]]]:
    """Split a docstring into its text and its sections, which are dedented."""
    parts = re.split(rf"^({'|'.join(HEADINGS)}):\n", docstring, flags=re.MULTILINE)
    sections = [
        (title, inspect.cleandoc(body))
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
    ]
    return parts[0].strip(), sections


def _items(body: str) -> str:
    """Turn the items of a section into a list."""
    items = re.split(r"\n(?=\S)", body)
    return "\n".join(
        re.sub(r"^(\*{0,2}[\w.]+)(?: \(.*?\))?: ", r"- `\1`: ", " ".join(item.split()))
        for item in items
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
