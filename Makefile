# make demo: the whole bench on this machine.    make test: everything that must hold.
# Both make their own virtual environment first; nothing is installed outside of it, except python3-venv where
# Debian left it out and the caller is root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ORACLE := .venv-oracle
SECONDS_OF_DEMO ?= 30

# Threads of small products spin on a busy machine.
export OPENBLAS_NUM_THREADS := 1

.PHONY: demo test lock clean

demo: $(VENV)/installed
	$(BIN)/lamppost demo --seconds $(SECONDS_OF_DEMO)

test: $(VENV)/installed $(ORACLE)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal drivers dsp edge simulators
	$(BIN)/coverage run -m pytest hil_tests  # in real time, and so alone
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

$(VENV)/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Lamppost needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update && apt-get install -y python3-venv; \
	  else echo "python3-venv is missing. Install it with: sudo apt install python3-venv"; exit 2; fi
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# Another implementation of COSE, to hold ours against; it needs an older cbor2, so it has an environment of its own.
$(ORACLE)/installed: hil_tests/oracle/requirements.lock | $(VENV)/installed
	$(PYTHON) -m venv --clear $(ORACLE)
	$(ORACLE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	touch $@

# Resolves anew; only a developer needs it (and uv).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --upgrade --extra office --group dev -o requirements.lock pyproject.toml
	echo cwt | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --upgrade -o hil_tests/oracle/requirements.lock -

clean:
	rm -rf $(VENV) $(ORACLE) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
