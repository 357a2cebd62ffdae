"""The events that AWS Batch sends to Amazon EventBridge, and the patterns that select them."""
