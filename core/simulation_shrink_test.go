package core_test

import (
	"slices"

	"yjoint/core/fault"
)

// shrink returns the smallest schedule that it finds, by small steps, of those that fail. It makes no more than so many runs.
func shrink(s schedule, fails func(schedule) bool, runs int) schedule {
	for found := true; found; {
		found = false
		for _, smaller := range s.smaller() {
			if !smaller.valid() {
				continue
			}
			if runs--; runs < 0 {
				return s
			}
			if fails(smaller) {
				s, found = smaller, true
				break
			}
		}
	}
	return s
}

// valid reports whether the engine can end the run, and takes its options.
func (s schedule) valid() bool {
	for _, k := range s.Sinks {
		for _, stop := range k.Stops {
			if stop.For == 0 && s.timeout(k) == 0 {
				return false
			}
		}
	}
	return s.Need <= s.counted() && (s.End != "never" || s.Cancel > 0)
}

// counted is how many sinks are not optional.
func (s schedule) counted() (n int) {
	for _, k := range s.Sinks {
		if !k.Optional {
			n++
		}
	}
	return n
}

// smaller returns schedules that differ from s in one thing, and have less of that. The largest steps come first.
func (s schedule) smaller() (all []schedule) {
	add := func(change func(c *schedule)) {
		c := s
		c.Sinks = slices.Clone(s.Sinks)
		if change(&c); c.String() != s.String() {
			all = append(all, c)
		}
	}
	for i := range s.Sinks {
		if len(s.Sinks) > 1 {
			add(func(c *schedule) { c.Sinks = slices.Delete(c.Sinks, i, i+1) })
		}
	}
	for i := range s.Sinks {
		add(func(c *schedule) { c.Sinks[i] = simSink{} })
	}
	add(func(c *schedule) { c.From = 0 })
	add(func(c *schedule) { c.Size /= 2 })
	add(func(c *schedule) { c.Piece = c.Size + 1 })
	add(func(c *schedule) { c.Buffer = c.Size + 1 })
	for _, set := range []func(c *schedule){
		func(c *schedule) { c.Cancel = 0 }, func(c *schedule) { c.End = "" }, func(c *schedule) { c.Judge = simFinish{} },
		func(c *schedule) { c.Stop = false }, func(c *schedule) { c.Need = 0 }, func(c *schedule) { c.Warn = 0 },
		func(c *schedule) { c.Finish = 0 }, func(c *schedule) { c.Stall = 0 }, func(c *schedule) { c.Pause = 0 },
	} {
		add(set)
	}
	for i, k := range s.Sinks {
		for _, smaller := range k.smaller() {
			add(func(c *schedule) { c.Sinks[i] = smaller })
		}
	}
	add(func(c *schedule) { c.Size = max(c.Size-1, 0) })
	return all
}

func (k simSink) smaller() (all []simSink) {
	add := func(change func(c *simSink)) {
		change(&k)
		all = append(all, k)
	}
	was := k
	for _, set := range []func(c *simSink){
		func(c *simSink) { c.Plan = fault.Plan{} }, func(c *simSink) { c.Stops = nil }, func(c *simSink) { c.Latency = 0 },
		func(c *simSink) { c.Open = nil }, func(c *simSink) { c.Finish = nil }, func(c *simSink) { c.Frees = false },
		func(c *simSink) { c.Optional = false }, func(c *simSink) { c.EarlyOK = false }, func(c *simSink) { c.Stall = 0 },
	} {
		add(set)
		k = was
	}
	for i := range k.Plan.Rules {
		if len(k.Plan.Rules) > 1 {
			add(func(c *simSink) { c.Plan.Rules = slices.Delete(slices.Clone(c.Plan.Rules), i, i+1) })
			k = was
		}
	}
	for i := range k.Stops {
		add(func(c *simSink) { c.Stops = slices.Delete(slices.Clone(c.Stops), i, i+1) })
		k = was
	}
	return all
}
