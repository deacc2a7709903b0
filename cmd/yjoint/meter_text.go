package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// lines is the view in plain lines: one per output and one for the whole, with exact numbers.
func (v view) lines() (all []string) {
	for _, o := range v.outputs {
		line := o.name + ": " + o.doing + ", " + count(o.accepted, "byte") + " accepted, " + count(o.lag, "byte") + " waiting"
		if !o.over {
			line += ", " + perSecond(o.rate)
		}
		if o.blocked > 0 {
			line += ", blocked for " + short(o.blocked)
		}
		if o.inAll >= time.Millisecond {
			line += ", blocked for " + short(o.inAll) + " in all"
		}
		if o.reader != nil {
			line += ", " + o.reader.String()
		}
		all = append(all, line)
	}
	total := "total: " + count(v.read, "byte") + " read"
	if v.size > 0 {
		total += fmt.Sprintf(" of %d (%d%%)", v.size, v.percent())
	}
	total += ", " + perSecond(v.rate) + ", " + short(v.elapsed) + " elapsed"
	if left, ok := v.left(); ok {
		total += ", ETA " + short(left)
	}
	return append(all, total)
}

// percent is how much of the source has been read, rounded down: 100 only when it is all.
func (v view) percent() int64 { return int64(float64(v.read) / float64(v.size) * 100) }

// columns of a row but for the name and the state.
const (
	widthOfSize  = 10 // "1023.9 MiB"
	widthOfRate  = widthOfSize + 2
	leastOfNames = 8
)

// rows is the view as a block of at most most rows of at most width columns: one per output, and the whole. Where there are
// more outputs, those that lag most are shown.
func (v view) rows(width, most int) (all []string) {
	shown := v.slowest(most - 1)
	hidden := len(v.outputs) - len(shown)
	names := ansi.StringWidth("total")
	for _, o := range shown {
		names = max(names, ansi.StringWidth(printable(o.name)))
	}
	names = min(names, max(leastOfNames, width/3))
	row := func(name string, bytes int64, rate, rest string) {
		name = ansi.Truncate(printable(name), names, "…")
		name += strings.Repeat(" ", max(0, names-ansi.StringWidth(name)))
		text := fmt.Sprintf("%s %*s %*s  %s", name, widthOfSize, rough(bytes), widthOfRate, rate, rest)
		all = append(all, ansi.Truncate(text, width, "…"))
	}
	for _, o := range shown {
		speed := perSecond(o.rate)
		if o.over {
			speed = ""
		}
		row(o.name, o.accepted, speed, fmt.Sprintf("lag %*s  %s", widthOfSize, rough(o.lag), o.state()))
	}
	rest := clock(v.elapsed)
	if left, ok := v.left(); ok {
		rest += "  ETA " + clock(left)
	}
	if v.size > 0 {
		rest += fmt.Sprintf("  %d%% of %s", v.percent(), rough(v.size))
	}
	if hidden > 0 {
		rest += "  " + count(hidden, "output") + " not shown"
	}
	row("total", v.read, perSecond(v.rate), rest)
	return all
}

// slowest returns most outputs, those that lag most, in their order.
func (v view) slowest(most int) []outputView {
	if len(v.outputs) <= most {
		return v.outputs
	}
	indexes := make([]int, len(v.outputs))
	for i := range indexes {
		indexes[i] = i
	}
	slices.SortStableFunc(indexes, func(a, b int) int { return int(min(1, max(-1, v.outputs[b].lag-v.outputs[a].lag))) })
	indexes = indexes[:max(0, most)]
	slices.Sort(indexes)
	var shown []outputView
	for _, i := range indexes {
		shown = append(shown, v.outputs[i])
	}
	return shown
}

// noticeable is for how long an output must be blocked before that is shown: less is what happens all the time.
const noticeable = time.Second

// state is what the output does, or since when it waits.
func (o outputView) state() string {
	if o.blocked >= noticeable {
		return o.doing + ", blocked for " + o.blocked.Truncate(time.Second).String()
	}
	return o.doing
}

// rough is bytes to three digits or four: "4.2 GiB".
func rough(bytes int64) string { return roughly(float64(bytes)) }

func roughly(bytes float64) string {
	if bytes < 1023.5 {
		return fmt.Sprintf("%.0f B", bytes)
	}
	unit := 0
	for bytes /= 1024; bytes >= 1023.95 && unit < len(binaryUnits)-1; bytes /= 1024 {
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", bytes, binaryUnits[unit])
}

const binaryUnits = "KMGTPE"

func perSecond(rate float64) string { return roughly(rate) + "/s" }

// short is d to the millisecond, or to the second if it is long: "350ms", "2m12s".
func short(d time.Duration) string {
	if d >= 10*time.Second {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}

// clock is d as clocks show it, always as wide but for long times: "0:02:12".
func clock(d time.Duration) string {
	s := int64(d.Seconds())
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
