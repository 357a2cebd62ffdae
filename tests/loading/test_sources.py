from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError

TEMPLATE = {
    "Resources": {
        "Env": {
            "Type": "AWS::Batch::ComputeEnvironment",
            "Properties": {"Type": "UNMANAGED", "ServiceRole": "batch"},
        }
    }
}


@pytest.mark.parametrize("kind", ["dict", "text", "path", "name", "yaml"])
def test_reads_every_source(mock: BatchMock, tmp_path: Path, kind: str) -> None:
    """A dict, text, a `Path` and a file name are equivalent, in JSON and in YAML."""
    path = tmp_path / "Batch.template.json"
    path.write_text(json.dumps(TEMPLATE), encoding="utf-8")
    yaml = (
        "Resources: {Env: {Type: 'AWS::Batch::ComputeEnvironment', "
        "Properties: {Type: UNMANAGED, ServiceRole: batch}}}\n"
    )
    sources: dict[str, Any] = {
        "dict": TEMPLATE,
        "text": json.dumps(TEMPLATE),
        "path": path,
        "name": str(path),
        "yaml": yaml,
    }
    assert mock.load(sources[kind]).compute_environments["Env"].name == "Env"


def test_a_missing_file(mock: BatchMock) -> None:
    """A file that does not exist is an error that names it."""
    with pytest.raises(BatchMockError, match=r"load\(\) cannot read 'nowhere.json'"):
        mock.load("nowhere.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str, mock: BatchMock, tmp_path: Path) -> None:
    """Files of Windows are read: UTF-8 with a mark, and UTF-16, as PowerShell redirects output."""
    path = tmp_path / "template.json"
    path.write_text(json.dumps(TEMPLATE), encoding=encoding)
    assert mock.load(path).compute_environments["Env"].name == "Env"


def test_a_folder(mock: BatchMock, tmp_path: Path) -> None:
    """A folder is an error that names the templates in it."""
    (tmp_path / "Nightly.template.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BatchMockError, match=r"is a folder\. It has Nightly\.template\.json\."):
        mock.load(tmp_path)


@pytest.mark.parametrize("source", [None, 5, b"{}"])
def test_another_type(mock: BatchMock, source: Any) -> None:
    """What is neither path, text nor dict is an error that says what to pass."""
    with pytest.raises(BatchMockError, match="Pass a path, text, or a parsed dict"):
        mock.load(source)


def test_neither_json_nor_yaml(mock: BatchMock) -> None:
    """Text that cannot be parsed is an error that shows the position."""
    with pytest.raises(
        BatchMockError, match=r"the text is not JSON: Expecting value: line 1 column 6"
    ):
        mock.load('{"a":')


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ({"Resources": {}, "Parameters": "none"}, "CloudFormation"),
        ({"planned_values": 5}, "output of `terraform show -json`"),
        (
            {"planned_values": {"root_module": {"resources": [{}]}}},
            "output of `terraform show -json`",
        ),
        ({"jobQueues": 5}, "output of describe commands"),
    ],
)
def test_another_structure(mock: BatchMock, source: Any, name: str) -> None:
    """A malformed file is an error, never a traceback from inside."""
    with pytest.raises(BatchMockError) as raised:
        mock.load(source)
    assert str(raised.value).startswith(f"batchmock: the dict is not well-formed {name}: ")


def test_a_value_that_json_cannot_have(mock: BatchMock) -> None:
    """A parsed dict may contain only JSON values."""
    properties = {"Type": "UNMANAGED", "ServiceRole": {1, 2}}
    kind = "AWS::Batch::ComputeEnvironment"
    with pytest.raises(BatchMockError, match=r"resource 'Env' has a value that JSON cannot have"):
        mock.load({"Resources": {"Env": {"Type": kind, "Properties": properties}}})


def test_none_of_the_forms(mock: BatchMock) -> None:
    """Other documents are refused, and the message lists the forms that can be loaded."""
    with pytest.raises(BatchMockError, match=r"is none of the forms .* Its keys are 'a'"):
        mock.load({"a": 1})


def test_yaml_without_pyyaml(mock: BatchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML the error says what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(BatchMockError, match=r"pip install batchmock\[templates\]"):
        mock.load("Resources:\n  A: {}\n")


def test_unknown_names_are_explained(mock: BatchMock) -> None:
    """The error for a resource that was not loaded lists those that were."""
    loaded = mock.load(TEMPLATE)
    with pytest.raises(KeyError, match="no compute environment 'Other' was loaded; loaded: 'Env'"):
        loaded.compute_environments["Other"]
    assert "Other" not in loaded.compute_environments


def test_the_only_one(mock: BatchMock) -> None:
    """`only()` returns the single resource of a kind, and raises for none."""
    loaded = mock.load(TEMPLATE)
    assert loaded.compute_environments.only().name == "Env"
    with pytest.raises(BatchMockError, match=r"only\(\) needs exactly one job queue"):
        loaded.queues.only()


def test_another_region(mock: BatchMock) -> None:
    """`region` loads into another region than the mock's own."""
    loaded = mock.load(TEMPLATE, region="eu-west-1")
    assert loaded.compute_environments["Env"].arn.startswith("arn:aws:batch:eu-west-1:")


@pytest.mark.parametrize(
    "text",
    [
        '{"Resources": ' + "[" * 100_000 + "]" * 100_000 + "}",
        "Resources:\n  " + "[" * 5_000 + "]" * 5_000,
        "Resources:\n  Job:\n    Type: AWS::Batch::JobDefinition\n"
        "    Properties: &again {Type: container, Parameters: *again}",
    ],
    ids=["json", "yaml", "alias"],
)
def test_too_deep(mock: BatchMock, text: str) -> None:
    """A file that is nested too deeply, or contains itself, is an error that names it."""
    with pytest.raises(BatchMockError, match=r"the text .*is nested more deeply"):
        mock.load(text)


def test_a_list_of_itself(mock: BatchMock) -> None:
    """A list that contains itself is an error too."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(BatchMockError, match="the list contains itself"):
        mock.load(endless)


def test_a_line_that_is_no_path(mock: BatchMock) -> None:
    """One line of text is a path, and one that is too long for that is an error."""
    with pytest.raises(BatchMockError, match=r"load\(\) cannot read 'Resources: xxx"):
        mock.load("Resources: " + "x" * 5_000)
