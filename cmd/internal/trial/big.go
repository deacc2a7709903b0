package trial

// bigSize returns how long the stream is where something happens at that byte near 4 or 8 GiB: by the default size more than that.
func bigSize(at int64) int64 { return (at+1<<20)>>30<<30 + DefaultSize }

// isBig reports whether the case is one of those.
func (c Case) isBig() bool { return c.Size > 4<<30 }

// bigPipe is the size of the pipes then, from the default of 64 KiB: most of the time is saved by that.
const bigPipe = 256 << 10

// bigOffsets are the bytes on both sides of what 32 bits count to, once and twice.
var bigOffsets = map[string]int64{"4GiB-1": 4<<30 - 1, "4GiB+1": 4<<30 + 1, "8GiB-1": 8<<30 - 1, "8GiB+1": 8<<30 + 1}

// nearBig returns these bytes at one output: "" is the first, otherwise standard output or, where that is none, the last.
func nearBig(pos string) func(Template) []Place {
	return func(t Template) (all []Place) {
		p := positions(t)
		output := p[0]
		if pos != "" {
			output = p[len(p)-1]
		}
		if pos == "stdout" && !t.Stdout {
			return nil
		}
		for _, at := range []string{"4GiB-1", "4GiB+1", "8GiB-1", "8GiB+1"} {
			all = append(all, Place{output, at})
		}
		return all
	}
}

// bigPlaces are where else scenarios are run with --big, those in which a tool's counters matter: where bytes that were written are
// counted, or positions kept, when something happens. No disk holds such a stream, so that all outputs are pipes; and two of them, or
// what a template has that names them one by one, since such a run is a matter of gigabytes.
var bigPlaces = map[string]func(Template) []Place{
	"clean":          sourceAt("8GiB+1"),
	"reader-exits":   nearBig(""),
	"reader-stalls":  nearBig(""),
	"nonblock-stall": nearBig("stdout"),
	"write-enospc":   nearBig("last"),
}

// bigOffset reports whether the byte is near 4 or 8 GiB.
func bigOffset(at int64) bool { return at > 2<<30 }

// isBig reports whether the place is near 4 or 8 GiB.
func (p Place) isBig() bool { return bigOffsets[p.At] > 0 }
