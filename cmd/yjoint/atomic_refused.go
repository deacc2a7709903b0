package main

import (
	"errors"
)

// checkAtomic refuses what contradicts --atomic on the command line alone.
func checkAtomic(c *config) error {
	for _, o := range c.outputs {
		other := ""
		switch {
		case o.atomic && o.append:
			other = "--append"
		case o.atomic && c.noTruncate:
			other = "--no-truncate"
		default:
			continue
		}
		return usagef("%s: --atomic and %s: expected one of them: a new file takes the place of the old one, or the old one is written to", quoted(o.text), other)
	}
	return nil
}

// refuseAtomic is a usage error if t is something whose place no new file can take.
func (t *target) refuseAtomic() error {
	what := map[string]string{kindFIFO: "a FIFO", kindSocket: "a socket", kindDevice: "a device"}[t.state.kind]
	switch {
	case t.adopted():
		what = "an open descriptor"
	case what == "": // a regular file, nothing, or a folder, which nobody can write to
		return nil
	}
	return usagef("--atomic: %s is %s: expected a regular file or a free name, since a new file is to take its place", quoted(t.path), what).
		withHint("--with atomic is for one -o, --atomic for all files")
}

// folderError is why there can't be a temporary file in a folder.
type folderError struct {
	folder string
	err    error
}

func (e *folderError) Error() string { return e.err.Error() }
func (e *folderError) Unwrap() error { return e.err }

// atomicHint is advice about an output that could not be opened, or "".
func atomicHint(err error) string {
	var e *folderError
	if !errors.As(err, &e) {
		return ""
	}
	return "--atomic writes to a new file first, in " + quoted(e.folder)
}
