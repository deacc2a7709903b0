package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestNoRuleCarriesBytesPastAnother: what one rule lets pass still stops where another one applies.
func TestNoRuleCarriesBytesPastAnother(t *testing.T) {
	for _, tt := range []struct {
		plan     string
		writes   []int
		accepted int64
	}{
		{"call 2 ok -> EINTR*1; at 10 ENOSPC", []int{10, 20, 20}, 10},
		{"call 1 short 50; at 10 ENOSPC", []int{100, 100}, 10},
		{"call 1 ok -> EINTR*1; across 10 EFBIG", []int{100, 100, 100}, 0},
		{"call 1 short 50; across 10 EFBIG", []int{100, 100}, 0},
		{"at 5 short 50; at 10 ENOSPC", []int{100, 100, 100}, 10},
	} {
		t.Run("plan="+tt.plan, func(t *testing.T) {
			w, err := NewWriter(io.Discard, MustParse(tt.plan))
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range tt.writes {
				w.Write(make([]byte, n))
			}
			if got := w.Injector().Offset(OpWrite); got != tt.accepted {
				t.Errorf("%d bytes accepted, want %d", got, tt.accepted)
			}
		})
	}
}

// TestEveryFiresAtMultiplesOnly: neither calls that pass nor short writes carry bytes past a multiple.
func TestEveryFiresAtMultiplesOnly(t *testing.T) {
	for _, plan := range []string{"every 10 EINTR", "every 10 ok*3 -> EINTR", "every 10 short 7*2 -> EINTR", "every 10 ok -> short 3*9"} {
		in := NewInjector(MustParse(plan))
		for in.Offset(OpWrite) < 200 {
			offset := in.Offset(OpWrite)
			step := in.Call(OpWrite, 64)
			if next := (offset/10 + 1) * 10; offset+int64(step.Limit) > next {
				t.Fatalf("%s: %d bytes from byte %d go past %d", plan, step.Limit, offset, next)
			}
			in.Moved(OpWrite, step.Limit)
		}
		if f := in.Fired()[0]; f.First != 10 || f.Met[0] < 19 {
			t.Errorf("%s: %+v, want the first action at each of 19 multiples", plan, f)
		}
	}
}

// TestCallNMeetsThatCall: a rule for a byte that is still busy doesn't put it off.
func TestCallNMeetsThatCall(t *testing.T) {
	w, err := NewWriter(io.Discard, MustParse("at 5 EINTR*3; call 3 EAGAIN*1"))
	if err != nil {
		t.Fatal(err)
	}
	var got []error
	for range 6 {
		_, err := w.Write(make([]byte, 5))
		got = append(got, err)
	}
	want := []error{nil, syscall.EINTR, syscall.EAGAIN, syscall.EINTR, syscall.EINTR, nil}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// TestEmptyWrite: as on a full disk, a write of no bytes succeeds; but it is a call.
func TestEmptyWrite(t *testing.T) {
	w, err := NewWriter(io.Discard, MustParse("at 0 ENOSPC; call 2 EIO*1"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, syscall.EIO, nil} {
		if _, err := w.Write(nil); err != want {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
	}
}

// TestInvalidByHand: a plan that Parse would refuse is refused before anything is written.
func TestInvalidByHand(t *testing.T) {
	fails := []Action{{Verb: Fail, Errno: syscall.EIO}}
	for name, rule := range map[string]Rule{
		"no trigger has the kind -1": {Trigger{TriggerKind(-1), 0}, fails},
		"no trigger has the kind 10": {Trigger{TriggerKind(len(triggerNames)), 0}, fails},
		"no action has the verb -1":  {Trigger{At, 0}, []Action{{Verb: Verb(-1)}}},
		"no action has the verb 13":  {Trigger{At, 0}, []Action{{Verb: Verb(len(verbNames))}}},
	} {
		if _, err := NewWriter(io.Discard, Plan{[]Rule{rule}}); err == nil || err.Error() != name {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	for name, rule := range map[string]Rule{
		"no actions":        {Trigger: Trigger{Kind: At}},
		"every 0":           {Trigger{Every, 0}, fails},
		"negative offset":   {Trigger{At, -5}, fails},
		"a number too many": {Trigger{Close, 5}, fails},
		"errno 0":           {Trigger{At, 0}, []Action{{Verb: Fail}}},
		"a field too many":  {Trigger{At, 0}, []Action{{Verb: Fail, Errno: syscall.EIO, Status: 3}}},
	} {
		t.Run("rule="+name, func(t *testing.T) {
			if w, err := NewWriter(io.Discard, Plan{[]Rule{rule}}); err == nil {
				t.Errorf("accepted: %v", w)
			}
		})
	}
}

// TestClosedTwice: the second Close is an error, reaches nothing, and ends the stall of the first one.
func TestClosedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under Underneath
		under.Most = 100
		w, err := NewWriter(&under, MustParse("at 0 stall forever; close stall forever"))
		if err != nil {
			t.Fatal(err)
		}
		results := make(chan error, 3)
		go func() { _, err := w.Write([]byte("x")); results <- err }()
		synctest.Wait()
		go func() { results <- w.Close() }()
		synctest.Wait()
		if len(results) != 1 {
			t.Fatalf("%d calls have returned while Close stalls, want the Write", len(results))
		}
		if err := w.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
		synctest.Wait()
		for range 2 {
			if err := <-results; !errors.Is(err, os.ErrClosed) {
				t.Errorf("a stall ended with %v", err)
			}
		}
		if n, err := w.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrClosed) || under.Len() != 0 {
			t.Errorf("Write after Close: %d, %v; %q", n, err, &under.Buffer)
		}
	})
}

// TestRateIsSteady: bytes move all the time, not all at once.
func TestRateIsSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &counting{}
		w, err := NewWriter(in, MustParse("at 0 rate 1kB/s"))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { w.Write(make([]byte, 10_010)); close(done) }()
		time.Sleep(3*time.Second - time.Nanosecond)
		synctest.Wait()
		if in.n.Load() != 3000 {
			t.Errorf("after 3s at 1kB/s: %d bytes", in.n.Load())
		}
		<-done
	})
}

