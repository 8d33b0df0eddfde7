"""Weights, and the card that says where they come from and what they are worth."""
