"""What a message can say, and its bytes. Knows no key, no disk and no network."""
