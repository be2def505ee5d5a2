"""The preflight: causes made in the local workspace, found, mended as it says, and found mended."""
