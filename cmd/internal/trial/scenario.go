package trial

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Scenario is an entry of the catalogue.
type Scenario struct {
	Name  string
	Class string
	Why   string // the reason for it, one sentence
	// places are where it happens, for a template.
	places func(Template) []Place
	// build makes the case. An error says why the tool has no such thing.
	build func(*setting) (Case, error)
}

// setting is what a case is built for.
type setting struct {
	t    Template
	size int64
	seed uint64
	pos  int // index of the output that fails; -1: the scenario has none
	at   int64
}

// pipeSize is what a pipe holds by default, pipe(7).
const pipeSize = 65536

// offsetOf returns the byte that a name stands for.
func offsetOf(name string, size int64, seed uint64) (int64, error) {
	switch name {
	case "":
		return 0, nil
	case "mid":
		return 100003 + int64(seed%1000)*8, nil
	case "pipe-1":
		return pipeSize - 1, nil
	case "pipe":
		return pipeSize, nil
	case "pipe+1":
		return pipeSize + 1, nil
	case "end-1":
		return size - 1, nil
	}
	if n, ok := bigOffsets[name]; ok {
		return n, nil
	}
	n, err := strconv.ParseInt(name, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no offset", name)
	}
	return n, nil
}

// positions returns the names of all outputs: of the first, the middle one, the last, and standard output.
func positions(t Template) []string {
	n := len(t.kinds)
	var all []string
	for i := range n {
		if i == 0 || i == n/2 || i == n-1 {
			all = append(all, strconv.Itoa(i+1))
		}
	}
	if t.Stdout {
		all = append(all, "stdout")
	}
	return all
}

// index returns which output a position names.
func index(t Template, pos string) int {
	if pos == "stdout" {
		return len(t.kinds)
	}
	n, err := strconv.Atoi(pos)
	if err != nil {
		return -1
	}
	return n - 1
}

// everywhere returns each output at byte at, and the first one and standard output at each of the others.
func everywhere(at string, others ...string) func(Template) []Place {
	return func(t Template) (all []Place) {
		p := positions(t)
		for _, pos := range p {
			all = append(all, Place{pos, at})
		}
		for _, other := range others {
			for _, pos := range p {
				if pos == p[0] || pos == "stdout" {
					all = append(all, Place{pos, other})
				}
			}
		}
		return all
	}
}

// ends returns the first output and the last one.
func ends(at string) func(Template) []Place {
	return func(t Template) []Place {
		p := positions(t)
		if len(p) == 1 {
			return []Place{{p[0], at}}
		}
		return []Place{{p[0], at}, {p[len(p)-1], at}}
	}
}

// onStdout returns standard output at some bytes.
func onStdout(ats ...string) func(Template) []Place {
	return func(t Template) (all []Place) {
		for _, at := range ats {
			if t.Stdout {
				all = append(all, Place{"stdout", at})
			}
		}
		return all
	}
}

// sourceAt returns places that are bytes of the source.
func sourceAt(ats ...string) func(Template) []Place {
	return func(Template) (all []Place) {
		for _, at := range ats {
			all = append(all, Place{At: at})
		}
		return all
	}
}

// once is the one place of a scenario that has none.
func once(Template) []Place { return []Place{{}} }

// makeCase returns the case of the scenario at a place.
func (s Scenario) makeCase(t Template, p Place, size int64, seed uint64) (Case, error) {
	if p.isBig() {
		size = bigSize(bigOffsets[p.At])
	}
	at, err := offsetOf(p.At, size, seed)
	if err != nil {
		return Case{}, err
	}
	return s.build(&setting{t: t, size: size, seed: seed, pos: index(t, p.Pos), at: at})
}

// matches reports whether a pattern is for the scenario at the place: its name, with or without the place, or a pattern for one of these.
func (s Scenario) matches(pattern string, p Place) bool {
	if pattern == "" || pattern == s.Name || pattern == s.Name+p.String() {
		return true
	}
	ok, _ := path.Match(pattern, s.Name)
	if !ok && p.String() != "" && strings.Contains(pattern, "[") {
		// The brackets of a place are no class of characters.
		ok, _ = path.Match(strings.NewReplacer("[pos=", `\[pos=`, "[at=", `\[at=`).Replace(pattern), s.Name+p.String())
	}
	return ok
}

// Selected is a scenario at a place.
type Selected struct {
	Scenario
	Place Place
}

// Select returns what the pattern selects of the catalogue for a template, in order; "": all. big: with what happens near 4 and 8 GiB.
func Select(t Template, pattern string, big bool) (all []Selected) {
	for _, s := range Catalogue {
		places := s.places(t)
		if more := bigPlaces[s.Name]; big && more != nil {
			places = append(places, more(t)...)
		}
		for _, p := range places {
			if s.matches(pattern, p) {
				all = append(all, Selected{s, p})
			}
		}
	}
	return all
}
