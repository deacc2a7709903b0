//go:build unix

package sweep

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yjoint/cmd/internal/ledger"
)

func TestJudge(t *testing.T) {
	write := Case{Kind: Write, At: 5, Errno: "EIO"}
	cutting := Case{Kind: Write, At: 5, Errno: "EIO", Cuts: true}
	short, closing := Case{Kind: Short, At: 5, Cuts: true}, Case{Kind: Close, Errno: "EIO"}
	fired, unfired := []ledger.Rule{{Fired: 1}}, []ledger.Rule{{}}
	reached := map[string][]Span{"f": {{0, 5}}}
	ok, one, killed := &End{}, &End{Status: 1}, &End{Status: -1, Signal: "KILL"}
	tests := []struct {
		name   string
		c      Case
		told   Told
		again  bool
		damage string
		want   Outcome
		why    string
	}{
		{"noticed", write, Told{Ended: one, Rules: fired}, false, "less", Noticed, "status 1"},
		{"signal", write, Told{Ended: killed, Rules: fired}, false, "less", Noticed, "death by KILL"},
		{"recovered", write, Told{Ended: ok, Rules: fired}, false, "", Recovered, "status 0"},
		{"swallowed", write, Told{Ended: ok, Rules: fired}, false, "f is missing", Swallowed, "status 0; f is missing"},
		{"hung", write, Told{TimedOut: true, Rules: fired, Took: time.Second}, false, "", Hung, "had not ended after 1s"},
		{"hung unfired", write, Told{TimedOut: true, Rules: unfired, Took: time.Second}, false, "", Hung, "had not ended after 1s"},
		{"unfired", write, Told{Ended: ok, Rules: unfired}, false, "", Unfired, "status 0; the call was not made, though it was in a clean run"},
		{"unfired and noticed", write, Told{Ended: one, Rules: unfired}, false, "", Unfired, "status 1; the call was not made, though it was in a clean run"},
		{"end not reached", cutting, Told{Ended: ok, Rules: unfired, Writes: map[string][]Span{"f": {{0, 4}}}}, false, "less", Unfired, "status 0; the call was not made, though it was in a clean run"},
		{"cut", cutting, Told{Ended: ok, Rules: unfired, Writes: reached}, false, "f has less", Swallowed, "status 0; a write was cut at byte 5 and not continued; f has less"},
		{"cut at an end", write, Told{Ended: ok, Rules: unfired, Writes: reached}, false, "f has less", Unfired, "status 0; the call was not made, though it was in a clean run"},
		{"cut and noticed", cutting, Told{Ended: one, Rules: unfired, Writes: reached}, false, "f has less", Noticed, "status 1"},
		{"short", short, Told{Ended: ok, Rules: fired}, false, "", Recovered, "status 0"},
		{"short is no error", short, Told{Ended: one, Rules: fired}, false, "", GaveUp, "status 1 after a short write"},
		{"short and lost", short, Told{Ended: ok, Rules: fired}, false, "less", Swallowed, "status 0; less"},
		{"close", closing, Told{Ended: ok, Rules: fired}, false, "", Swallowed, "status 0, though close failed"},
		{"close noticed", closing, Told{Ended: one, Rules: fired}, false, "", Noticed, "status 1"},
		{"close and again", closing, Told{Ended: ok, Rules: fired}, true, "", Recovered, "status 0"},
		{"close and again wrong", closing, Told{Ended: ok, Rules: fired}, true, "less", Swallowed, "status 0; less"},
		{"failed", write, Told{Error: "no memory"}, false, "", Failed, "no memory"},
	}
	for _, tt := range tests {
		t.Run("case="+strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			got, why := judge(tt.c, evidence{told: tt.told, reopened: tt.again, damage: func() string { return tt.damage }})
			if got != tt.want || why != tt.why {
				t.Errorf("%s: %s; want %s: %s", got, why, tt.want, tt.why)
			}
			if good := tt.want == Noticed || tt.want == Recovered; got.Good() != good {
				t.Errorf("good: %v", !good)
			}
		})
	}
}

// command is a command of a test: a runner that writes text to a file, as far as a fault lets it.
type command struct {
	text  string
	runs  []Order
	after func(n int, r *Room, told *Told) // the n-th run, from 0
}

func (c *command) run(_ context.Context, r *Room, o Order) (Told, error) {
	told := Told{Ended: &End{}, Took: time.Millisecond, Writes: map[string][]Span{filepath.Join(r.Folder, "out"): {{0, int64(len(c.text))}}}}
	for _, f := range o.Faults {
		target, _, _ := strings.Cut(f, "=")
		for range strings.Count(f, ";") + 1 {
			told.Rules = append(told.Rules, ledger.Rule{Target: target, Opens: 1, Fired: 1})
		}
	}
	err := os.WriteFile(filepath.Join(r.Folder, "out"), []byte(c.text), 0o644)
	n := len(c.runs)
	c.runs = append(c.runs, o)
	if c.after != nil {
		c.after(n, r, &told)
	}
	return told, err
}

func newSweep(t *testing.T, c *command) *Sweep {
	return &Sweep{Lab: newLab(t, t.TempDir()), Run: c.run}
}

