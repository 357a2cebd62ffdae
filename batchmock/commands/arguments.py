"""Arguments shared by several subcommands."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping, Sequence

from batchmock.errors import BatchMockError
from batchmock.loading import Loaded, declared_parameters, read
from batchmock.mock import BatchMock


def parameter(text: str) -> tuple[str, str]:
    """Parse `NAME=VALUE`."""
    name, separator, value = text.partition("=")
    if not name or not separator:
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def load_files(
    mock: BatchMock, files: Sequence[str], parameters: Mapping[str, str]
) -> list[Loaded]:
    """
    Load files one after another, each with the parameters that it declares.

    Raises:
        BatchMockError: a file cannot be loaded, or no file declares a parameter.
    """
    if len(files) == 1:
        return [mock.load(files[0], parameters)]
    # A pipe, as of a process substitution, can be read only once.
    documents = [read(file) for file in files]
    declared = [declared_parameters(document) for document in documents]
    known = dict.fromkeys(name for names in declared for name in names)
    unknown = [name for name in parameters if name not in known]
    if files and unknown:
        raise BatchMockError(
            f"batchmock: no file has a parameter {unknown[0]!r}. The parameters of the files are "
            f"{', '.join(map(repr, known)) or 'none'}."
        )
    return [
        mock.load(document, {name: parameters[name] for name in names if name in parameters})
        for document, names in zip(documents, declared, strict=True)
    ]
