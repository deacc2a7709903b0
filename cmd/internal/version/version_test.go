package version

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	for module, want := range map[string]string{
		"":                                   unknown,
		"(devel)":                            unknown,
		"v1.2.3":                             "1.2.3",
		"v0.0.0-20260102030405-0123456789ab": "0.0.0-20260102030405-0123456789ab",
		"v1.2.4-0.20260102030405-0123456789ab+dirty": "1.2.4-0.20260102030405-0123456789ab+dirty",
	} {
		t.Run("module="+module, func(t *testing.T) {
			if got := of(&debug.BuildInfo{Main: debug.Module{Version: module}}); got != want {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestReleaseOfPackage: what the packages say goes before everything else.
func TestReleaseOfPackage(t *testing.T) {
	defer func() { release = "" }()
	release = "1.2.3"
	if got := Of(); got != "1.2.3" {
		t.Errorf("got %s", got)
	}
}
