"""Deploying to the local workspace: from nothing to a gateway that answers there."""
