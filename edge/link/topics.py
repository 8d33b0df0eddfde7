"""Where messages and receipts travel.

    lamppost/<node>/up          signed messages, node to gateway
    lamppost/<node>/receipt     signed receipts, gateway to node
    lamppost/incidents          signed incidents, gateway to whoever acts on them

Nothing that is believed depends on a topic: names come from what is signed.
"""


def up(prefix: str, node: str) -> str:
    """Topic of a node's messages; ``+`` for all nodes."""
    return f"{prefix}/{node}/up"


def receipt(prefix: str, node: str) -> str:
    """Topic of the receipts for a node."""
    return f"{prefix}/{node}/receipt"


def incidents(prefix: str) -> str:
    """Topic of what the gateway located."""
    return f"{prefix}/incidents"
