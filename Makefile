# The contract: build, run, test, bench, fmt, lint.
.PHONY: build run test test-browser test-journeys screenshots test-api bench fmt lint check-format assets fuzz

SOURCES := $(shell git ls-files --cached --others --exclude-standard '*.go' '*.sql' '*.yaml' '*.html' '*.txt' go.mod go.sum)
STATICCHECK := v0.8.2
GOVULNCHECK := v1.9.0

STYLES  := $(wildcard assets/build.mjs assets/js/* assets/sass/* assets/static/*)

build: bin/chancery

# Style sheets, scripts and fonts need Node; they end up inside the binary.
assets: assets/build/.done
assets/node_modules/.package-lock.json: assets/package.json assets/package-lock.json
	@cd assets && npm ci --ignore-scripts --silent && touch node_modules/.package-lock.json
assets/build/.done: $(STYLES) assets/node_modules/.package-lock.json
	@cd assets && QUIET=1 npm run --silent build
	@touch $@

bin/chancery: assets/build/.done $(SOURCES)
	@mkdir -p bin
	go build -trimpath -o $@ ./cmd/chancery

run: build
	bin/chancery demo --addr 127.0.0.1:8080 --dir var/demo

check-format:
	@bad=$$(gofmt -l assets cmd internal test); if [ -n "$$bad" ]; then echo "make fmt would change: $$bad"; exit 1; fi

test: check-format assets/build/.done
	go vet ./...
	go run ./test/withpostgres -- go test -timeout 20m ./...
	go run ./test/withpostgres -- go test -race -timeout 20m ./internal/store/... ./internal/booking ./internal/audit ./internal/web
	@$(MAKE) --no-print-directory test-browser
	@$(MAKE) --no-print-directory test-api

# In a real Chromium.
test-browser: assets/build/.done
	go test -tags browser -timeout 10m ./assets ./internal/web/identityweb ./internal/web/deskweb
	@$(MAKE) --no-print-directory test-journeys

# Applicants and staff from the first page to the last, and every link.
test-journeys: build test/browser/node_modules/.package-lock.json
	cd test/browser && node --test --test-reporter=spec
test/browser/node_modules/.package-lock.json: test/browser/package.json test/browser/package-lock.json
	@cd test/browser && npm ci --ignore-scripts --silent && touch node_modules/.package-lock.json

# The pictures of docs/screenshots, anew.
screenshots: build test/browser/node_modules/.package-lock.json
	cd test/browser && node screenshots.mjs

# Fuzzed from its OpenAPI document, by a program of others.
test-api: build
	test/api/run

# What fails is kept under testdata/fuzz, where every later "make test" finds it.
FUZZTIME ?= 10s
fuzz:
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' internal); do \
	  for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' $$file); do \
	    echo "$$name in $$(dirname $$file)"; \
	    go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s ./$$(dirname $$file); \
	  done; done

bench: build
	go run ./test/withpostgres -durable -- bin/chancery bench booking
	go run ./test/withpostgres -durable -- bin/chancery bench saving
	bin/chancery bench page

fmt:
	gofmt -w assets cmd internal test

lint: check-format
	go vet -tags browser ./...
	go run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) -tags browser ./...
	@found=$$(go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./... 2>&1) && echo "$$found" || case "$$found" in \
	  *"exit status 3"*) echo "$$found"; exit 1;; \
	  *) echo "govulncheck could not run here, so known vulnerabilities were not looked for";; esac
