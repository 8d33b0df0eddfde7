"""A street to listen to: sources, propagation, an array of microphones."""

from simulators.street.scene import Event, Street

__all__ = ["Event", "Street"]
