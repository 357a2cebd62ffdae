"""YAML with the short forms of CloudFormation: `!Ref`, `!Sub`, `!GetAtt`. The only user of PyYAML."""

from __future__ import annotations

from typing import Any, Final

from batchmock.errors import BatchMockError

#: The short forms whose long form does not begin with `Fn::`.
_PLAIN: Final = ("Ref", "Condition")


def yaml_documents(text: str, file: str) -> list[Any]:
    """
    Parse YAML.

    Raises:
        BatchMockError: the text is not YAML, or PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError as error:
        raise BatchMockError(
            f"batchmock: {file} is not JSON, and YAML needs PyYAML. "
            "Install it with `pip install batchmock[templates]`."
        ) from error

    class Loader(yaml.SafeLoader):
        """PyYAML's safe loader, which keeps dates as text and knows short forms."""

    # A template's `Version: 2012-10-17` is text.
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def long_form(loader: Loader, suffix: str, node: yaml.Node) -> Any:
        value: Any
        if isinstance(node, yaml.ScalarNode):
            value = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            assert isinstance(node, yaml.MappingNode)
            value = loader.construct_mapping(node, deep=True)
        if suffix == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {suffix if suffix in _PLAIN else f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", long_form)
    try:
        return [document for document in yaml.load_all(text, Loader) if document is not None]
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise BatchMockError(f"batchmock: {file} is neither JSON nor YAML: {problem}.") from error
