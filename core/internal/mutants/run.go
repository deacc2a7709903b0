//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// test is a test of the package.
type test struct {
	name    string
	took    time.Duration
	touches map[int]bool // numbers of mutants
}

// examination is the work on one package.
type examination struct {
	p      *pkg
	folder string // that is thrown away
	binary string
	tests  []test // the quickest first
}

// fate is what became of a mutant.
type fate int

const (
	survived fate = iota
	killed
	timedOut
	untouched // no test comes by it
)

// options say which mutants are examined, and how.
type options struct {
	only, skip *regexp.Regexp // of what is printed of a mutant
	tests      *regexp.Regexp // of the names of those that are run
	every      int            // if more than 1: only each one in so many, and none that is explained
	jobs       int
	list       bool
}

// examine runs the tests for each mutant that is asked for, and prints what came of it.
func (p *pkg) examine(ctx context.Context, out io.Writer, o options) error {
	points := slices.DeleteFunc(slices.Clone(p.points), func(q point) bool {
		text := fmt.Sprintf("%s:%d: %v", q.file, q.line, q)
		return !o.only.MatchString(text) || o.skip.MatchString(text)
	})
	if o.list {
		for _, q := range points {
			fmt.Fprintf(out, "%s:%d: %v\n", q.file, q.line, q)
		}
		return nil
	}
	explained, err := explanations(p.folder)
	if err != nil {
		return err
	}
	if o.every > 1 {
		points = sample(points, explained, o.every)
	}
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	x := &examination{p: p, folder: folder}
	if x.binary, err = p.build(folder); err != nil {
		return err
	}
	if err := x.measure(ctx, o.tests, o.jobs); err != nil {
		return err
	}
	fates, err := x.all(ctx, points, o.jobs)
	if err != nil {
		return err
	}
	stale(out, p.points, explained)
	return tell(out, p.path, points, fates, explained)
}

// sample returns each one in every of those that are not explained.
func sample(points []point, explained map[string]string, every int) (some []point) {
	n := 0
	for _, q := range points {
		if explained[q.String()] != "" {
			continue
		}
		if n%every == 0 {
			some = append(some, q)
		}
		n++
	}
	return some
}

// measure learns how long each test that is wanted takes without a mutant, and by which mutants it comes.
func (x *examination) measure(ctx context.Context, only *regexp.Regexp, jobs int) error {
	said, err := exec.CommandContext(ctx, x.binary, "-test.list", "^(Test|Fuzz|Example)").Output()
	if err != nil {
		return err
	}
	names := slices.DeleteFunc(strings.Fields(string(said)), func(name string) bool { return !only.MatchString(name) })
	x.tests = make([]test, len(names))
	err = each(ctx, len(names), jobs, func(ctx context.Context, i int) (err error) {
		x.tests[i], err = x.measured(ctx, names[i])
		return err
	})
	slices.SortStableFunc(x.tests, func(a, b test) int { return cmp.Compare(a.took, b.took) })
	return err
}

func (x *examination) measured(ctx context.Context, name string) (test, error) {
	t := test{name: name, touches: map[int]bool{}}
	touched := filepath.Join(x.folder, "touched-"+name)
	began := time.Now()
	said, ok, err := x.run(ctx, 10*time.Minute, []string{name}, "TOUCHED="+touched)
	if err == nil && !ok {
		err = fmt.Errorf("%s fails without any mutant:\n%s", name, said)
	}
	if err != nil {
		return t, err
	}
	t.took = time.Since(began)
	text, _ := os.ReadFile(touched) // there is none if it comes by none
	for _, n := range strings.Fields(string(text)) {
		if number, err := strconv.Atoi(n); err == nil {
			t.touches[number] = true
		}
	}
	return t, nil
}

// run runs tests. It reports false if one fails, or all together take longer than d, and an error if they could not be run. What they
// have started and left in their process group is ended.
func (x *examination) run(ctx context.Context, d time.Duration, tests []string, env ...string) (said string, ok bool, err error) {
	temp, err := os.MkdirTemp(x.folder, "run")
	if err != nil {
		return "", false, err
	}
	defer os.RemoveAll(temp)
	// A file, not a pipe: a process that is left over could hold that open, and be waited for.
	out, err := os.Create(filepath.Join(temp, "output"))
	if err != nil {
		return "", false, err
	}
	defer out.Close()
	timed, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	cmd := exec.CommandContext(timed, x.binary, "-test.short", "-test.failfast", "-test.run", "^("+strings.Join(tests, "|")+")$")
	cmd.Dir, cmd.Env = x.p.folder, append(append(os.Environ(), "TMPDIR="+temp), env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		return "", false, err
	}
	err = cmd.Wait()
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // ESRCH if nobody is left
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "", true, nil
	case ctx.Err() != nil:
		return "", false, ctx.Err()
	case !errors.As(err, &exit) && timed.Err() == nil:
		return "", false, err
	}
	text := make([]byte, mostSaid)
	n, _ := out.ReadAt(text, 0) // it is for whoever reads why a test fails without a mutant
	return string(text[:n]), false, nil
}

// mostSaid is how much is kept of what tests print, in bytes.
const mostSaid = 64 << 10

// all finds the fate of each mutant. It stops at the first error.
func (x *examination) all(ctx context.Context, points []point, jobs int) ([]fate, error) {
	fates := make([]fate, len(points))
	return fates, each(ctx, len(points), jobs, func(ctx context.Context, i int) error {
		f, err := x.fate(ctx, points[i].number)
		if err != nil {
			return err
		}
		if fates[i] = f; f == survived || f == untouched {
			fmt.Fprintf(os.Stderr, "%d of %d: %s:%d: %v\n", i+1, len(points), points[i].file, points[i].line, points[i])
		}
		return nil
	})
}

// each calls do for 0 to n-1, so many at once as there are jobs. It returns the first error, which ends the others.
func each(ctx context.Context, n, jobs int, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan int)
	var workers sync.WaitGroup
	for range max(1, jobs) {
		workers.Go(func() {
			for i := range work {
				if err := do(ctx, i); err != nil {
					stop(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		work <- i
	}
	close(work)
	workers.Wait()
	return context.Cause(ctx)
}

// fate runs the tests that come by the mutant: the quick ones first, then ever slower ones.
func (x *examination) fate(ctx context.Context, number int) (fate, error) {
	result := untouched
	for _, b := range x.batches(number) {
		patience := 10*time.Second + 5*b.takes
		began := time.Now()
		_, ok, err := x.run(ctx, patience, b.tests, "MUTANT="+strconv.Itoa(number))
		switch {
		case err != nil:
			return survived, err
		case !ok && time.Since(began) >= patience:
			return timedOut, nil
		case !ok:
			return killed, nil
		}
		result = survived
	}
	return result, nil
}

// batch is tests that are run together.
type batch struct {
	tests []string
	takes time.Duration
}

// batches returns the tests that come by the mutant, each batch with slower ones than that before it.
func (x *examination) batches(number int) (all []batch) {
	var b batch
	limit := time.Second
	for _, t := range x.tests {
		if !t.touches[number] {
			continue
		}
		if len(b.tests) > 0 && b.takes+t.took > limit {
			all, b = append(all, b), batch{}
		}
		limit = max(limit, 2*t.took)
		b.tests, b.takes = append(b.tests, t.name), b.takes+t.took
	}
	if len(b.tests) > 0 {
		all = append(all, b)
	}
	return all
}
