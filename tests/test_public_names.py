from __future__ import annotations

import inspect

import pytest

import batchmock

#: Types without a docstring of their own; the page of the API describes them.
ALIASES = ("Event", "HoldStage", "JobStatus", "Operation", "ServiceJobStatus")


def test_all_is_sorted() -> None:
    """`__all__` is sorted and names each name once."""
    assert batchmock.__all__ == sorted(set(batchmock.__all__))


@pytest.mark.parametrize("name", batchmock.__all__)
def test_name_is_documented(name: str) -> None:
    """Each public name exists and has a docstring."""
    if name in ALIASES:
        return
    documentation = inspect.getdoc(getattr(batchmock, name))
    assert documentation
    assert documentation.split("\n")[0].endswith((".", ":"))


def public_members() -> list[tuple[str, str]]:
    """Return the public attributes of the public classes and of their bases in this package."""
    return [
        (name, member)
        for name in batchmock.__all__
        if inspect.isclass(getattr(batchmock, name))
        for base in getattr(batchmock, name).__mro__
        if base.__module__.startswith("batchmock")
        for member, value in vars(base).items()
        if not member.startswith("_") and (callable(value) or isinstance(value, property))
    ]


@pytest.mark.parametrize(("name", "member"), public_members())
def test_member_is_documented(name: str, member: str) -> None:
    """Each public method and property of a public class has a docstring."""
    assert inspect.getdoc(getattr(getattr(batchmock, name), member))


def test_names_that_are_not_exported() -> None:
    """All other names in `batchmock` are its modules or future imports."""
    others = {
        name
        for name, value in vars(batchmock).items()
        if not name.startswith("_") and name not in batchmock.__all__
        if not inspect.ismodule(value)
    }
    assert others == {"Any", "TYPE_CHECKING", "annotations"}
