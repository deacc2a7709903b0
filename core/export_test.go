package core

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the tests on the path that YJOINT_PATH asks for: "portable", or whatever the system has.
func TestMain(m *testing.M) {
	switch path := os.Getenv("YJOINT_PATH"); path {
	case "", "portable":
		portableOnly = path != ""
	default:
		fmt.Fprintf(os.Stderr, "YJOINT_PATH is %q: want portable, or nothing\n", path)
		os.Exit(2)
	}
	// An engine that panics in a simulation ends the process: its trace tells the goroutine's seed.
	os.Setenv("GODEBUG", os.Getenv("GODEBUG")+",tracebacklabels=1")
	os.Exit(m.Run())
}
