"""Compute environments: create, describe, update, delete."""
