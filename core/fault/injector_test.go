package fault

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// drive makes calls of op for the given numbers of bytes, as a back end of system calls does, and tells what came of each:
// the bytes that were transferred, or an errno, with what happened before it in the same call.
func drive(in *Injector, op Op, calls ...int) string {
	var all []string
	for _, n := range calls {
		before := ""
		step := in.Call(op, n)
		for step.Action != nil && !step.Action.Verb.endsCall() {
			before += step.Action.verb() + ","
			step = in.Continue(op, n)
		}
		if step.Action != nil && step.Action.Verb == Fail {
			all = append(all, before+errnoName(step.Action.Errno))
			continue
		}
		in.Moved(op, step.Limit)
		all = append(all, before+fmt.Sprint(step.Limit))
	}
	return strings.Join(all, " ")
}

func TestInjector(t *testing.T) {
	for _, tt := range []struct {
		plan  string
		calls []int
		want  string
		fired int64 // by the first rule
	}{
		{"at 10 ENOSPC", []int{4, 4, 4, 4, 1}, "4 4 2 ENOSPC ENOSPC", 2},
		{"at 0 EIO*1", []int{4, 4}, "EIO 4", 1},
		{"at 10 EINTR*2", []int{20, 20, 20, 20}, "10 EINTR EINTR 20", 2},
		{"at 10 short 1 -> EINTR*3", []int{10, 10, 10, 10, 10, 10}, "10 1 EINTR EINTR EINTR 10", 4},
		{"at 10 short 3*2", []int{10, 3, 4, 2, 9, 9}, "10 3 3 2 3 9", 2},
		{"at 10 EIO -> EPIPE", []int{10, 1, 1, 1}, "10 EIO EPIPE EPIPE", 3},
		{"at 10 ok*2 -> EIO", []int{10, 1, 2, 3, 4}, "10 1 2 EIO EIO", 4},
		{"across 10 ENOSPC", []int{8, 4, 3, 2, 1}, "8 ENOSPC ENOSPC 2 ENOSPC", 3},
		{"across 10 short 1 -> EIO*1", []int{9, 4, 4, 1}, "9 1 EIO 1", 2},
		{"every 4 EINTR", []int{3, 3, 3, 9, 9, 9}, "3 1 EINTR 4 EINTR 4", 2},
		{"every 4 short 1 -> EIO", []int{9, 9, 9, 9, 9}, "4 1 EIO 3 1", 3},
		{"call 2 EIO*1", []int{5, 5, 5}, "5 EIO 5", 1},
		{"call 2 EIO", []int{5, 5, 5}, "5 EIO EIO", 2},
		{"call 1 short 2; at 6 EPIPE", []int{5, 5, 5}, "2 4 EPIPE", 1},
		{"at 4 stall 1s -> EIO*1", []int{5, 5, 5}, "4 stall 1s,EIO 5", 2},
		{"at 4 stall 1s*2 -> EIO*1", []int{5, 5, 5, 5}, "4 stall 1s,5 stall 1s,EIO 5", 3},
		{"at 4 nonblock 1 -> rate 9B/s -> exit 3", []int{5, 5}, "4 nonblock 1,rate 9/s,exit 3,5", 3},
		{"at 9223372036854775807 EIO", []int{5, 5}, "5 5", 0},
		{"close EIO; at 3 EIO*1", []int{5, 5, 5}, "3 EIO 5", 0},
	} {
		t.Run("plan="+tt.plan, func(t *testing.T) {
			in := NewInjector(MustParse(tt.plan))
			if got := drive(in, OpWrite, tt.calls...); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := in.Fired()[0].Count; got != tt.fired {
				t.Errorf("fired %d times, want %d", got, tt.fired)
			}
		})
	}
}

// TestInjectorFarOut has offsets that no 32-bit number holds.
func TestInjectorFarOut(t *testing.T) {
	for _, at := range []int64{2<<30 - 1, 2 << 30, 4<<30 - 1, 4<<30 + 1, 8<<30 - 1, 8<<30 + 1} {
		in := NewInjector(MustParse(fmt.Sprintf("at %d EIO", at)))
		var calls []int
		for left := at; left > 0; left -= min(left, 1<<30) {
			calls = append(calls, int(min(left, 1<<30)))
		}
		drive(in, OpWrite, calls...)
		if in.Offset(OpWrite) != at || len(in.Unfired()) != 1 {
			t.Errorf("at %d: %d bytes, fired early", at, in.Offset(OpWrite))
		}
		if got := drive(in, OpWrite, 1); got != "EIO" {
			t.Errorf("at %d: got %s", at, got)
		}
		if f := in.Fired()[0]; f.First != at || f.Last != at || f.Count != 1 {
			t.Errorf("at %d: %+v", at, f)
		}
	}
}

