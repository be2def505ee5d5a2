"""Lakebase alone: settings, tokens, the control plane, connections."""
