package trial

import (
	"fmt"
	"strings"
	"time"
)

// The size of a timeline and the margins around its axes, in its own units.
const (
	svgWidth, svgHeight = 360, 130
	svgLeft, svgRight   = 8, 62
	svgTop, svgBottom   = 14, 20
)

// dashes tell outputs apart without colour: whole, dashed, dotted, both. Further ones begin again.
var dashes = []string{"", "7 3", "2 3", "9 3 2 3"}

// plot maps times and bytes to places in a timeline.
type plot struct {
	end    time.Duration
	length int64
}

func (p plot) x(at time.Duration) float64 {
	return svgLeft + (svgWidth-svgLeft-svgRight)*float64(at)/float64(p.end)
}

func (p plot) y(bytes int64) float64 {
	return svgHeight - svgBottom - (svgHeight-svgTop-svgBottom)*float64(min(bytes, p.length))/float64(p.length)
}

// svg draws the bytes of all outputs against time, with the faults; "" if nothing was recorded.
func (t Timeline) svg() string {
	if t.End <= 0 || t.Length <= 0 {
		return ""
	}
	p := plot{t.End, t.Length}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="bytes of each output against time">`, svgWidth, svgHeight)
	fmt.Fprintf(&b, `<path class="axis" d="M%d %.1fH%dM%d %.1fH%d"/>`, svgLeft, p.y(0), svgWidth-svgRight, svgLeft, p.y(t.Length), svgWidth-svgRight)
	fmt.Fprintf(&b, `<text x="%d" y="%.1f">0</text><text x="%d" y="%.1f" text-anchor="end">%s</text><text x="%d" y="%d">%d bytes</text>`,
		svgLeft, p.y(0)+12, svgWidth-svgRight, p.y(0)+12, t.End.Round(time.Millisecond), svgLeft, svgTop-4, t.Length)
	below := make([]int, 0, len(t.Tracks)) // the y of the labels
	for i, track := range t.Tracks {
		t.line(&b, p, i, track, &below)
	}
	for _, m := range t.Marks {
		t.fault(&b, p, m)
	}
	b.WriteString("</svg>")
	return b.String()
}

// line draws one output: it keeps what it has until the next sample.
func (t Timeline) line(b *strings.Builder, p plot, i int, track Track, labels *[]int) {
	last := Sample{}
	fmt.Fprintf(b, `<path class="line l%d" stroke-dasharray="%s" d="M%.1f %.1f`, i%len(dashes), dashes[i%len(dashes)], p.x(0), p.y(0))
	for _, s := range track.Samples {
		fmt.Fprintf(b, "H%.1fV%.1f", p.x(s.At), p.y(s.Bytes))
		last = s
	}
	fmt.Fprintf(b, `H%.1f"/>`, p.x(t.End))
	fmt.Fprintf(b, `<text class="t%d" x="%d" y="%d">%s</text>`, i%len(dashes), svgWidth-svgRight+4, free(labels, int(p.y(last.Bytes))+4), track.Name)
}

// labelHeight is how far apart labels are.
const labelHeight = 12

// free returns the place nearest to y, upwards or downwards, where no label is yet, and takes it.
func free(labels *[]int, y int) int {
	for away := 0; ; away++ {
		for _, try := range []int{y + away, y - away} {
			taken := try < labelHeight || try > svgHeight-2
			for _, l := range *labels {
				taken = taken || try-l < labelHeight && l-try < labelHeight
			}
			if !taken {
				*labels = append(*labels, try)
				return try
			}
		}
		if away > svgHeight {
			return y // more outputs than room
		}
	}
}

// fault marks a fault: a line at its time, and a cross on the output; for the source, at its byte.
func (t Timeline) fault(b *strings.Builder, p plot, m Mark) {
	who := "the source"
	if m.Output >= 0 && m.Output < len(t.Tracks) {
		who = "output " + t.Tracks[m.Output].Name
	}
	x, y := p.x(m.At), p.y(m.Bytes)
	fmt.Fprintf(b, `<g class="fault"><title>fault: %s, byte %d, %s</title><path d="M%.1f %dV%.1f"/>`, who, m.Bytes, m.At.Round(time.Microsecond), x, svgTop, p.y(0))
	fmt.Fprintf(b, `<path class="cross" d="M%.1f %.1fl8 8m0 -8l-8 8"/></g>`, x-4, y-4)
}
