# Five recipes. `make check` is quick, `make test` is what continuous integration runs.
PYTHON ?= .venv/bin/python

.PHONY: check test accept new-rule bench
check: .venv
	$(PYTHON) -m pytest -n auto tests/test_code_quality.py tests/test_catalogue.py
test: .venv
	$(PYTHON) -m pytest -n auto
# Rewrite golden files from what the tool prints now; read the diff before committing it.
accept: .venv
	CONSTITUTION_LINT_ACCEPT=1 $(PYTHON) -m pytest -n auto tests/reporters tests/examples tests/test_readme.py
# make new-rule GATE=security-first RULE=weak-cipher
new-rule: .venv
	$(PYTHON) tests/scaffold.py $(GATE) $(RULE)
bench: .venv
	$(PYTHON) benchmarks/speed.py examples/lawful
.venv:
	python3 -m venv .venv && .venv/bin/pip install -q -U pip && .venv/bin/pip install -q -e . --group dev
