"""Keys, signatures, chain: why a message is believed."""
