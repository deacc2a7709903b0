//go:build unix

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
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
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	x := &examination{p: p, folder: folder}
	if x.binary, err = p.build(folder); err != nil {
		return err
	}
	if err := x.measure(ctx); err != nil {
		return err
	}
	fates := x.all(ctx, points, o.jobs)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	stale(out, p.points, explained)
	return tell(out, p.path, points, fates, explained)
}

// measure learns how long each test takes without a mutant, and by which mutants it comes.
func (x *examination) measure(ctx context.Context) error {
	said, err := exec.CommandContext(ctx, x.binary, "-test.list", "^(Test|Fuzz|Example)").Output()
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(string(said)) {
		t := test{name: name, touches: map[int]bool{}}
		touched := filepath.Join(x.folder, "touched")
		os.Remove(touched)
		began := time.Now()
		said, ok := x.run(ctx, 10*time.Minute, []string{name}, "TOUCHED="+touched)
		if !ok {
			return fmt.Errorf("%s fails without any mutant:\n%s", name, said)
		}
		t.took = time.Since(began)
		text, _ := os.ReadFile(touched) // there is none if it comes by none
		for _, n := range strings.Fields(string(text)) {
			if number, err := strconv.Atoi(n); err == nil {
				t.touches[number] = true
			}
		}
		x.tests = append(x.tests, t)
	}
	slices.SortStableFunc(x.tests, func(a, b test) int { return cmp.Compare(a.took, b.took) })
	return nil
}

// run runs tests. It reports false if one fails, or all together take longer than d.
func (x *examination) run(ctx context.Context, d time.Duration, tests []string, env ...string) (said string, ok bool) {
	temp, err := os.MkdirTemp(x.folder, "run")
	if err != nil {
		return err.Error(), false
	}
	defer os.RemoveAll(temp)
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	cmd := exec.CommandContext(ctx, x.binary, "-test.short", "-test.failfast", "-test.run", "^("+strings.Join(tests, "|")+")$")
	cmd.Dir, cmd.Env = x.p.folder, append(append(os.Environ(), "TMPDIR="+temp), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var out bytes.Buffer
	w := bufio.NewWriter(&limited{&out})
	cmd.Stdout, cmd.Stderr = w, w
	err = cmd.Run()
	w.Flush()
	return out.String(), err == nil
}

// limited keeps the beginning of what is written.
type limited struct{ b *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := 64<<10 - l.b.Len(); room > 0 {
		l.b.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// all finds the fate of each mutant.
func (x *examination) all(ctx context.Context, points []point, jobs int) []fate {
	fates := make([]fate, len(points))
	work := make(chan int)
	var workers sync.WaitGroup
	for range max(1, jobs) {
		workers.Go(func() {
			for i := range work {
				fates[i] = x.fate(ctx, points[i].number)
				if f := fates[i]; f == survived || f == untouched {
					fmt.Fprintf(os.Stderr, "%d of %d: %s:%d: %v\n", i+1, len(points), points[i].file, points[i].line, points[i])
				}
			}
		})
	}
	for i := range points {
		if ctx.Err() != nil {
			break
		}
		work <- i
	}
	close(work)
	workers.Wait()
	return fates
}

// fate runs the tests that come by the mutant: the quick ones first, then ever slower ones.
func (x *examination) fate(ctx context.Context, number int) fate {
	var batch []string
	var sum time.Duration
	limit := time.Second
	result := untouched
	run := func() bool {
		if len(batch) == 0 {
			return false
		}
		patience := 10*time.Second + 5*sum
		began := time.Now()
		_, ok := x.run(ctx, patience, batch, "MUTANT="+strconv.Itoa(number))
		if result = survived; !ok {
			if result = killed; time.Since(began) >= patience {
				result = timedOut
			}
		}
		batch, sum = nil, 0
		return !ok
	}
	for _, t := range x.tests {
		if !t.touches[number] {
			continue
		}
		if sum+t.took > limit && run() {
			return result
		}
		limit = max(limit, 2*t.took)
		batch, sum = append(batch, t.name), sum+t.took
	}
	run()
	return result
}
