package core

import (
	"fmt"
	"os"
	"testing"
)

// OSPipe returns a pipe as Go makes it: each end knows of Go's poller. The reader is closed with the test.
func OSPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, w
}

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
