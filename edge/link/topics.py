"""Where messages and receipts travel.

    lamppost/<node>/up          signed messages, node to gateway
    lamppost/<node>/receipt     signed receipts, gateway to node

Nothing that is believed depends on a topic: names come from what is signed.
"""


def up(prefix: str, node: str) -> str:
    """Topic of a node's messages; ``+`` for all nodes."""
    return f"{prefix}/{node}/up"


def receipt(prefix: str, node: str) -> str:
    """Topic of the receipts for a node."""
    return f"{prefix}/{node}/receipt"
