// Package sweep plans the runs of `faultsink sweep`, makes the folders that they work in, and judges them. It starts no
// faults itself: a [Runner] does.
package sweep

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is the call that a case lets fail.
type Kind string

// The kinds of cases.
const (
	Write Kind = "write"
	Short Kind = "short" // a write that takes one byte, and says so
	Fsync Kind = "fsync"
	Close Kind = "close"
)

// Case is a run of the command with one fault.
type Case struct {
	Target string // as `faultsink exec` takes it
	Kind   Kind
	At     int64  // byte of the target, for Write and Short
	Errno  string // but not for Short
	Once   bool   // the call succeeds when it is made again; always so but for Write

	// Cuts: in the clean run a write goes across At. With the fault it ends there, before anything fails.
	Cuts bool
}

// Plan returns the fault's plan.
func (c Case) Plan() string {
	switch {
	case c.Kind == Short:
		return fmt.Sprintf("at %d short 1", c.At)
	case c.Kind != Write:
		return fmt.Sprintf("%s %s*1", c.Kind, c.Errno)
	case c.Once:
		return fmt.Sprintf("at %d %s*1", c.At, c.Errno)
	}
	return fmt.Sprintf("at %d %s", c.At, c.Errno)
}

// Fault returns the fault as `faultsink exec --fault` takes it.
func (c Case) Fault() string { return c.Target + "=" + c.Plan() }

// Options say which cases there are.
type Options struct {
	Errnos           []string
	Once, Persistent bool // of writes; one of them at least
	Short            bool // short writes too
}

// point is a place of a target, with the cases that differ in what happens there.
type point []Case

// Points is all that can fail, in an order that depends on the recording alone.
type Points []point

// Points returns where the writes of the recording can fail: at their boundaries, and a byte before and behind.
func (r Recording) Points(o Options) (all Points) {
	for _, f := range r.Files {
		x := newExtent(f.Writes)
		for _, at := range x.places() {
			all = append(all, o.point(f.Target, x, at))
		}
		for _, k := range []Kind{Fsync, Close} {
			if k == Fsync && f.Synced || k == Close && f.Closed {
				all = append(all, o.finish(f.Target, k)...)
			}
		}
	}
	return all
}

func (o Options) point(target string, x extent, at int64) (p point) {
	for _, errno := range o.Errnos {
		c := Case{Target: target, Kind: Write, At: at, Errno: errno, Cuts: x.cuts(at)}
		if o.Once {
			c.Once = true
			p = append(p, c)
		}
		if o.Persistent {
			c.Once = false
			p = append(p, c)
		}
	}
	if o.Short && x.long(at) {
		p = append(p, Case{Target: target, Kind: Short, At: at, Once: true, Cuts: x.cuts(at)})
	}
	return p
}

// passing are errnos after which a call is just made again: of a close or fsync they say nothing.
var passing = []string{"EINTR", "EAGAIN", "EWOULDBLOCK"}

func (o Options) finish(target string, k Kind) Points {
	var p point
	for _, errno := range o.Errnos {
		if !slices.Contains(passing, errno) {
			p = append(p, Case{Target: target, Kind: k, Errno: errno, Once: true})
		}
	}
	if p == nil {
		return nil
	}
	return Points{p}
}

// Cases returns all cases in order.
func (p Points) Cases() []Case { return slices.Concat(p...) }

// Spread returns n of the cases in order, as evenly spread over the points, and over what happens there, as can be. n is
// no more than there are.
func (p Points) Spread(n int) []Case {
	chosen := make([]point, len(p))
	left := n
	for round := 0; left > 0; round++ {
		var open []int // points that have a case left
		for i := range p {
			if len(p[i]) > round {
				open = append(open, i)
			}
		}
		take := min(left, len(open))
		for k := range take {
			i := open[k*len(open)/take]
			first := i
			if round == 0 {
				first = k // goes through all that can happen, whatever the distance of the points
			}
			chosen[i] = append(chosen[i], p[i][(first+round)%len(p[i])])
		}
		left -= take
	}
	for i, c := range chosen {
		slices.SortFunc(c, func(a, b Case) int { return slices.Index(p[i], a) - slices.Index(p[i], b) })
	}
	return slices.Concat(chosen...)
}

// Shard is a part of all cases: each of M has every M-th. The zero Shard is all.
type Shard struct{ K, M int }

// Of returns the shard's cases.
func (s Shard) Of(all []Case) (part []Case) {
	if s.M == 0 {
		return all
	}
	for i, c := range all {
		if i%s.M == s.K-1 {
			part = append(part, c)
		}
	}
	return part
}

// Quote returns the words as one line of a shell.
func Quote(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if quoted[i] = w; w == "" || strings.Trim(w, plain) != "" {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// plain are characters that mean nothing to a shell.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+,./:_-"
