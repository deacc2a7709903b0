package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/faultfs"
	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// tryMount mounts a file system, and has a process write to a file with a fault in it.
func tryMount(folder string) examination {
	root, device := os.Geteuid() == 0, unix.Access(fuseDevice, unix.R_OK|unix.W_OK)
	helper, noHelper := exec.LookPath("fusermount3")
	e := examination{Facts: []fact{
		offers(fuseDevice, device, "", "needed"),
		{Name: "root", Is: "no"},
	}}
	if root {
		e.Facts[1] = fact{Name: "root", Is: "yes", Note: "mounts without help"}
	}
	if noHelper == nil {
		e.Facts = append(e.Facts, fact{Name: "fusermount3", Is: helper, Note: "mounts for other users"})
	} else {
		e.Facts = append(e.Facts, fact{Name: "fusermount3", Is: "no", Note: "other users than root need it"})
	}
	at := filepath.Join(folder, "mount")
	err := os.Mkdir(at, 0o700)
	if err == nil {
		err = mountProbe(at)
	}
	if e.Works = err == nil; !e.Works {
		e.Reason, e.Remedy = err.Error(), mountRemedy(root, device, noHelper)
	}
	return e
}

const fuseDevice = "/dev/fuse"

// mountProbe returns an error unless the fault was met. What is mounted is unmounted.
func mountProbe(at string) (err error) {
	spec, err := ledger.Parse(probeName+"="+probePlan, fault.ForMount, false, at)
	if err != nil {
		return err
	}
	l := ledger.New([]ledger.Spec{spec})
	m, err := faultfs.New(at, faultfs.Options{Ledger: l})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Unmount()) }()
	cmd, cancel := self("doctor-probe", filepath.Join(at, probeName))
	defer cancel()
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("a process did not meet its fault there: %w %s", err, bytes.TrimSpace(text))
	}
	return errors.Join(l.Unfired()...)
}

// offers tells of a call that was tried: yes, or no and what that means.
func offers(name string, err error, with, without string) fact {
	if err == nil {
		return fact{Name: name, Is: "yes", Note: with}
	}
	return fact{Name: name, Is: "no", Note: err.Error() + "; " + without}
}

// mountRemedy says what can be done.
func mountRemedy(root bool, device, noHelper error) string {
	switch {
	case errors.Is(device, unix.ENOENT):
		return "modprobe fuse; for a container, start it with --device " + fuseDevice
	case !root && noHelper != nil:
		return "install the package fuse3, or run it as root"
	case device != nil:
		return "chmod 666 " + fuseDevice + ", as most systems have it"
	case root:
		return "if this is a container, start it with --cap-add SYS_ADMIN --device " + fuseDevice
	}
	return ""
}
