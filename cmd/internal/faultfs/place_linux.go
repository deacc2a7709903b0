package faultfs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// kind is what df(1) and mount(8) call the file system.
const kind = "faultsink"

// place is where a file system is mounted.
type place struct {
	given string // as the user named it
	path  string // absolute, without symbolic links
	stat  unix.Stat_t
}

// findPlace checks the folder, and clears it of a dead mount.
func findPlace(folder string, o *Options) (p place, err error) {
	p.given = folder
	if p.path, err = resolve(folder); err != nil {
		return p, err
	}
	if err := clearDead(p, o); err != nil {
		return p, err
	}
	if err := unix.Stat(p.path, &p.stat); err != nil {
		return p, fmt.Errorf("%w: expected an empty folder to mount on", &os.PathError{Op: "stat", Path: folder, Err: err})
	}
	if p.stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return p, fmt.Errorf("%s is no folder: expected an empty one to mount on", folder)
	}
	if isLive(p.path) {
		return p, fmt.Errorf("%s is mounted by another faultsink, which still runs: expected a folder of this run's own", folder)
	}
	if o.Backing != "" {
		return p, checkBacking(p, o)
	}
	entries, err := os.ReadDir(p.path)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty, it has %s: expected an empty folder, since a mount hides what is there", folder, entries[0].Name())
	}
	return p, err
}

// resolve returns the absolute name of the folder without symbolic links. The last part may be a dead mount, of which
// nothing can be asked.
func resolve(folder string) (string, error) {
	if folder == "" {
		return "", errors.New("the folder to mount on has no name")
	}
	full, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		return real, nil
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(full))
	if err != nil {
		return "", fmt.Errorf("%w: expected an empty folder to mount on", &os.PathError{Op: "stat", Path: folder, Err: errors.Unwrap(err)})
	}
	return filepath.Join(parent, filepath.Base(full)), nil
}

func checkBacking(p place, o *Options) error {
	if o.Size != 0 {
		return errors.New("a size is for what is stored here: expected none with a backing folder, which has its own")
	}
	if o.Discard {
		return errors.New("nothing is stored where all is discarded: expected no backing folder with that")
	}
	real, err := filepath.EvalSymlinks(o.Backing)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return fmt.Errorf("backing folder: %w", err)
	}
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return fmt.Errorf("backing folder: %s is no folder", o.Backing)
	}
	if within(real, p.path) || within(p.path, real) {
		return fmt.Errorf("backing folder: %s and %s are one in the other: expected a folder elsewhere", o.Backing, p.given)
	}
	o.Backing = real
	return nil
}

// within reports whether the folder below is, or is in, the folder above.
func within(below, above string) bool {
	rest, ok := strings.CutPrefix(below+"/", strings.TrimSuffix(above, "/")+"/")
	return ok || rest == ""
}

// names returns the absolute names that programs may use for the folder, as the user gave it first.
func (p place) names() []string {
	full, err := filepath.Abs(p.given)
	if err != nil || full == p.path {
		return []string{p.path}
	}
	return []string{full, p.path}
}

// clearDead unmounts what a faultsink has left that was killed. Other dead mounts are not its own.
func clearDead(p place, o *Options) error {
	for {
		var st unix.Stat_t
		if err := unix.Stat(p.path, &st); !errors.Is(err, unix.ENOTCONN) {
			return nil
		}
		if !isOwn(p.path) {
			return fmt.Errorf("%s has a dead mount which is not of faultsink: expected an empty folder", p.given)
		}
		if err := detach(p.path); err != nil {
			return fmt.Errorf("%s has a dead mount: unmount: %w", p.given, err)
		}
		o.note(fmt.Sprintf("%s had a dead mount, left by a faultsink that was killed: it is cleared", p.given))
	}
}

// isOwn reports whether a faultsink has mounted on the folder last.
func isOwn(path string) bool {
	last := ""
	for _, m := range mountPoints() {
		if m.path == path {
			last = m.kind
		}
	}
	return last == "fuse."+kind
}

// isLive reports whether a faultsink has mounted on the folder, once the dead ones are cleared.
func isLive(path string) bool { return isOwn(path) }

// mountPoint is a line of /proc/self/mountinfo.
type mountPoint struct{ id, path, kind string }

// mountPoints returns all mounts, those made later further behind.
func mountPoints() (all []mountPoint) {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(text)) {
		// ID PARENT DEVICE ROOT PATH OPTIONS [TAG]... - KIND SOURCE OPTIONS
		before, after, _ := strings.Cut(line, " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if len(f) >= 6 && len(g) >= 2 {
			all = append(all, mountPoint{id: f[0], path: unescape(f[4]), kind: g[0]})
		}
	}
	return all
}

// unescape undoes what the kernel does to blanks and so on in names.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

// detach unmounts the folder, busy or not.
func detach(path string) error { return unmount(path, true) }

// unmount unmounts the folder; lazily: also if it is busy.
func unmount(path string, lazily bool) error {
	flags := unix.UMOUNT_NOFOLLOW
	if lazily {
		flags |= unix.MNT_FORCE | unix.MNT_DETACH // who waits for an answer gets an error
	}
	err := unix.Unmount(path, flags)
	if !errors.Is(err, unix.EPERM) {
		return err
	}
	program, lookErr := helper()
	if lookErr != nil {
		return err
	}
	args := []string{"-u", "-q", "--", path}
	if lazily {
		args[0] = "-uz"
	}
	if text, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		if !lazily {
			return unix.EBUSY // what else it may be, the lazy one tells
		}
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(string(text)))
	}
	return nil
}

// helper returns the program by which users mount.
func helper() (string, error) {
	program, err := exec.LookPath("fusermount3")
	if err != nil {
		program, err = exec.LookPath("fusermount")
	}
	return program, err
}
