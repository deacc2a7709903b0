//go:build linux

package main

import (
	"errors"
	"slices"
)

// result is what came of one work.
type result struct {
	work   work
	amount int64
	rounds int
	rows   []*row // the reference first
	left   []exclusion
}

// exclusion tells who was left out.
type exclusion struct {
	why   string
	names []string
}

// row is what came of one tool at one work.
type row struct {
	tool    tool
	samples []figures // of each round
	failure error     // ends its runs
}

// measure runs all tools at w, with n of what is its amount.
func (b *bench) measure(w work, tools []tool, n int64) result {
	r := result{work: w, amount: n, rounds: b.options.rounds}
	if w.needs != nil {
		if err := w.needs(b, n); err != nil {
			r.leaveOut("all tools", err.Error())
			return r
		}
	}
	for _, t := range tools {
		if why := w.refusal(t); why != "" {
			r.leaveOut(t.name, why)
			continue
		}
		r.rows = append(r.rows, &row{tool: t})
	}
	b.tell("%s, %s", w.title, w.amount(n))
	defer b.removeInputs() // for the memory that caches them
	b.check(w, r.rows, n)
	for round := range b.options.rounds {
		b.round(w, r.rows, n, round)
	}
	return r
}

func (r *result) leaveOut(name, why string) {
	i := slices.IndexFunc(r.left, func(e exclusion) bool { return e.why == why })
	if i < 0 {
		i = len(r.left)
		r.left = append(r.left, exclusion{why: why})
	}
	r.left[i].names = append(r.left[i].names, name)
}

func (w work) refusal(t tool) string {
	if w.lacks == nil {
		return ""
	}
	return w.lacks(t)
}

// check has every byte of every output looked at, once for each tool.
func (b *bench) check(w work, rows []*row, n int64) {
	if w.unchecked {
		return
	}
	for _, r := range rows {
		b.once(w, r, w.forCheck(n), true)
	}
}

// round runs each tool once, beginning with another one each time.
func (b *bench) round(w work, rows []*row, n int64, round int) {
	var unprepared error
	if w.prepare != nil {
		unprepared = w.prepare(b, n)
	}
	for i := range rows {
		r := rows[(round+i)%len(rows)]
		if unprepared != nil && r.failure == nil {
			r.failure = unprepared
		}
		b.once(w, r, n, false)
	}
}

// once runs r's tool, unless it has failed or everything is to end.
func (b *bench) once(w work, r *row, n int64, checks bool) {
	if r.failure != nil || b.ctx.Err() != nil {
		return
	}
	tr := b.newTrial(r.tool, checks)
	f, err := w.run(tr, w, n)
	tr.end()
	what := "timed"
	if checks {
		what = "checked"
	}
	if err != nil && b.ctx.Err() == nil {
		r.failure = err
		b.tell("%s, %s: %v", r.tool.name, what, err)
		return
	}
	if !checks {
		r.samples = append(r.samples, f)
		b.tell("%s: %s", r.tool.name, duration(f.wall))
	}
}

// reference returns the row that others are compared with: that of the reference, or the first where it is left out.
func (r result) reference() *row {
	if len(r.rows) == 0 {
		return nil
	}
	return r.rows[0]
}

// hasYjoint reports whether there are figures of each yjoint that was asked for.
func (r result) hasYjoint() bool {
	return len(r.rows) > 0 && !slices.ContainsFunc(r.rows, func(o *row) bool { return o.tool.yjoint && o.failure != nil })
}

// of returns the values of all samples.
func of[T any](samples []figures, value func(figures) T) []T {
	var all []T
	for _, f := range samples {
		all = append(all, value(f))
	}
	return all
}

// ratios returns those of each round to the reference: what the machine did beside was more alike within a round.
func (o *row) ratios(reference *row, value func(figures) float64) []float64 {
	var all []float64
	for i := range min(len(o.samples), len(reference.samples)) {
		if base := value(reference.samples[i]); base > 0 {
			all = append(all, value(o.samples[i])/base)
		}
	}
	return all
}

// failed returns what the table says of a row without figures.
func (o *row) failed() string {
	var wrong *wrongBytes
	if errors.As(o.failure, &wrong) {
		return wrong.Error()
	}
	return "failed: " + o.failure.Error()
}
