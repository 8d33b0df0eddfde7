"""The city's side: verify, store, and only then say that it was received."""
