package sweep

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
)

// Recording is what a clean run wrote.
type Recording struct {
	Files []File // inherited descriptors first, then by name
}

// File is a file that was written to, by all opens of it together.
type File struct {
	Name   string // stdout or stderr, or the name in the folder, with ./ if it is one of these too
	Target string // as `faultsink exec` takes it
	Writes []Span // without those of no bytes
	Opens  int64

	Closed, Synced bool // by calls that could have failed
}

// Span is what a write wrote: the bytes from From to before To of an open.
type Span struct{ From, To int64 }

// Inherited are the descriptors that a command is given.
var Inherited = []string{"stdout", "stderr"}

// NewRecording returns the recording of the writes in the folder: each file's, by its full name. What is somewhere else is
// left out.
func NewRecording(folder string, writes map[string][]Span) Recording {
	var r Recording
	for name, spans := range writes {
		rel, ok := within(folder, name)
		if !ok && !slices.Contains(Inherited, name) && !IsAlias(name) {
			continue
		}
		f := File{Name: name, Target: escape(name), Writes: spans}
		if ok {
			f.Name, f.Target = nameOf(rel), "./"+escape(rel)
		}
		r.Files = append(r.Files, f)
	}
	slices.SortFunc(r.Files, func(a, b File) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(a.Name, b.Name))
	})
	return r
}

// rank is higher for what comes first.
func (f File) rank() int {
	return slices.Index([]string{"stderr", "stdout"}, f.Name)
}

// Aliases are names under which commands open what they were given.
var Aliases = []string{"/dev/stdout", "/dev/stderr"}

// IsAlias reports whether name is one of Aliases.
func IsAlias(name string) bool { return slices.Contains(Aliases, name) }

// within returns the name from the folder on, if it is in there.
func within(folder, name string) (string, bool) {
	rel, err := filepath.Rel(folder, name)
	if err != nil || !filepath.IsAbs(name) || rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
		return "", false
	}
	return rel, true
}

// nameOf returns what a file in the folder is called, so that it is not taken for a descriptor.
func nameOf(rel string) string {
	if slices.Contains(Inherited, rel) {
		return "./" + rel
	}
	return rel
}

// escape makes a target that is just the name. A "=" would end the target: it is any character from "<" to ">" there.
func escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `=`, `[<->]`).Replace(name)
}
