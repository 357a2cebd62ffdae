"""Resources that a test needs, made in one call with values that the service accepts."""
