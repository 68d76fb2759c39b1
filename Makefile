# Halo needs Python 3.11 or newer and make; everything else is installed into .venv (and .cache for the tests).
PYTHON ?= python3
PYTEST ?= -n logical --maxprocesses=4
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Compiled modules are kept: without them every start costs a second more.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run test check fix bench soak pictures lock clean

help:            ## What there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10

run: .venv       ## Start Halo with the demo data
	@.venv/bin/python -m halo.serve

test: .venv      ## Install what the tests need, then run them all (a subset: make test PYTEST="-k consent")
	@$(PYTHON) scripts/bootstrap.py dev
	@.venv/bin/python -m tests.support.provision
	@.venv/bin/python -m pytest $(PYTEST)

check: .venv     ## What CI runs: format, lint, types, then the tests
	@$(PYTHON) scripts/bootstrap.py dev
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@$(MAKE) --no-print-directory test

fix: .venv       ## Format, and repair what the linter can
	@$(PYTHON) scripts/bootstrap.py dev
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

bench: .venv     ## Measure the call path, connected servers and the audit pages (one of them: make bench servers)
	@$(PYTHON) scripts/bootstrap.py dev
	@for part in $(or $(filter $(BENCHES),$(MAKECMDGOALS)),calls servers audit); do \
		.venv/bin/python -m tests.bench $$part $(BENCH) || exit; done

# Words after `make bench`, nothing by themselves.
BENCHES = calls servers audit telemetry
.PHONY: $(BENCHES)
$(BENCHES): ;@:

soak: .venv      ## Ten minutes of mixed traffic with a fault every ten seconds (SOAK="--database postgresql")
	@$(PYTHON) scripts/bootstrap.py dev
	@.venv/bin/python -m tests.soak $(SOAK)

pictures: .venv  ## A picture of every page, two widths, both themes, into pictures/
	@$(PYTHON) scripts/bootstrap.py dev
	@.venv/bin/python -m tests.pages.pictures

lock:            ## Write requirements*.txt from pyproject.toml
	@scripts/lock

clean:           ## Remove everything installed (never ./instance)
	@rm -rf .venv .cache .mypy_cache .ruff_cache

.PHONY: .venv
.venv:
	@$(PYTHON) scripts/bootstrap.py run
