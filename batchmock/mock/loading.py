"""Resources that a mock creates from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchmock.mock.parts import Parts

if TYPE_CHECKING:
    from batchmock.loading import Loaded, Source


class Loading(Parts):
    """Infrastructure as code, and what describe commands print."""

    def load(
        self,
        source: Source,
        parameters: Mapping[str, Any] | None = None,
        *,
        region: str | None = None,
    ) -> Loaded:
        """
        Create the Batch resources of a file: all of them, VALID at once, or none.

        Use it to test code against the infrastructure that it will run on, instead of rebuilding that in the
        test.

        Args:
            source: a path, text, or a parsed dict: a CloudFormation, SAM or CDK template (JSON or YAML),
                the output of `terraform show -json`, or the output of `aws batch describe-*` commands.
                YAML needs the extra `batchmock[templates]`.
            parameters: the values of a template's parameters that have no default, or other values.
            region: where, if not in the mock's own region.

        Returns:
            The resources by their names in the file.

        Raises:
            BatchMockError: the file cannot be read, a parameter has no value, or AWS Batch would refuse a
                resource; nothing has been created.
        """
        from batchmock.loading import load

        with self._lock:
            return load(self._region(region), source, parameters or {})
