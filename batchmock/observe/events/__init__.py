"""The events that AWS Batch sends to Amazon EventBridge."""
