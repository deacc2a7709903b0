package main

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"yjoint/core"
)

// A replacement is a new file on its way to a target's place.
//
// How it goes: the plan refuses targets that can't be replaced, before anything is touched. The opening's goroutine creates the
// temporary file and gives it to the output's sink, by which it is written, synced and closed. The rename is a step of the
// sink's Publish, so that the engine decides when, and whether at all. Where it doesn't come to that, the session has the
// temporary file discarded: as soon as the sink has its verdict, since the disk may be full, and once more for all of them
// when the run is over. A second signal does so too.
type replacement struct {
	target string // as the user wrote it
	sync   bool   // have the rename on the disk, too

	mu        sync.Mutex // guards the fields below; held during the calls that make, move and remove the file
	path      string     // where it is to be, absolute and without links; set by create
	temporary string     // where it is; "" before create, and once it is there no more
	folder    *os.File   // of both, with sync; nil before create and after discard
	lost      []string   // what could not be kept of the file that is replaced
	discarded bool       // nothing is to be created any more
}

// temporarySuffix ends the names of temporary files, before something random.
const temporarySuffix = ".yjoint-"

// create makes the temporary file beside the file that it is to replace, and as like to that as can be.
func (r *replacement) create() (*os.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.discarded {
		return nil, r.openError(os.ErrClosed)
	}
	old, err := r.find()
	if err != nil {
		return nil, err
	}
	if r.sync {
		if r.folder, err = openFolder(filepath.Dir(r.path)); err != nil {
			return nil, &folderError{filepath.Dir(r.path), err}
		}
	}
	f, err := r.openTemporary(old != nil)
	if err != nil {
		return nil, err
	}
	r.temporary = f.Name()
	if old != nil {
		r.lost = resemble(f, r.path, old)
	}
	return f, nil
}

// find follows links to the place, and returns the file there, nil if there is none, or why it can't be replaced.
func (r *replacement) find() (old fs.FileInfo, err error) {
	if r.path, err = realPath(r.target); err != nil {
		return nil, err
	}
	old, err = os.Lstat(r.path)
	switch {
	case err == nil && old.IsDir(), os.IsPathSeparator(r.target[len(r.target)-1]):
		return nil, r.openError(errIsFolder)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !old.Mode().IsRegular():
		return nil, r.openError(errors.New("it is no regular file any more"))
	}
	if err := mayReplace(r.path, old); err != nil {
		return nil, r.openError(err)
	}
	return old, nil
}

func (r *replacement) openError(err error) error {
	return &fs.PathError{Op: "open", Path: r.target, Err: err}
}

// openTemporary opens a new file. One that is to resemble another is nobody else's until it does.
func (r *replacement) openTemporary(private bool) (*os.File, error) {
	dir, base := filepath.Split(r.path)
	base = "." + base
	perm := fs.FileMode(0o666)
	if private {
		perm = 0o600
	}
	for {
		f, err := openNew(filepath.Join(dir, base+temporarySuffix+randomText()), perm)
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, fs.ErrExist):
		case errors.Is(err, errNameTooLong) && base != "":
			base = "" // the target's own name is not too long, or find had said so
		default:
			return nil, &folderError{filepath.Dir(r.path), err}
		}
	}
}

// randomText is six characters that may stand in a file's name.
func randomText() string {
	const characters = "0123456789abcdefghijklmnopqrstuvwxyz"
	var text [6]byte
	for i := range text {
		text[i] = characters[rand.IntN(len(characters))]
	}
	return string(text[:])
}

// steps are those of core.Sink.Publish.
func (r *replacement) steps() []core.Step {
	steps := []core.Step{{Op: core.OpRename, Do: r.rename}}
	if r.sync {
		steps = append(steps, core.Step{Op: core.OpSync, Do: r.syncFolder})
	}
	return steps
}

// rename puts the file in place.
func (r *replacement) rename(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := renameFile(r.temporary, r.path); err != nil {
		return err
	}
	r.temporary = ""
	return nil
}

// syncFolder has the new name on the disk.
func (r *replacement) syncFolder(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := syncFolder(r.folder); err != nil {
		return &fs.PathError{Op: "sync", Path: filepath.Dir(r.path), Err: err}
	}
	return nil
}

// discard removes the temporary file, if it is still there, and returns the file that can't be removed. It may be called
// again, and at any time.
func (r *replacement) discard() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.discarded = true
	if r.folder != nil {
		r.folder.Close()
		r.folder = nil
	}
	if r.temporary == "" {
		return nil
	}
	if err := os.Remove(r.temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r.temporary = ""
	return nil
}

// notKept lists what could not be kept of the file that was replaced.
func (r *replacement) notKept() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lost, ", ")
}

// discardAll discards all, but waits no longer than patience for that: a server may be dead. It returns a line for each
// file that is left or may be.
func discardAll(all []*replacement, patience time.Duration) (left []string) {
	over := make(chan struct{})
	defer time.AfterFunc(patience, func() { close(over) }).Stop()
	results := make([]chan error, len(all))
	for i, r := range all {
		results[i] = make(chan error, 1)
		go func() { results[i] <- r.discard() }()
	}
	for i, r := range all {
		var err error
		select {
		case err = <-results[i]:
		case <-over:
			err = errSlow
		}
		if err != nil {
			left = append(left, r.target+": its temporary file may be left: "+core.Describe(err))
		}
	}
	return left
}

var errSlow = errors.New("removing it takes too long")
