# What stands behind ## is what `make help` says about a target.

FUZZTIME ?= 2s
RUNS     ?= 11
SOCKETS  ?= 100000
SLOW     ?=
FAULTS   ?=
FOR      ?= 15m
TCPSTAT  ?= build/tcpstat

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.PHONY: help check test bench fuzz golden docs lab healthy faults \
	format vet race fresh bench-once fuzz-smoke build/tcpstat

help: ## list the targets (the default)
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

check: format vet race fresh bench-once fuzz-smoke ## everything that CI asks for
	@echo "check: all well"

# A run in which no package has a test is a failure.
some_test = awk '!/\[no test files\]$$/ { print } /^ok/ && !/\[no tests to run\]$$/ { n++ } \
	END { if (!n) { print "no test ran"; exit 1 } }'

test: ## run the tests, those on the real kernel included
	@go test ./... | $(some_test)

format:
	@files=$$(go tool gofumpt -l .); \
	[ -z "$$files" ] || { echo "not formatted, run go tool gofumpt -w on:"; echo "$$files"; exit 1; }

vet:
	@go vet ./...
	@go tool staticcheck ./...

# The race detector needs cgo.
race:
	@if command -v gcc >/dev/null; then \
		CGO_ENABLED=1 go test -race ./... | $(some_test); \
	else \
		echo "no gcc: tests run without the race detector"; \
		go test ./... | $(some_test); \
	fi

# Generated pages are fresh if generating them again changes nothing.
fresh:
	@mkdir -p docs; old=$$(mktemp -d); trap 'rm -r "$$old"' EXIT; cp -r docs/. "$$old"; \
	$(MAKE) --no-print-directory docs; \
	diff -r "$$old" docs || { echo "docs/ was stale and is written again: commit it"; exit 1; }

bench-once:
	@out=$$(go test -bench=. -benchtime=1x -run='^$$' ./...) || { echo "$$out"; exit 1; }; \
	echo "$$(grep -c '^Benchmark' <<<"$$out" || true) benchmarks run"

bench: $(TCPSTAT) ## compare with ss: SOCKETS=100000 RUNS=11 SLOW=-slow TCPSTAT=build/tcpstat
	@go build -o build/ ./internal/herd ./internal/compare
	@build/herd -sockets 0 -- build/compare -tcpstat $(TCPSTAT) -runs $(RUNS)
	@build/herd -sockets $(SOCKETS) -- build/compare -tcpstat $(TCPSTAT) -runs $(RUNS) $(SLOW)

build/tcpstat:
	@CGO_ENABLED=0 go build -trimpath -o $@ ./cmd/tcpstat

fuzz-smoke:
	@.ci/fuzz $(FUZZTIME)

fuzz: FUZZTIME = 60s
fuzz: ## fuzz every target for FUZZTIME=60s
	@.ci/fuzz $(FUZZTIME)

# Packages with goldens have them compared by internal/golden, which has the flag.
golden: ## write the expected outputs of tests again
	@files=$$(grep -rl --include='*_test.go' 'golden\.Check(' .) || { echo "no package has goldens"; exit; }; \
	go test $$(xargs -n1 dirname <<<"$$files" | sort -u) -update

lab: ## stage faults and give points: FAULTS="-v close-wait-never-reads"
	@go run ./lab $(FAULTS)

healthy: ## look for false alarms under a healthy load: FOR=15m
	@go run ./lab -healthy $(FOR)

faults: ## stage all faults and write docs/faults.md: some ten minutes
	@go run ./lab -docs docs/faults.md

docs: ## write the generated pages again
	@go generate ./...
