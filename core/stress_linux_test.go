package core_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

// stressSize is the longest stream of TestStress.
const stressSize = 6 << 20

// TestStress makes runs at random: kinds and number of outputs, readers that are slow, die, hang or come late, a producer that
// writes in pieces and pauses, what the kernel refuses, cancellation. Whoever survives must have everything, and all others
// the prefix that is reported. YJOINT_STRESS has it go on for so long, from the seed YJOINT_STRESS_SEED on.
func TestStress(t *testing.T) {
	span, seed := time.Second, uint64(1)
	if text := os.Getenv("YJOINT_STRESS"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		span, seed = d, uint64(time.Now().UnixNano())
	}
	only := false
	if text := os.Getenv("YJOINT_STRESS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed, only = n, os.Getenv("YJOINT_STRESS") == ""
	}
	data := stream(stressSize)
	newNonblockPipe(t) // has the runtime make its poller
	before := coretest.Held()
	for end := time.Now().Add(span); time.Now().Before(end) && !t.Failed(); seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			s := &stress{T: t, rng: rand.New(rand.NewPCG(seed, 0)), data: data}
			s.run()
		})
		checkReleased(t, before)
		if only {
			break
		}
	}
}

// stress is one run at random.
type stress struct {
	*testing.T
	rng  *rand.Rand
	data []byte
}

// stressReader is what is planned for one sink and what comes of it.
type stressReader struct {
	kind   string
	fate   string // "lives", "dies" after k bytes, or "hangs" there
	k      int
	rng    *rand.Rand
	slow   bool // it pauses
	holds  *coretest.Receiver
	gone   chan struct{} // closed when it reads no more
	resume chan struct{} // one that hangs reads the rest
	file   string
}

func (s *stress) of(n int) int { return s.rng.IntN(n) }

func (s *stress) chance(percent int) bool { return s.of(100) < percent }

func pick[T any](s *stress, all ...T) T { return all[s.of(len(all))] }

func (s *stress) fork() *rand.Rand { return rand.New(rand.NewPCG(s.rng.Uint64(), 1)) }