// counting counts bytes, and how often it was synced.
type counting struct {
	n       atomic.Int64
	synced  int
	syncing error // what Sync returns
}

func (c *counting) Write(p []byte) (int, error) { c.n.Add(int64(len(p))); return len(p), nil }
func (c *counting) Sync() error                 { c.synced++; return c.syncing }

// TestSync: what the plan lets pass reaches the underlying writer.
func TestSync(t *testing.T) {
	under := &counting{}
	w, err := NewWriter(under, MustParse("fsync EIO*1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(); err != syscall.EIO || under.synced != 0 {
		t.Errorf("first: %v, %d", err, under.synced)
	}
	if err := w.Sync(); err != nil || under.synced != 1 {
		t.Errorf("second: %v, %d", err, under.synced)
	}
	under.syncing = syscall.EDQUOT
	if err := w.Sync(); err != syscall.EDQUOT {
		t.Errorf("third: %v", err)
	}
	w.Close()
	if err := w.Sync(); err != os.ErrClosed || under.synced != 2 {
		t.Errorf("after Close: %v, %d", err, under.synced)
	}
}

// TestOffsetStays: the last offset is not wrapped.
func TestOffsetStays(t *testing.T) {
	in := NewInjector(MustParse("at 8EiB-1 EIO"))
	for range 2 {
		in.Moved(OpWrite, math.MaxInt)
		in.Moved(OpWrite, -1)
	}
	if o := in.Offset(OpWrite); o <= 0 {
		t.Errorf("offset %d", o)
	}
}

// TestErrnoAliases: both names of an errno are read, and print as one that is read.
func TestErrnoAliases(t *testing.T) {
	for _, name := range []string{"EAGAIN", "EWOULDBLOCK", "ENOTSUP", "EOPNOTSUPP", "EDEADLK"} {
		p, err := Parse("at 5 " + name)
		if err != nil {
			t.Error(err)
			continue
		}
		if q, err := Parse(p.String()); err != nil || !cmp.Equal(p, q) {
			t.Errorf("%s prints as %s: %v", name, p, err)
		}
	}
}

// TestJSON: a plan is a string.
func TestJSON(t *testing.T) {
	p := MustParse(`at 5 stall until "a \"b\"" -> EIO`)
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"at 5 stall until \"a \\\"b\\\"\" -\u003e EIO"`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	var q Plan
	if err := json.Unmarshal(text, &q); err != nil || !cmp.Equal(p, q) {
		t.Errorf("%s: %v, %v", text, q, err)
	}
	if err := json.Unmarshal([]byte(`"at 5 EIOO"`), &q); err == nil {
		t.Errorf("%s", q)
	}
}

// TestFileNameBytes: a name that isn't UTF-8 is written with escapes, since Go's strings would replace its bytes.
func TestFileNameBytes(t *testing.T) {
	if p, err := Parse("at 5 stall until \"a\xffb\""); err == nil {
		t.Errorf("accepted, as %q", p.Rules[0].Actions[0].File)
	}
	if p, err := Parse(`at 5 stall until "a\xffb"`); err != nil || p.Rules[0].Actions[0].File != "a\xffb" {
		t.Errorf("%v, %v", p, err)
	}
}

// TestUnfiredAtItsPlace: the byte was reached, and the message says what was still missing.
func TestUnfiredAtItsPlace(t *testing.T) {
	for plan, want := range map[string]string{
		"at 10 EIO":     "rule 'at 10 EIO' did not fire: the furthest reached byte 10, and no call came after it",
		"at 5 short 5":  "rule 'at 5 short 5' did not fire: the furthest reached byte 10, and no call after byte 5 was for more than 5",
		"across 10 EIO": "rule 'across 10 EIO' did not fire: the furthest reached byte 10",
	} {
		var buf bytes.Buffer
		w, err := NewWriter(&buf, MustParse(plan))
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(strings.Repeat("x", 5)))
		w.Write([]byte(strings.Repeat("x", 5)))
		if got := w.Injector().Unfired(); len(got) != 1 || got[0].Error() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}
