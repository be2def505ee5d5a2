"""The control plane: what a workspace answers over HTTP."""
