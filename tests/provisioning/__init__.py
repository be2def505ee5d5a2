"""Lakebase databases made and looked after, through the real SDK and a local control plane."""
