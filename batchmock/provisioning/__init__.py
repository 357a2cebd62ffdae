"""Resources that a test needs, created in one call with values that the service accepts."""
