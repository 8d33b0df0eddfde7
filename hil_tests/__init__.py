"""Everything, from outside: the node against simulated hardware, or real with ``--port MODEL=PATH``."""