func (s *stress) run() {
	s.data = s.data[:pick(s, 0, 1, 1000, 64<<10, 300_000, 2<<20, 2<<20, stressSize, stressSize, stressSize)]
	if len(s.data) > 1000 {
		s.data = s.data[:len(s.data)-s.of(1000)]
	}
	opts := core.Options{
		Buffer:     pick[int64](s, 0, 0, 0, 0, 0, 0, 4096, 32767, 32768, 100_001, 128<<10, 256<<10, 64<<20),
		NoZeroCopy: s.chance(15),
	}
	if len(s.data) <= 1000 && s.chance(20) {
		opts.Buffer = 1
	}
	if len(s.data)%3 == 0 {
		opts.Digest = sha256.New()
	}
	if s.chance(20) {
		defer sys.RefuseNowait(s.chance(50))()
	}
	cancelled := s.chance(15)
	n := pick(s, 1, 2, 2, 3, 3, 3, 4, 6, 12)
	uniform := s.chance(50)
	whole := coretest.Bytes(s.data)
	var sinks []core.Sink
	var readers []*stressReader
	for i := range n {
		kind := "pipe"
		if !uniform {
			kind = pick(s, "pipe", "pipe", "pipe", "nonblock", "small", "fifo", "late", "socket", "file", "memory")
		}
		r := &stressReader{kind: kind, fate: "lives", rng: s.fork(), slow: s.chance(30), gone: make(chan struct{}), resume: make(chan struct{})}
		r.holds = whole.Receiver()
		switch k := s.of(len(s.data) + 1); {
		case kind == "file" || kind == "memory":
		case s.chance(25) && k < len(s.data):
			r.fate, r.k = "dies", k
		case s.chance(10) && k < len(s.data):
			r.fate, r.k = "hangs", k
		}
		if r.fate != "lives" && s.chance(30) {
			r.k = min(pick(s, 0, 4096, 64<<10, 128<<10, 1<<20), r.k)
		}
		sinks = append(sinks, s.sink(fmt.Sprint(i, " ", kind), r))
		readers = append(readers, r)
	}
	in, feed := s.source()
	producer := s.fork()
	go produce(feed, s.data, producer)
	if s.chance(5) && pathWanted() == core.PathLinux {
		wait, refuse, errno := time.Duration(s.of(20))*time.Millisecond, pick(s, sys.RefuseSplice, sys.RefuseTee), pick(s, unix.EINVAL, unix.EPERM, unix.ENOSYS)
		undo := make(chan func(), 1)
		timer := time.AfterFunc(wait, func() { undo <- refuse(errno) })
		defer func() {
			if !timer.Stop() {
				(<-undo)()
			}
		}()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if cancelled {
		timer := time.AfterFunc(time.Duration(s.of(30_000))*time.Microsecond, cancel)
		defer timer.Stop()
	}
	var monitor core.Monitor
	opts.Monitor = &monitor
	limit := opts.Buffer
	if limit == 0 {
		limit = core.DefaultBuffer
	}
	polls := sys.Polls()
	type outcome struct {
		rep core.Report
		err error
	}
	done := make(chan outcome, 1)
	began := time.Now()
	go func() {
		rep, err := core.Run(ctx, core.Source{Reader: in}, sinks, opts)
		done <- outcome{rep, err}
	}()
	var o outcome
	ticker := time.NewTicker(3 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(60 * time.Second)
wait:
	for {
		select {
		case o = <-done:
			break wait
		case <-ticker.C:
			for _, st := range monitor.Status().Sinks {
				if st.Waiting > limit {
					s.Errorf("%d bytes wait for %s, with a buffer of %d", st.Waiting, st.Name, limit)
				}
			}
		case <-deadline:
			s.stuck(monitor.Status(), readers)
		}
	}
	polls = sys.Polls() - polls
	took := time.Since(began)
	in.Close()
	if most := int64(20000 + took.Milliseconds()*20); polls > most {
		s.Errorf("%d polls in %v", polls, took)
	}
	result := coretest.Run{Stream: whole, Report: o.rep, Err: o.err}
	if opts.Digest != nil {
		result.Digest = sha256.New
	}
	if cancelled {
		result.Ended = []error{context.Canceled}
	}
	for i, r := range readers {
		result.Sinks = append(result.Sinks, r.result(s.T, whole, o.rep.Sinks[i]))
		if !cancelled {
			s.check(r, o.rep.Sinks[i])
		}
	}
	if err := result.Check(); err != nil {
		s.Error(err)
	}
	if testing.Verbose() {
		s.Logf("%d bytes, buffer %d, %d sinks, path %s, shared %d, %d polls, %v, err %v", len(s.data), opts.Buffer, n, o.rep.Path, o.rep.Shared, polls, took, o.err)
	}
}

func (s *stress) stuck(st core.Status, readers []*stressReader) {
	for i, sink := range st.Sinks {
		s.Logf("%+v, reader %+v", sink, readers[i])
	}
	panic("Run does not return") // with all stacks
}

func (s *stress) sink(name string, r *stressReader) core.Sink {
	sink := core.Sink{Name: name}
	if r.fate == "hangs" {
		sink.StallTimeout = 30 * time.Millisecond
	}
	var out, w *os.File
	var err error
	switch r.kind {
	case "pipe":
		var p [2]int
		err = unix.Pipe2(p[:], unix.O_CLOEXEC)
		out, w = os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
	case "nonblock":
		out, w, err = os.Pipe()
	case "small":
		out, w = newPipe(s.T)
	case "fifo":
		out, w = newFIFO(s.T)
	case "socket":
		out, w = newSocketpair(s.T)
	case "late":
		out, w = newFIFO(s.T)
		pause := time.Duration(s.of(20)) * time.Millisecond
		late := w
		sink.Open = func(ctx context.Context) (io.Writer, error) {
			select {
			case <-time.After(pause):
				return late, nil
			case <-ctx.Done():
				late.Close()
				return nil, context.Cause(ctx)
			}
		}
		go r.read(out, len(s.data))
		return sink
	case "file":
		r.file = filepath.Join(s.TempDir(), "file")
		w, err = os.Create(r.file)
		sink.Writer = w
		if err != nil {
			s.Fatal(err)
		}
		return sink
	case "memory":
		sink.Writer = r.holds
		return sink
	}
	if err != nil {
		s.Fatal(err)
	}
	sink.Writer = w
	go r.read(out, len(s.data))
	return sink
}

// read takes what comes, in its way.
func (r *stressReader) read(out *os.File, size int) {
	defer close(r.gone)
	defer out.Close()
	end := int64(size + 1)
	if r.fate != "lives" {
		end = int64(r.k)
	}
	p := make([]byte, max(1+r.rng.IntN(pickOf(r.rng, 100, 5000, 70_000, 1<<20)), size/20000+1))
	pauses := 0
	take := func(most int64) bool {
		n, err := out.Read(p[:min(int64(len(p)), most)])
		r.holds.Write(p[:n])
		return err == nil
	}
	for r.holds.Len() < end && take(end-r.holds.Len()) {
		if r.slow && pauses < 30 && r.rng.IntN(30) == 0 {
			time.Sleep(time.Duration(r.rng.IntN(4000)) * time.Microsecond)
			pauses++
		}
	}
	there := r.holds.Len() == end
	if r.fate == "hangs" && there {
		<-r.resume
		for take(end + int64(len(p))) {
		}
	}
	if r.fate == "dies" && there && r.rng.IntN(2) == 0 {
		time.Sleep(time.Duration(r.rng.IntN(20_000)) * time.Microsecond)
	}
}

func pickOf(rng *rand.Rand, all ...int) int { return all[rng.IntN(len(all))] }

// result returns what is known of a sink once its run is over.
func (r *stressReader) result(t *testing.T, stream coretest.Stream, rep core.SinkReport) coretest.Sink {
	close(r.resume)
	sink := coretest.Sink{Holds: r.holds, Leaves: r.fate == "dies", Stalls: r.fate == "hangs"}
	switch {
	case r.file != "":
		sink.Holds = stream.Received(contents(t, r.file))
	case r.kind != "memory":
		select {
		case <-r.gone:
		case <-time.After(patience):
			panic("a reader doesn't hear of the end: " + fmt.Sprintf("%+v %+v", r, rep))
		}
	}
	return sink
}

// check requires that what was planned for a sink has come about, in a run that was not cancelled.
func (s *stress) check(r *stressReader, rep core.SinkReport) {
	socket := r.kind == "socket" // accepts what nobody reads
	want, ok := map[string]core.Verdict{"lives": core.Complete, "dies": core.Failed, "hangs": core.Stalled}[r.fate], false
	switch ok = rep.Verdict == want || socket && rep.Verdict == core.Complete; {
	case !ok:
	case r.fate == "dies" && r.holds.Len() != int64(r.k):
		ok = false
	case r.fate == "dies" && !socket:
		ok = rep.HasTaken && rep.Taken == r.holds.Len()
	}
	if !ok {
		s.Errorf("%s %s at %d: holds %d of %d bytes; %+v", r.kind, r.fate, r.k, r.holds.Len(), len(s.data), rep)
	}
}
