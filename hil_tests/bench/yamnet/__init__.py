"""YAMNet beside our own networks: see ``hil_tests.bench.yamnet.__main__``."""
