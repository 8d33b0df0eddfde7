"""The sensors' own bytes, and faults. Encoders here are never shared with the drivers that decode them."""
