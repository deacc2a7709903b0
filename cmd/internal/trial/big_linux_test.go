//go:build linux && (amd64 || arm64)

package trial

import (
	"maps"
	"os"
	"testing"
)

// TestBig: who counts in 32 bits is found by a stream of more than 4 GiB, and one that doesn't is not blamed.
func TestBig(t *testing.T) {
	if os.Getenv("YJOINT_LONG") == "" {
		t.Skip("moves more than 8 GiB: with YJOINT_LONG=1 it runs")
	}
	const name = "clean[at=8GiB+1]"
	for bug, want := range map[string]map[string]string{
		"counts in 32 bits": {name: "lost, silent; silent"},
		"none":              {},
	} {
		cells := Select(toyTemplate(t, bug), name, true)
		if bug == "none" {
			cells = Select(toyTemplate(t, bug), "reader-exits[pos=1,at=4GiB+1]", true)
		}
		if len(cells) != 1 {
			t.Fatalf("%d cells", len(cells))
		}
		if off := offCells(t, bug, cells); !maps.Equal(off, want) {
			t.Errorf("bug=%s: got %v, want %v", bug, off, want)
		}
	}
}
