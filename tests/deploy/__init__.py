"""Every place the gateway may be put: what says how, checked and carried out as far as this machine goes."""
