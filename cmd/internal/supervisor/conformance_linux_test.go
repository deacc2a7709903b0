//go:build linux && (amd64 || arm64)

package supervisor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yjoint/cmd/internal/conformance"
	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// TestConformance runs the programs and plans that all back ends must agree on.
func TestConformance(t *testing.T) {
	random := 300
	if testing.Short() {
		random = 50
	}
	all := append(conformance.Cases(), conformance.Random(1, random)...)
	for part := range slices.Chunk(all, 120) {
		conform(t, part)
	}
}

// TestWithoutKcmp is what must hold where Docker's default profile refuses kcmp(2) as well.
func TestWithoutKcmp(t *testing.T) {
	withoutKcmp = true
	defer func() { withoutKcmp = false }()
	conform(t, conformance.Random(2, 60))
	t.Run("deeds", TestDeeds)
}

func conform(t *testing.T, cases []conformance.Case) {
	dir := t.TempDir()
	var specs []ledger.Spec
	var programs []conformance.Program
	for i, c := range cases {
		c.Path = filepath.Join(dir, fmt.Sprintf("c%d", i))
		programs = append(programs, c.Program)
		if len(c.Plan.Rules) == 0 {
			continue
		}
		s, err := ledger.Parse(fmt.Sprintf("c%d=%v", i, c.Plan), fault.ForExec, true, dir)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s)
	}
	cmd, err := conformance.Command(dir, programs)
	if err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(dir, "outcomes")
	r, err := Start(Options{Path: "/bin/sh", Args: []string{"sh", "-c", `exec "$0" >"$1"`, cmd.Path, output}, Env: cmd.Env, Ledger: ledger.New(specs)})
	if err != nil {
		t.Fatal(err)
	}
	<-r.Process().Gone()
	if _, err := r.Conclude(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := conformance.Read(text)
	if err != nil || len(outcomes) != len(cases) {
		t.Fatalf("%d outcomes of %d: %v", len(outcomes), len(cases), err)
	}
	for i, c := range cases {
		want, err := conformance.Expect(c.Plan, c.Program)
		if diff := cmp.Diff(want, outcomes[i]); diff != "" || err != nil {
			t.Errorf("%v: %v (-fault.Writer +exec)\n%s", c, err, diff)
		}
		stored, err := os.ReadFile(programs[i].Path)
		if err == nil {
			err = conformance.Check(stored, programs[i], outcomes[i])
		}
		if err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}
