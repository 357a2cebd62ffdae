"""Resources that a mock creates from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchmock.mock.parts import Parts

if TYPE_CHECKING:
    from batchmock.loading import Loaded, Source


class Loading(Parts):
    """Resources from infrastructure as code, or from the output of describe commands."""

    def load(
        self,
        source: Source,
        parameters: Mapping[str, Any] | None = None,
        *,
        region: str | None = None,
    ) -> Loaded:
        """
        Create all Batch resources of a file, VALID at once; on any error create none.

        Use it to test code against its real infrastructure, instead of rebuilding that in the test.

        Args:
            source: a path, text, or a parsed dict: a CloudFormation, SAM or CDK template (JSON or YAML),
                the output of `terraform show -json`, or the output of `aws batch describe-*` commands.
                YAML needs the extra `batchmock[templates]`.
            parameters: values for a template's parameters, required for those without a default.
            region: the region, by default that of the mock.

        Returns:
            The resources by their names in the file.

        Raises:
            BatchMockError: the file cannot be read, a parameter has no value, or AWS Batch would refuse a
                resource; nothing has been created.
        """
        from batchmock.loading import load

        with self._lock:
            return load(self._region(region), source, parameters or {})
