# From hand-written SQL to typed models. `make` alone lists the targets in the order of
# the flow. DATABASE_URL names the database; without it the project runs its own server.

PYTHON ?= python3
RUN := .venv/bin/python -m
# The name holds the checkout's path: a .venv that was moved with it is made anew.
READY := .venv/.ready-$(shell pwd | cksum | cut -d' ' -f1)
# What migrating needs is installed first; the rest when another target needs it.
BEGUN := $(subst ready,begun,$(READY))
# A .venv whose Python was removed from the system does not run any more.
BROKEN := $(shell test -x .venv/bin/python || echo broken)

.PHONY: help setup db-start db-stop psql new migrate credentials rotate rollback redo \
	status baseline squash reset codegen codegen-check lint docs verify drift posture \
	inspect monitor-login exporter review check test test-pgtap test-one mutants \
	mutants-python attack test-models soak kills bench bench-full bench-tools explain tour \
	newcomer backup backup-check restore-point restore drill drills dump restore-dump \
	upgrade clean $(BROKEN)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

$(READY): requirements.lock pyproject.toml tools/dev/install.py $(BROKEN)
	@$(PYTHON) -I tools/dev/install.py && touch $@

$(BEGUN): requirements.migrate.lock tools/dev/install.py $(BROKEN)
	@$(PYTHON) -I tools/dev/install.py migrate && touch $@

setup: $(READY) ## make .venv as requirements.lock says; the others do it when needed
	@echo ".venv is ready"

db-start: $(BEGUN) ## start the project's own PostgreSQL below .postgres/
	@$(RUN) tools.postgres start

db-stop: $(BEGUN) ## stop it; its data stay
	@$(RUN) tools.postgres stop

psql: $(BEGUN) ## open psql on the database
	@$(RUN) tools.postgres psql

new: $(READY) ## begin a migration: make new m=add_estimate_to_tasks
	@$(RUN) tools.migrate new "$(m)"

migrate: $(BEGUN) ## apply the migrations that are pending: all, or until=0007
	@$(RUN) tools.migrate apply $(if $(until),--until $(until))

credentials: $(BEGUN) ## write .env: login and signing key (restore=password, retire=1)
	@$(RUN) tools.credentials $(if $(env),--env-file "$(env)") \
		$(if $(restore),--restore-$(restore)) $(if $(retire),--retire-key $(retire))

rotate: $(BEGUN) ## a second signing key beside the first; what=password: another password
	@$(RUN) tools.credentials $(if $(env),--env-file "$(env)") --rotate-$(or $(what),key)

rollback: $(BEGUN) ## take the last migration back, or all after to=0007
	@$(RUN) tools.migrate rollback $(if $(to),--to $(to))

redo: $(BEGUN) ## apply the last one again after an edit; refused for a released one
	@$(RUN) tools.migrate redo $(if $(by),--by-$(by))

status: $(BEGUN) ## list the migrations, and what is applied
	@$(RUN) tools.migrate status

baseline: $(READY) ## take over a database that equals the migrations until=0007
	@$(RUN) tools.migrate baseline $(if $(until),--until $(until))

squash: $(READY) ## fold the migrations up to to=0007; unreleased: write the baseline
	@$(RUN) tools.migrate squash $(if $(to),--to "$(to)")

reset: $(BEGUN) ## delete the private server with its data, for a new one
	@$(RUN) tools.postgres remove

codegen: $(READY) ## write generated/ from the migrated schema: models, types, docs
	@$(RUN) tools.codegen

codegen-check: $(READY) ## fail if generated/ is not what codegen would write
	@$(RUN) tools.codegen --check

lint: $(READY) ## check style, types, and that no package imports what is above it
	@$(RUN) tools.dev.check lint

docs: $(READY) ## build the documentation as a site, build/site/index.html
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build && echo build/site/index.html

verify: $(READY) ## prove that sql/, migrations/ and generated/ say the same
	@$(RUN) tools.verify

drift: $(READY) ## compare the live database with sql/
	@$(RUN) tools.verify.drift

posture: $(READY) ## look whether the live database keeps every rule of sql/lints/
	@$(RUN) tools.verify.posture $(if $(about),--about $(about))

inspect: $(READY) ## what an operator asks, with verdicts: all=1, json=1, html=FILE, c=CHECK
	@$(RUN) tools.ops.inspect $(if $(all),--all) $(if $(json),--json) \
		$(if $(html),--html "$(html)") $(c)

monitor-login: $(READY) ## give todo_monitor a password, and pg_monitor: file=FILE
	@$(RUN) tools.ops.monitor.login $(if $(file),--file "$(file)")

exporter: $(READY) ## serve the metrics for Prometheus: listen=127.0.0.1:9187
	@$(RUN) tools.ops.monitor.exporter $(if $(listen),--listen $(listen))

review: $(READY) ## what the new migrations do, measured: make review BASE=main ROWS=20000
	@$(RUN) tools.review $(if $(BASE),--base $(BASE)) $(if $(ROWS),--rows $(ROWS))

check: $(READY) ## in a minute: lint, proofs, and the tests of what changed since main
	@$(RUN) tools.dev.check --changed

