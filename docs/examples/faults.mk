# Tests what a program does when its outputs fail. In your Makefile: set what stands first here, `include faults.mk`, and then
# `make check-faults`, also with -j. Where faultsink is missing that says so and does nothing; where CI is set, it fails.
FAULTS_TOOL ?= ./mytool
FAULTS_ERRNOS ?= ENOSPC EDQUOT EIO
FAULTS_SCENARIOS ?= reader-*

check-faults: $(FAULTS_ERRNOS:%=check-faults-%) check-faults-trial

# Must tell of a full or broken disk by its exit status, and give its standard output every byte all the same.
$(FAULTS_ERRNOS:%=check-faults-%): check-faults-%:
	@command -v faultsink >/dev/null || { echo "$@: skipped: no faultsink in PATH"; [ -z "$$CI" ]; exit; }; \
	dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && seq 1000000 >"$$dir/input" && \
	faultsink exec --fault 'copy=at 1MB $*' --expect-exit nonzero -- \
		$(FAULTS_TOOL) "$$dir/copy" <"$$dir/input" >"$$dir/whole" && \
	cmp "$$dir/input" "$$dir/whole" && echo "$@: passed"

# Must not do worse than `make record-faults` has recorded in faults.expect, a file to be committed.
check-faults-trial:
	@command -v faultsink >/dev/null || { echo "$@: skipped: no faultsink in PATH"; [ -z "$$CI" ]; exit; }; \
	faultsink trial --scenario '$(FAULTS_SCENARIOS)' --expect faults.expect -- $(FAULTS_TOOL) {out} {out}

# Status 1 says that not all is good.
record-faults:
	faultsink trial --scenario '$(FAULTS_SCENARIOS)' --write-expect faults.expect -- $(FAULTS_TOOL) {out} {out} >/dev/null || [ $$? -eq 1 ]

.PHONY: check-faults check-faults-trial record-faults $(FAULTS_ERRNOS:%=check-faults-%)
