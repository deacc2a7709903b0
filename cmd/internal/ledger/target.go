// Package ledger keeps the account of a run with faults, for all back ends that give faults to a program's files: which
// targets there are, which opens they matched, how far each came, what fired, and what did not.
package ledger

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"yjoint/core/fault"
	"yjoint/internal/size"
)

// Spec is a fault as it is given on the command line, TARGET=PLAN.
type Spec struct {
	Target Target
	Plan   fault.Plan

	// Random is the size in bytes of the stream for which a plan is to be drawn at random, TARGET=random SIZE; 0: it was given.
	// Rules that were drawn need not fire.
	Random int64
}

// Draw replaces each plan that is to be random: the same seed gives the same plans for the same specs.
func Draw(specs []Spec, seed uint64) {
	for i := range specs {
		if s := &specs[i]; s.Random > 0 {
			s.Plan = fault.Random(seed, uint64(i), fault.RandomOptions{Size: s.Random})
			endInterruptions(s.Plan)
		}
	}
}

// endInterruptions lets no rule interrupt calls for good: a program that rightly tries again would never end.
func endInterruptions(p fault.Plan) {
	for _, r := range p.Rules {
		if last := &r.Actions[len(r.Actions)-1]; last.Verb == fault.Fail && last.Errno == syscall.EINTR && last.Count == 0 {
			last.Count = 1
		}
	}
}

// String returns the text of the fault.
func (s Spec) String() string { return s.Target.String() + "=" + s.Plan.String() }

// Target is what a fault is for: an inherited descriptor or the files that a pattern matches.
type Target struct {
	fd   int // -1: pattern
	glob string
	text string // as the user wrote it

	folder string // instead of glob: all files in it and below; "": none
}

var streams = []string{"stdin", "stdout", "stderr"}

// Parse returns the fault of text, which is split at its first "=", as the back end can do it. descriptors: it knows "stdin",
// "stdout", "stderr" and "fdN". A pattern with a "/" in it is made absolute from the folder root.
func Parse(text string, back fault.BackEnd, descriptors bool, root string) (Spec, error) {
	name, planText, found := strings.Cut(text, "=")
	if !found {
		return Spec{}, fmt.Errorf("%q has no \"=\": expected TARGET=PLAN, such as 'app.log=at 1MB ENOSPC'", text)
	}
	target, err := parseTarget(name, descriptors, root)
	if err != nil {
		return Spec{}, err
	}
	if number, ok := strings.CutPrefix(planText, "random "); ok {
		n, err := size.Parse(number)
		if err == nil && n == 0 {
			err = fmt.Errorf("%q: a stream of no bytes has no faults: expected a size such as 1MiB", text)
		}
		return Spec{Target: target, Random: n}, err
	}
	plan, err := fault.Parse(planText)
	if err == nil && len(plan.Rules) == 0 {
		err = fmt.Errorf("%q has no plan: expected TARGET=PLAN, such as '%s=at 1MB ENOSPC'", text, name)
	}
	if err == nil {
		err = plan.Check(back)
	}
	if err != nil {
		return Spec{}, err
	}
	return Spec{Target: target, Plan: plan}, nil
}

func parseTarget(name string, descriptors bool, root string) (Target, error) {
	t := Target{fd: -1, text: name}
	if name == "" {
		return t, errors.New("the target is missing: expected TARGET=PLAN, such as 'app.log=at 1MB ENOSPC'")
	}
	if descriptors {
		if t.fd = slices.Index(streams, name); t.fd >= 0 {
			return t, nil
		}
		if digits, ok := strings.CutPrefix(name, "fd"); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
			n, err := strconv.Atoi(digits)
			if err != nil || n > mostDescriptor {
				return t, fmt.Errorf("%s is no descriptor: expected fd0 to fd%d", name, mostDescriptor)
			}
			t.fd = n
			return t, nil
		}
	}
	if _, err := path.Match(name, ""); err != nil {
		return t, fmt.Errorf("%q is no pattern: expected a name such as app.log or *.log, and \\ before each of *?[\\ that is meant as such", name)
	}
	t.glob = name
	if strings.Contains(name, "/") && !strings.HasPrefix(name, "/") {
		t.glob = escape(root) + "/" + name
	}
	if strings.Contains(name, "/") {
		t.glob = path.Clean(t.glob)
	}
	return t, nil
}

// Below returns the target that is all files in a folder and in those below it. There is no text for it.
func Below(folder string) Target {
	return Target{fd: -1, folder: filepath.Clean(folder), text: filepath.Clean(folder) + "/..."}
}

// mostDescriptor is the largest number of a descriptor that targets know.
const mostDescriptor = 1 << 20

// escape makes a pattern that matches just the name.
func escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(strings.TrimSuffix(name, "/"))
}

// String returns the target as it was written.
func (t Target) String() string { return t.text }

// FD returns the number of the inherited descriptor that t is; ok is false for a pattern.
func (t Target) FD() (n int, ok bool) { return t.fd, t.fd >= 0 }

// Matches reports whether t is a pattern that matches the file with that absolute name: its last part for a pattern without
// "/", the whole otherwise.
func (t Target) Matches(name string) bool {
	if t.fd >= 0 {
		return false
	}
	if t.folder != "" {
		return strings.HasPrefix(name, strings.TrimSuffix(t.folder, "/")+"/")
	}
	if !strings.Contains(t.glob, "/") {
		name = filepath.Base(name)
	}
	matched, _ := path.Match(t.glob, name)
	return matched
}

// Join makes one of several faults for one target, so that their plans are checked together.
func Join(specs []Spec) ([]Spec, error) {
	var all []Spec
	for _, s := range specs {
		i := slices.IndexFunc(all, func(t Spec) bool { return t.Target.same(s.Target) })
		if i < 0 {
			all = append(all, s)
			continue
		}
		if all[i].Random > 0 || s.Random > 0 {
			return nil, fmt.Errorf("a random plan for %s goes with no other one", s.Target)
		}
		plan, err := fault.Parse(all[i].Plan.String() + "; " + s.Plan.String())
		if err != nil {
			return nil, fmt.Errorf("the faults for %s don't go together: %w", s.Target, err)
		}
		all[i].Plan = plan
	}
	return all, nil
}

func (t Target) same(u Target) bool { return t.fd == u.fd && t.glob == u.glob && t.folder == u.folder }