test: $(READY) ## run every check: lint, proofs, pgTAP and pytest on PostgreSQL 15 and 18
	@$(RUN) tools.dev.check

test-pgtap: $(READY) ## pgTAP alone, by pg_prove in Docker where an engine answers
	@$(RUN) tools.ops.pgprove $(if $(engine),--engine $(engine)) $(t)

backup: $(READY) ## back the server up: type=full, diff or incr; renew=1 after a new server
	@$(RUN) tools.ops.backup take $(if $(type),--type $(type)) $(if $(renew),--renew)

backup-check: $(READY) ## find what is wrong with the backups, also what verify overlooks
	@$(RUN) tools.ops.backup check

restore-point: $(READY) ## give this moment a name to restore to: name=before_0042
	@$(RUN) tools.ops.backup mark "$(name)"

restore: $(READY) ## TO=latest, a time with its zone, or a name: beside it, or replace=1
	@$(RUN) tools.ops.backup restore "$(TO)" $(if $(INTO),--into "$(INTO)") \
		$(if $(replace),--replace)

drill: $(READY) ## prove that the last backup can be restored, and write down when
	@$(RUN) tools.ops.backup drill

drills: $(READY) ## all drills on servers of their own: damage, loss, restore, on 15 and 18
	@TODO_TEST_DRILLS=all $(RUN) pytest -q -rP -p no:cacheprovider tests/python/tools/ops

dump: $(READY) ## write an encrypted dump, complete or refused (to=DIR)
	@$(RUN) tools.ops.backup dump $(if $(to),--to "$(to)")

restore-dump: $(READY) ## load a dump into an empty database: from=FILE key=FILE
	@$(RUN) tools.ops.backup load "$(from)" --identity "$(key)"

test-one: $(READY) ## run what t= names: make test-one t='tests/python/todo_db -m unit'
	@$(RUN) pytest -q -p no:cacheprovider $(t)

mutants: $(READY) ## break the schema, one promise at a time, and count what tests notice
	@$(RUN) tests.python.campaigns.schema_mutants
	@$(RUN) tests.python.campaigns.catalog_mutants

mutants-python: $(READY) ## break the Python, one place at a time: hours; only=, share=
	@$(RUN) tests.python.campaigns.python_mutants \
		$(if $(only),--only $(only)) $(if $(share),--share $(share))

attack: $(READY) ## as Alice, 50,000 statements on 15 and 18: does any tell of Bob?
	@$(RUN) tests.python.campaigns.oracle --pg 15
	@$(RUN) tests.python.campaigns.oracle --pg 18

test-models: $(READY) ## draw 1,000 values for each limit and rule, try all of the corpus
	@TODO_TEST_CASES=1000 $(RUN) pytest -q tests/python/generated
	@TODO_TEST_CORPUS=all TODO_TEST_BYTES=all $(RUN) pytest -q tests/python/tools/codegen

soak: $(READY) ## what takes long: 1,000 clients, 100,000 cancellations, API fuzzing
	@TODO_TEST_CLIENTS=1000 TODO_TEST_SECONDS=60 \
		$(RUN) pytest -q -rP tests/python/todo_db/test_load.py
	@TODO_TEST_TRANSACTIONS=100000 $(RUN) pytest -q tests/python/todo_db/test_leaks.py
	@TODO_TEST_SAMPLES=3000 \
		$(RUN) pytest -q -rP tests/python/security/test_accounts_time.py
	@TODO_TEST_EXAMPLES=30 $(RUN) pytest -q tests/python/todo_db/test_consumer.py
	@TODO_TEST_SESSIONS=400 $(RUN) pytest -q tests/python/security/test_sessions.py

kills: $(READY) ## kill migrations at random instants, 200 times, and see each converge
	@$(RUN) tests.python.campaigns.kills

bench: $(READY) ## speed beside others on the same data; the table of what is wanted
	@$(RUN) tools.bench run

bench-full: $(READY) ## the same with ten million tasks; goes on where it was cut off
	@$(RUN) tools.bench run --tasks 10000000 --keep --seconds 10 --rounds 5 \
		--updates 1000000 --json build/bench/full.json

bench-tools: $(READY) ## the figures behind docs/ of migrations, codegen and todo_db
	@$(RUN) tools.bench.migrate
	@$(RUN) tools.bench.blocking
	@$(RUN) tools.bench.codegen
	@$(RUN) pytest -q -rP tests/python/todo_db/test_costs.py \
		tests/python/todo_db/test_round_trips.py

explain: $(READY) ## what the database does for a query of the mix: make explain q=overdue
	@$(RUN) tools.bench explain "$(q)" $(if $(user),--user $(user))

tour: $(READY) ## live through a first day of two people, through todo_db alone
	@$(RUN) tools.dev.tour

newcomer: $(READY) ## do what the pages say, in a bare checkout, as a newcomer would
	@$(RUN) tests.python.campaigns.newcomer $(part)

upgrade: $(READY) ## raise requirements.lock to the newest versions that pyproject.toml allows
	@$(RUN) tools.dev.lock

clean: ## remove what can be made again; the database stays
	@test ! -x .venv/bin/python || $(RUN) tools.postgres stop
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
