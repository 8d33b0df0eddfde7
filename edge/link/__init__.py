"""Sessions on a wire that the node and the gateway both speak."""