func TestInjectorOps(t *testing.T) {
	in := NewInjector(MustParse("read at 3 EIO*1; open ENOENT*1 -> EACCES*1; close ok -> EIO; fsync EIO; rename EXDEV*1; when-full stall 1s; at 2 EPIPE"))
	for _, tt := range []struct {
		op   Op
		want string
	}{
		{OpOpen, "ENOENT EACCES 0"}, {OpClose, "0 EIO EIO"}, {OpFsync, "EIO EIO EIO"}, {OpRename, "EXDEV 0 0"}, {OpFull, "stall 1s,0 0 0"},
	} {
		if got := drive(in, tt.op, 0, 0, 0); got != tt.want {
			t.Errorf("op %d: got %s, want %s", tt.op, got, tt.want)
		}
	}
	if got := drive(in, OpRead, 2, 2, 2, 2); got != "2 1 EIO 2" {
		t.Errorf("reads: got %s", got)
	}
	if got := drive(in, OpWrite, 2, 2); got != "2 EPIPE" {
		t.Errorf("writes: got %s", got)
	}
	if in.Offset(OpRead) != 5 || in.Offset(OpWrite) != 2 {
		t.Errorf("%d bytes read, %d written", in.Offset(OpRead), in.Offset(OpWrite))
	}
}

// TestUnfired requires messages that say how far the run came.
func TestUnfired(t *testing.T) {
	in := NewInjector(MustParse("at 1MB ENOSPC; read at 9 EIO; call 4 EIO; close EIO; when-full exit 1; at 3 EINTR*1"))
	drive(in, OpWrite, 4, 4, 4)
	drive(in, OpRead, 7)
	var got []string
	for _, err := range in.Unfired() {
		got = append(got, err.Error())
	}
	want := []string{
		"rule 'at 1MB ENOSPC' did not fire: the furthest reached byte 7",
		"rule 'read at 9 EIO' did not fire: the furthest read byte 7",
		"rule 'call 4 EIO' did not fire: there were 3 calls",
		"rule 'close EIO' did not fire: close was never called; the furthest reached byte 7",
		"rule 'when-full exit 1' did not fire: the writer was never held up; the furthest reached byte 7",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := in.Progress(0), "the furthest reached byte 7"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFiredIsACopy: what has been told stays as it is.
func TestFiredIsACopy(t *testing.T) {
	in := NewInjector(MustParse("at 0 EIO"))
	before := in.Fired()
	drive(in, OpWrite, 1)
	want := []Firing{{Rule: "at 0 EIO", First: -1, Last: -1, Met: []int64{0}}}
	if diff := cmp.Diff(want, before); diff != "" {
		t.Error(diff)
	}
}

// TestOtherCalls: neither calls for no bytes nor those of the other direction meet a rule for a byte, however far they are.
func TestOtherCalls(t *testing.T) {
	for _, tt := range []struct {
		plan      string
		op, other Op
		come      int
	}{
		{"at 4 EIO", OpWrite, OpRead, 4},
		{"every 4 EIO", OpWrite, OpRead, 4},
		{"across 4 ok -> EIO", OpWrite, OpRead, 8},
		{"read at 4 EIO", OpRead, OpWrite, 4},
	} {
		in := NewInjector(MustParse(tt.plan))
		drive(in, tt.op, tt.come)
		if got := drive(in, tt.other, 9, 9) + ", " + drive(in, tt.op, 0, 0) + ", " + drive(in, tt.op, 1); got != "9 9, 0 0, EIO" {
			t.Errorf("%s: got %s", tt.plan, got)
		}
	}
}

// TestLastMultiple: after the last one that an int64 holds "every" is over.
func TestLastMultiple(t *testing.T) {
	in := NewInjector(MustParse("every 4EiB EINTR"))
	in.moved[OpWrite] = 4<<60 - 5
	if got := drive(in, OpWrite, 9, 9, 9, 9); got != "5 EINTR 9 9" {
		t.Errorf("got %s", got)
	}
}

// TestLook requires that Look tells what Continue does, for random plans, and that it changes nothing.
func TestLook(t *testing.T) {
	for seed := range uint64(300) {
		plan := Random(seed, 0, RandomOptions{Size: 1000})
		looked, plain := NewInjector(plan), NewInjector(plan)
		for i := range 100 {
			n := 1 + i*7%40
			step, same := looked.Call(OpWrite, n), plain.Call(OpWrite, n)
			for {
				if step.Limit != same.Limit || (step.Action == nil) != (same.Action == nil) {
					t.Fatalf("%s: %+v with Look, %+v without", plan, step, same)
				}
				if step.Action == nil || step.Action.Verb.endsCall() {
					break
				}
				limit, meets := looked.Look(OpWrite, n)
				step, same = looked.Continue(OpWrite, n), plain.Continue(OpWrite, n)
				if meets != (step.Action != nil) || !meets && limit != step.Limit {
					t.Fatalf("%s: Look says %d, %v, then comes %+v", plan, limit, meets, step)
				}
			}
			looked.Moved(OpWrite, step.Limit)
			plain.Moved(OpWrite, step.Limit)
		}
	}
}
