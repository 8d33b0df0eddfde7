"""A street to listen to: sources, propagation, an array of microphones."""
