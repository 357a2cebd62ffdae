"""Read sources, which are paths, texts or dicts, as documents."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, NamedTuple

from batchmock.errors import BatchMockError


class Document(NamedTuple):
    """
    A parsed source.

    Attributes:
        file: its name for messages.
        name: the name of the stack, for a template without one.
        contents: the documents, in order.
    """

    file: str
    name: str
    contents: list[Any]


Source = str | os.PathLike[str] | Mapping[str, Any] | list[Any] | Document


def read(source: Source, reader: str = "load()") -> Document:
    """
    Read a source.

    Args:
        source: a path, text or parsed JSON; or a document, which is returned.
        reader: what reads it, for messages.

    Raises:
        BatchMockError: the file does not exist, or is neither JSON nor YAML.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, Mapping):
        return Document("the dict", "stack", [source])
    if isinstance(source, list):
        return Document("the list", "stack", source)
    if not isinstance(source, (str, os.PathLike)):
        raise BatchMockError(
            f"batchmock: {reader} was called with {source!r}. Pass a path, text, or a parsed dict."
        )
    if isinstance(source, os.PathLike) or _is_path(source):
        path = Path(source)
        try:
            if path.is_dir():
                raise BatchMockError(_is_a_folder(path, reader))
            text = _decoded(path.read_bytes())
        except (OSError, ValueError) as error:
            raise BatchMockError(
                f"batchmock: {reader} cannot read {str(path)!r}: {error}."
            ) from error
        return Document(str(path), path.name.partition(".")[0], _parsed(text, str(path)))
    return Document("the text", "stack", _parsed(source, "the text"))


def _decoded(contents: bytes) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark, as Windows PowerShell redirects output to a file."""
    is_utf_16 = contents.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return contents.decode("utf-16" if is_utf_16 else "utf-8-sig")


def _is_a_folder(path: Path, reader: str) -> str:
    """Return the message for a folder, which names the templates in it."""
    found = sorted(item.name for item in path.glob("*.template.json"))
    listed = f" It has {', '.join(found)}." if found else ""
    return f"batchmock: {reader} needs a file, and {str(path)!r} is a folder.{listed}"


def _is_path(text: str) -> bool:
    return "\n" not in text and not text.lstrip().startswith(("{", "["))


def _parsed(text: str, file: str) -> list[Any]:
    try:
        return _json_or_yaml(text, file)
    except RecursionError as error:
        raise BatchMockError(
            f"batchmock: {file} is nested more deeply than Python can read."
        ) from error


def _json_or_yaml(text: str, file: str) -> list[Any]:
    if text.lstrip().startswith(("{", "[")):
        try:
            return _json_documents(text)
        except JSONDecodeError as error:
            json_error = error
    else:
        json_error = None
    from batchmock.loading.yaml_documents import yaml_documents

    try:
        return yaml_documents(text, file)
    except BatchMockError:
        if json_error is None:
            raise
        raise BatchMockError(f"batchmock: {file} is not JSON: {json_error}.") from json_error


def _json_documents(text: str) -> list[Any]:
    """Parse concatenated JSON documents, as printed by several calls of the AWS CLI."""
    decoder = JSONDecoder()
    documents = []
    rest = text.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        documents.append(document)
        rest = rest[end:].lstrip()
    return documents
