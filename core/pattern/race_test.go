//go:build race

package pattern_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"yjoint/core/pattern"
)

// racedVar names, in the environment of the test binary, the race to run.
const racedVar = "PATTERN_RACED"

// TestRacesAreSeen: the race detector still sees who touches a buffer while the fast paths, which it doesn't follow, fill or compare it.
func TestRacesAreSeen(t *testing.T) {
	p := make([]byte, 4096)
	pattern.Fill(p, 1, 1<<40, 0)
	races := map[string]func(){
		"":       func() {},
		"fill":   func() { pattern.Fill(p, 1, 1<<40, 0) },
		"verify": func() { pattern.NewVerifier(1).Write(p) },
	}
	if name, ok := os.LookupEnv(racedVar); ok {
		same := p[len(p)/2] // another byte would end the fast path there
		var wg sync.WaitGroup
		wg.Go(races[name])
		wg.Go(func() { p[len(p)/2] = same })
		wg.Wait()
		return
	}
	for name := range races {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRacesAreSeen$")
		cmd.Env = append(os.Environ(), racedVar+"="+name, "GORACE=atexit_sleep_ms=0")
		out, err := cmd.CombinedOutput()
		if seen, want := strings.Contains(string(out), "DATA RACE"), name != ""; seen != want || (err != nil) != want {
			t.Errorf("%q: race seen: %v, want %v; %v\n%s", name, seen, want, err, out)
		}
	}
}
