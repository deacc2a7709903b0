//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tell prints the survivors and the sums, and which explanations are not needed. It returns an error if a survivor has none.
func tell(out io.Writer, path string, points []point, fates []fate, explained map[string]string) error {
	sums := map[fate]int{}
	needed := map[string]bool{} // explanations: by one at least of the points that are printed alike
	for i, f := range fates {
		needed[points[i].String()] = needed[points[i].String()] || f != killed
	}
	known, open := 0, 0
	for i, f := range fates {
		if sums[f]++; f == killed || f == timedOut {
			if name := points[i].String(); explained[name] != "" && !needed[name] {
				fmt.Fprintf(out, "%s:%d: %v: is explained, but a test fails\n", points[i].file, points[i].line, points[i])
			}
			continue
		}
		if explained[points[i].String()] != "" {
			known++
			continue
		}
		open++
		fmt.Fprintf(out, "%s:%d: %v: %s\n", points[i].file, points[i].line, points[i],
			map[fate]string{survived: "no test fails", untouched: "no test comes by"}[f])
	}
	dead, alive := sums[killed]+sums[timedOut], len(points)-known
	fmt.Fprintf(out, "%s: %d mutants, of which %d can't be noticed; %d of %d killed (%.1f %%, %d of them by going on for too long)\n",
		path, len(points), known, dead, alive, 100*float64(dead)/float64(max(1, alive)), sums[timedOut])
	if open > 0 {
		return fmt.Errorf("%d mutants survived without an explanation", open)
	}
	return nil
}

// stale prints which explanations are of no mutant of the package.
func stale(out io.Writer, points []point, explained map[string]string) {
	there := map[string]bool{}
	for _, p := range points {
		there[p.String()] = true
	}
	for _, name := range slices.Sorted(maps.Keys(explained)) {
		if !there[name] {
			fmt.Fprintf(out, "%s: is explained, but there is no such mutant\n", name)
		}
	}
}

// explanations reads testdata/mutants.txt: a line of a mutant, as it is printed but for the place, and below it, indented, why no
// test can fail.
func explanations(folder string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "testdata", "mutants.txt"))
	if os.IsNotExist(err) {
		return nil, nil
	}
	all, last := map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "" || line[0] == '#':
		case line[0] == '\t' || line[0] == ' ':
			all[last] += trimmed
		default:
			last = trimmed
		}
	}
	return all, err
}
