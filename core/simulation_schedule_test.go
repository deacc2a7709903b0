package core_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"yjoint/core/fault"
)

// schedule is all that happens to one simulated run. It prints as the JSON that it parses from, and running it again repeats it.
type schedule struct {
	Seed   uint64    `json:"seed"`             // of pieces, pauses and latencies
	From   int64     `json:"from,omitzero"`    // offset of the first byte
	Size   int64     `json:"size"`             // bytes from there on
	Piece  int64     `json:"piece"`            // largest piece that the source delivers
	Pause  span      `json:"pause,omitzero"`   // longest time for a piece
	End    string    `json:"end,omitzero"`     // "": EOF; "last": with the last bytes; "error"; "never": it delivers no more
	Judge  simFinish `json:"judge,omitzero"`   // the source's Finish
	Cancel span      `json:"cancel,omitzero"`  // when the run is cancelled; 0: it isn't
	Buffer int64     `json:"buffer,omitzero"`  // core.Options
	Need   int       `json:"require,omitzero"` //
	Stop   bool      `json:"stop,omitzero"`    // on error
	Stall  span      `json:"stall,omitzero"`   //
	Warn   span      `json:"warn,omitzero"`    //
	Finish span      `json:"finish,omitzero"`  // timeout
	Sinks  []simSink `json:"sinks"`
}

// simSink is what one sink does.
type simSink struct {
	Plan     fault.Plan `json:"plan,omitzero"` // what its writes and its close meet
	Stops    []simStop  `json:"stops,omitzero"`
	Latency  span       `json:"latency,omitzero"` // longest time of a call
	Open     *simFinish `json:"open,omitzero"`    // it is opened late
	Finish   *simFinish `json:"finish,omitzero"`  // in place of its Close
	Frees    bool       `json:"frees,omitzero"`   // Close ends a write that waits
	Optional bool       `json:"optional,omitzero"`
	EarlyOK  bool       `json:"early_ok,omitzero"`
	Stall    span       `json:"stall,omitzero"` // its own timeout
}

// simStop is a time in which the sink takes nothing.
type simStop struct {
	At  span `json:"at"`
	For span `json:"for,omitzero"` // 0: for ever
}

// simFinish is what an Open or Finish does.
type simFinish struct {
	Takes span   `json:"takes,omitzero"`
	Deaf  bool   `json:"deaf,omitzero"`  // takes so long even if its ctx is done
	Fails string `json:"fails,omitzero"` // "error"; "early": exit status 0, if its reader has gone
}

// span is a time.Duration that prints as Go writes it.
type span time.Duration

func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

func (s schedule) String() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func parseSchedule(text string) (s schedule, err error) {
	err = json.Unmarshal([]byte(text), &s)
	return s, err
}

// dice throws schedules.
type dice struct{ *rand.Rand }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func throw[T any](d dice, all ...T) T { return all[d.IntN(len(all))] }

// span is a time of up to most, odd in its nanoseconds, so that hardly two things happen at once, and no tick of the engine with
// them.
func (d dice) span(most span) span { return span(d.Int64N(max(int64(most)/2, 1))*2 + 1) }

// newSchedule returns the schedule of a seed.
func newSchedule(seed uint64) schedule {
	d := dice{rand.New(rand.NewPCG(seed, 7))}
	s := schedule{
		Seed:  seed,
		Size:  throw[int64](d, 0, 1, 1+d.Int64N(100), 1+d.Int64N(5000), 1+d.Int64N(5000), 1+d.Int64N(200_000)),
		Pause: throw(d, 0, span(time.Microsecond), span(time.Millisecond), span(time.Second)),
		End:   throw(d, "", "", "", "last", "last", "error"),
		Stall: throw(d, 0, span(time.Second), span(10*time.Second), span(5*time.Minute)),
		Warn:  throw(d, 0, 0, span(2*time.Second), span(time.Minute)),
	}
	s.Piece = throw(d, 1, 7, 512, 4096, s.Size) + s.Size/24
	s.Buffer = s.buffer(d)
	s.From = s.start(d)
	if d.chance(40) {
		s.Finish = throw(d, span(time.Second), span(30*time.Second))
	}
	if d.chance(20) {
		s.Cancel = d.span(throw(d, span(time.Millisecond), span(5*time.Second), span(10*time.Minute)))
		if d.chance(30) {
			s.End = "never"
		}
	}
	if d.chance(20) {
		s.Judge = d.finish(s, "error")
		s.Judge.Deaf = false // nothing could leave it
	}
	n := throw(d, 1, 2, 2, 3, 3, 4, 5, 8, 1+d.IntN(16))
	for i := range n {
		s.Sinks = append(s.Sinks, d.sink(s, uint64(i)))
	}
	if d.chance(30) {
		s.swizzle(d)
	}
	s.Stop, s.Need = d.chance(15), throw(d, 0, 0, d.IntN(s.counted()+1))
	return s
}