func TestRecord(t *testing.T) {
	c := &command{text: "hello"}
	s := newSweep(t, c)
	c.after = func(n int, r *Room, told *Told) {
		told.Notes = []string{"a note"}
		told.Outside = []string{"/dev/null", filepath.Join(r.Temp, "x"), "/var/log/x"}
		if n == 1 {
			told.Rules[1].Fired = 0 // of fsync
		}
	}
	notes, err := s.Record(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []File{{Name: "out", Target: "./out", Writes: []Span{{0, 5}}, Opens: 1, Closed: true}}
	if diff := cmp.Diff(want, s.Recording.Files); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a note", "not swept, since it is outside of this folder: /var/log/x"}, notes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	orders := []Order{{Record: true}, {Faults: []string{"./out=" + harmless}}}
	if diff := cmp.Diff(orders, c.runs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s.Timeout != leastTimeout {
		t.Errorf("timeout %v", s.Timeout)
	}
}

// TestRecordRefuses: a command that can't be swept is not.
func TestRecordRefuses(t *testing.T) {
	tests := []struct {
		name, check string
		after       func(n int, r *Room, told *Told)
		want        string
		random      bool
	}{
		{"status", "", func(_ int, _ *Room, told *Told) {
			told.Ended = &End{Status: 3}
			told.Notes = []string{"mmap was refused"}
		},
			"COMMAND ended by status 3 without any fault: expected status 0 (mmap was refused)", false},
		{"timeout", "", func(_ int, _ *Room, told *Told) { told.Ended = nil }, "COMMAND had not ended after 1ms, without any fault", false},
		{"failed", "", func(_ int, _ *Room, told *Told) { told.Error = "no listener" }, "no listener", false},
		{"nothing", "", func(_ int, _ *Room, told *Told) { told.Writes = nil }, "COMMAND wrote nothing", false},
		{"random", "", func(n int, r *Room, _ *Told) {
			os.WriteFile(filepath.Join(r.Folder, "out"), []byte{'h', 'e', byte(n), 'l', 'o'}, 0o644)
		}, "COMMAND does not do the same each time: after a second clean run out differs from byte 2 on: expected", true},
		{"check", "echo because >&2; exit 3", nil, "after a clean run CHECK ended by exit status 3 (because): expected a CHECK that exits 0", false},
	}
	for _, tt := range tests {
		t.Run("case="+tt.name, func(t *testing.T) {
			s := newSweep(t, &command{text: "hello", after: tt.after})
			s.Check = tt.check
			_, err := s.Record(t.Context())
			var e *RecordError
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), tt.want) || e.Random != tt.random {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// TestCheck: what differs from run to run can be judged by a check, which finds standard output.
func TestCheck(t *testing.T) {
	c := &command{text: "hello", after: func(n int, r *Room, _ *Told) {
		text := []byte{'h', 'e', byte(n), 'l', 'o'}
		if n == 3 {
			text = text[:2]
		}
		os.WriteFile(filepath.Join(r.Folder, "out"), text, 0o644)
		os.WriteFile(r.Stdout, []byte("done"), 0o644)
	}}
	s := newSweep(t, c)
	s.Check = `test $(wc -c <out) = 5 && test "$(cat "$SWEEP_STDOUT")" = done`
	if _, err := s.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	cases := s.Recording.Points(Options{Errnos: []string{"EIO"}, Once: true}).Cases()
	results, err := s.Try(t.Context(), cases[:2], func(Result) {})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Outcome != Recovered || results[1].Outcome != Swallowed || results[1].Why != "status 0; CHECK ended by exit status 1" {
		t.Errorf("%+v", results)
	}
}

// TestCheckHangs: a check that does not end is ended, with what it has started.
func TestCheckHangs(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := makeFIFO(fifo); err != nil {
		t.Fatal(err)
	}
	held, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	s := newSweep(t, &command{text: "hello"})
	s.Check, s.Timeout = "exec 3>"+fifo+"; sleep 1000 & wait", time.Second
	_, err = s.Record(t.Context())
	if err == nil || err.Error() != "CHECK had not ended after 1s" {
		t.Error(err)
	}
	held.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := held.Read(make([]byte, 1)); err != io.EOF { // who holds the other end still lives
		t.Error(err)
	}
}

// TestTry: the results are in the order of the cases, however many run at a time, and each is told of.
func TestTry(t *testing.T) {
	c := &command{text: "0123456789"}
	s := newSweep(t, c)
	if _, err := s.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	cases := s.Recording.Points(both).Cases()
	begun := make(chan struct{}, len(cases))
	s.Jobs = 4
	s.Run = func(ctx context.Context, r *Room, o Order) (Told, error) {
		begun <- struct{}{}
		for len(begun) < 4 { // four are under way together
			time.Sleep(time.Millisecond)
		}
		told, err := (&command{text: c.text}).run(ctx, r, o)
		told.Ended.Status = len(o.Faults[0]) // of the case
		return told, err
	}
	told := 0
	results, err := s.Try(t.Context(), cases, func(Result) { told++ })
	if err != nil || told != len(cases) {
		t.Fatalf("%v, told %d", err, told)
	}
	for i, r := range results {
		if r.Case != cases[i] || r.Ended.Status != len(cases[i].Fault()) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(s.Lab.root, "*")); len(left) != 2 { // the original, and what the clean run left
		t.Errorf("left: %v", left)
	}
}

// TestTryCancelled ends at once, with the cause.
func TestTryCancelled(t *testing.T) {
	c := &command{text: "0123456789"}
	s := newSweep(t, c)
	if _, err := s.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("Ctrl-C")
	s.Jobs = 2
	s.Run = func(ctx context.Context, r *Room, _ Order) (Told, error) {
		cancel(cause)
		<-ctx.Done()
		return Told{}, context.Cause(ctx)
	}
	if _, err := s.Try(ctx, s.Recording.Points(both).Cases(), func(r Result) { t.Errorf("told %v", r) }); err != cause {
		t.Error(err)
	}
}
