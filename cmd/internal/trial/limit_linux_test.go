//go:build linux && (amd64 || arm64)

package trial

import (
	"errors"
	"testing"
	"time"
)

// TestLimit: a tool that goes on and on, writing a little, is neither asleep nor spinning, and is ended at last.
func TestLimit(t *testing.T) {
	r := &Runner{Folder: t.TempDir(), Limit: 300 * time.Millisecond}
	tool := Tool{Name: "slow", Args: []string{"--", "sh"}}
	var err error
	if tool.Template, err = ParseTemplate([]string{"sh", "-c", "while printf x; do read -r _ || sleep 0.05; done"}, true); err != nil {
		t.Fatal(err)
	}
	_, err = r.Try(t.Context(), tool, Options{Scenario: "clean"})
	if !errors.Is(err, ErrOverdue) {
		t.Errorf("%v", err)
	}
}