// buffer is such that a sink has no more than some dozen writes.
func (s schedule) buffer(d dice) int64 {
	least := s.Size/32 + 1
	return throw(d, least, least, least+d.Int64N(100), max(least, 4096), max(least, 100_000), s.Size+1)
}

// start is where offsets that don't fit into 32 bits begin, and where they end.
func (s schedule) start(d dice) int64 {
	border := throw[int64](d, 0, 0, 0, 1<<31, 1<<32, 1<<33, math.MaxInt64)
	return min(max(border-throw(d, s.Size, d.Int64N(s.Size+1), s.Size/2), 0), math.MaxInt64-s.Size)
}

// timeout is the stall timeout that holds for a sink.
func (s schedule) timeout(k simSink) span {
	if k.Stall != 0 {
		return max(k.Stall, 0)
	}
	return s.Stall
}

// near is a time around one that something happens after, or a short one.
func (d dice) near(t span) span {
	if t <= 0 {
		t = span(time.Second)
	}
	return d.span(throw(d, t/10, t/2, t, t+t/10, t+t/4, 3*t)) + throw(d, 0, 0, t)
}

func (d dice) sink(s schedule, i uint64) simSink {
	k := simSink{
		Latency: throw(d, 0, 0, span(time.Microsecond), span(time.Millisecond), span(100*time.Millisecond)),
		Frees:   d.chance(50), Optional: d.chance(15),
	}
	if d.chance(15) {
		k.Stall = throw(d, -1, span(3*time.Second))
	}
	switch t := s.timeout(k); d.IntN(10) {
	case 0, 1:
		k.Plan = fault.Random(s.Seed, i, fault.RandomOptions{Size: s.Size, MaxStall: time.Duration(d.near(t)), Rules: 2})
	case 2, 3:
		k.Plan = d.plan(s, t)
	}
	if d.chance(15) {
		open := d.finish(s, "error")
		k.Open = &open
	}
	if d.chance(30) {
		finish := d.finish(s, "error", "early", "early")
		k.Finish, k.EarlyOK = &finish, d.chance(50)
	}
	return k
}

// plan is one of a reader that pauses, trickles or dies.
func (d dice) plan(s schedule, timeout span) fault.Plan {
	rule := fault.Rule{Trigger: fault.Trigger{Kind: fault.At, N: d.Int64N(s.Size + 1)}}
	switch d.IntN(4) {
	case 0:
		rule.Actions = []fault.Action{{Verb: fault.Stall, Duration: time.Duration(d.near(timeout))}}
	case 1:
		rule.Actions = []fault.Action{{Verb: fault.Rate, Size: 1 + s.Size/throw[int64](d, 2, 10, 100)}}
	default:
		rule.Actions = []fault.Action{{Verb: fault.Fail, Errno: throw(d, simErrnos...)}}
	}
	return fault.Plan{Rules: []fault.Rule{rule}}
}

func (d dice) finish(s schedule, fails ...string) simFinish {
	f := simFinish{Takes: d.near(max(s.Stall, s.Finish)), Deaf: d.chance(20)}
	if d.chance(40) {
		f.Fails = throw(d, fails...)
	}
	return f
}

// swizzle stops a random part of the sinks one by one, and lets them go on in another order, some not at all.
func (s *schedule) swizzle(d dice) {
	order := d.Perm(len(s.Sinks))[:1+d.IntN(len(s.Sinks))]
	step := d.near(s.Stall) / span(len(order))
	release := d.Perm(len(order))
	for i, k := range order {
		stop := simStop{At: span(i)*step + d.span(step)}
		stop.For = span(len(order)+release[i])*step + d.span(step) - span(i)*step
		if s.timeout(s.Sinks[k]) > 0 && d.chance(30) {
			stop.For = 0
		}
		s.Sinks[k].Stops = append(slices.Clone(s.Sinks[k].Stops), stop)
	}
}
