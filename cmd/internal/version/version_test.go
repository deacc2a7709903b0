package version

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for want, settings := range map[string][]debug.BuildSetting{
		release:                               nil,
		release + " (0123456789ab)":           {setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "false")},
		release + " (0123456789ab, modified)": {setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "true")},
	} {
		t.Run("version="+want, func(t *testing.T) {
			if got := of(&debug.BuildInfo{Settings: settings}); got != want {
				t.Errorf("got %s", got)
			}
		})
	}
}
