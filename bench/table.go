//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

var columns = []string{"tool", "wall", "ratio", "cpu", "ratio", "peak", "ratio"}

// heading says what was done, and what the ratios are to.
func (r result) heading() string {
	text := fmt.Sprintf("%s (%s): %s, rounds: %d", r.work.title, r.work.name, r.work.amount(r.amount), r.rounds)
	if ref := r.reference(); ref != nil {
		text += "; ratios to " + ref.tool.name
	}
	return text
}

// cells returns a row's figures, or why there are none.
func (o *row) cells(reference *row) (cells []string, failure string) {
	if o.failure != nil {
		return []string{o.tool.name}, o.failed()
	}
	wall := func(f figures) float64 { return float64(f.wall) }
	cpu := func(f figures) float64 { return float64(f.cpu) }
	peak := func(f figures) float64 { return float64(f.peak) }
	return []string{
		o.tool.name,
		duration(median(of(o.samples, func(f figures) time.Duration { return f.wall }))), ratio(o.ratios(reference, wall)),
		duration(median(of(o.samples, func(f figures) time.Duration { return f.cpu }))), ratio(o.ratios(reference, cpu)),
		memory(median(of(o.samples, func(f figures) int64 { return f.peak }))), ratio(o.ratios(reference, peak)),
	}, ""
}

// absent stands where there is no figure.
const absent = "-"

func ratio(values []float64) string {
	if len(values) == 0 {
		return absent
	}
	return fmt.Sprintf("%.2f", median(values))
}

func duration(d time.Duration) string {
	switch {
	case d == 0:
		return absent
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f µs", d.Seconds()*1e6)
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func memory(n int64) string {
	if n == 0 {
		return absent
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// notes are what stands below the table.
func (r result) notes() []string {
	var notes []string
	for _, o := range r.rows {
		if o.tool.note != "" && o.failure == nil {
			notes = append(notes, o.tool.note)
		}
	}
	notes = slices.Compact(notes)
	for _, l := range r.left {
		notes = append(notes, fmt.Sprintf("left out: %s: %s", strings.Join(l.names, ", "), l.why))
	}
	return notes
}

// print writes the table as aligned text.
func (r result) print(w io.Writer) error {
	fmt.Fprintln(w, r.heading())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.rows) > 0 {
		fmt.Fprintln(t, "  "+strings.Join(columns, "\t"))
	}
	for _, o := range r.rows {
		cells, failure := o.cells(r.reference())
		line := "  " + strings.Join(cells, "\t")
		if failure != "" {
			line += "\t" + failure
		}
		fmt.Fprintln(t, line)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, n := range r.notes() {
		fmt.Fprintln(w, "  "+n)
	}
	_, err := fmt.Fprintln(w)
	return err
}
