"""Other implementations, in an environment of their own, because they need other versions of what we need."""
