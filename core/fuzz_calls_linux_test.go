package core_test

import (
	"crypto/sha256"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// callGenes decodes the fuzzer's bytes into decisions. When they are used up, all further decisions are 0.
type callGenes struct{ data []byte }

func (g *callGenes) next() int {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return int(b)
}

func oneOf[T any](g *callGenes, all ...T) T { return all[g.next()%len(all)] }

// fault is any fault of a sink of that kind or of the engine's own calls.
func (g *callGenes) fault(kind string) sweepFault {
	f := sweepFault{sink: g.next()%4 + engine, op: core.OpWrite, call: 1 + g.next()%16, persists: g.next()%2 == 1}
	if f.sink != engine {
		f.op = oneOf(g, core.OpWrite, core.OpWrite, core.OpOpen, core.OpSync, core.OpClose)
	}
	switch {
	case f.op != core.OpWrite:
		f.errno, f.call = oneOf(g, sweepFatal...), 1
	case g.next()%2 == 1:
		f.short = oneOf[int64](g, 1, 2, 511, 4095, 4096, 4097, 8192, 65535)
	case f.sink == engine:
		f.errno = oneOf(g, unix.EINTR, unix.EAGAIN, unix.EINVAL, unix.ENOSYS, unix.EPERM, unix.ENOMEM)
	case kind == "memory": // any error of a plain writer is one
		f.errno = oneOf(g, sweepFatal...)
	default:
		f.errno = oneOf(g, slices.Concat(sweepFatal, sweepPassing, sweepRefused)...)
	}
	if slices.Contains(sweepPassing, f.errno) || f.short > 0 {
		f.persists = false // a call that is interrupted each time is never made
	}
	return f
}

// FuzzCalls: whatever calls of real pipes, sockets and files fail, are interrupted, refused or short, several of them in one run, and
// those too by which the engine spares copies, on each path: what coretest requires holds.
func FuzzCalls(f *testing.F) {
	f.Add([]byte{})
	for kind := range byte(4) {
		for source := range byte(2) {
			f.Add([]byte{kind, source, 0, 3, 200, 0, 2, 1, 3, 0, 0, 0, 0, 2, 5, 0, 0, 1, 3})
			f.Add([]byte{kind, source, 1, 7, 255, 1, 3, 0, 2, 0, 1, 2, 1, 4, 1, 0, 0, 0, 3, 3, 0, 1, 0, 0})
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := &callGenes{data}
		k := sweepKind{kind: oneOf(g, "pipe", "file", "socket", "memory"), source: oneOf(g, "pipe", "pieces")}
		portable, buffer := g.next()%4 == 3 || pathWanted() == core.PathPortable, int64(1)<<(10+g.next()%9)
		k.opts = core.Options{Buffer: buffer, Portable: portable}
		k.size = 1 + g.next()*int(min(buffer*8, 300_000))/255
		if g.next()%4 == 1 {
			k.opts.Digest = sha256.New()
		}
		old := g.next() % 8
		if old < 2 && k.kind == "pipe" {
			defer sys.RefuseNowait(old == 1)()
		}
		var faults []sweepFault
		for range g.next() % 6 {
			faults = append(faults, g.fault(k.kind))
		}
		newSweepRun(t, k, t.TempDir(), faults...).run()
	})
}
