"""Job queues, their scheduling policies, quota shares and snapshots."""
