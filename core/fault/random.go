package fault

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"time"
)

// RandomOptions bounds random plans. Its zero value is a Writer's plan for a stream of no bytes.
type RandomOptions struct {
	Size     int64         // of the stream in bytes: rules apply within it
	Rules    int           // at most; default 3
	MaxStall time.Duration // of each stall; default 1ms
	Errnos   []syscall.Errno
}

// defaultErrnos are those that every caller must live with, one per kind of cause: no room, broken, gone, and EINTR.
var defaultErrnos = []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EPIPE, syscall.EINTR}

// Random returns a plan for a [Writer], determined by seed and stream: the streams of a seed are independent of each
// other. The same arguments give the same plan in every version of this package with the same golden test.
func Random(seed, stream uint64, o RandomOptions) Plan {
	if o.Rules == 0 {
		o.Rules = 3
	}
	if o.MaxStall == 0 {
		o.MaxStall = time.Millisecond
	}
	if o.Errnos == nil {
		o.Errnos = defaultErrnos
	}
	d := dice{rand.New(rand.NewPCG(seed, stream)), o}
	for {
		var p Plan
		for range 1 + d.IntN(o.Rules) {
			p.Rules = append(p.Rules, d.rule())
		}
		slices.SortStableFunc(p.Rules, func(a, b Rule) int { return int(a.Trigger.Kind - b.Trigger.Kind) })
		if parsed, err := Parse(p.String()); err == nil {
			return parsed // what contradicts itself is thrown again
		}
	}
}

type dice struct {
	*rand.Rand
	o RandomOptions
}

func (d dice) rule() Rule {
	t := Trigger{Kind: []TriggerKind{At, At, Across, Every, Call, Close}[d.IntN(6)]}
	switch {
	case t.Kind.takesSize():
		t.N = d.offset()
	case t.Kind == Call:
		t.N = 1 + d.Int64N(16)
	}
	if t.Kind == Every {
		t.N = max(1, d.o.Size/8+t.N*7/8) // not at each byte of a long stream
	}
	r := Rule{Trigger: t}
	for range 1 + d.IntN(3) {
		r.Actions = append(r.Actions, d.action(t.Kind != Close))
	}
	return r
}

// offset returns a byte of the stream, or its end; small ones, and those beside powers of two, are likelier.
func (d dice) offset() int64 {
	n := d.Int64N(d.o.Size + 1)
	if d.IntN(2) == 0 {
		n = min(max(int64(1)<<d.IntN(40)+d.Int64N(3)-1, 0), d.o.Size)
	}
	return n
}

func (d dice) action(bytes bool) Action {
	a := Action{Count: d.Int64N(4)}
	switch n := d.IntN(8); {
	case n == 0 && bytes:
		a.Verb, a.Size = Short, 1+d.Int64N(1+d.o.Size/4)
	case n == 1:
		a.Verb, a.Duration = Stall, 1+time.Duration(d.Int64N(int64(d.o.MaxStall)))
	case n == 2:
		a.Verb = OK
	default:
		a.Verb, a.Errno = Fail, d.o.Errnos[d.IntN(len(d.o.Errnos))]
	}
	return a
}
