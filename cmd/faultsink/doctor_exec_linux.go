//go:build linux && (amd64 || arm64)

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/cmd/internal/supervisor"
	"yjoint/core/fault"
)

// tryExec supervises a process that writes to a file with a fault.
func tryExec(folder string) examination {
	e := examination{Facts: execFacts()}
	name := filepath.Join(folder, "exec", probeName)
	if err := os.Mkdir(filepath.Dir(name), 0o700); err != nil {
		e.Reason = err.Error()
		return e
	}
	err := superviseProbe(name)
	var cannot *supervisor.UnsupportedError
	switch {
	case err == nil:
		e.Works = true
	case errors.As(err, &cannot):
		e.Remedy = cannot.Remedy
		e.Reason = (&supervisor.UnsupportedError{Reason: cannot.Reason, Err: cannot.Err}).Error()
	default:
		e.Reason = err.Error()
		if tryMemory() != nil {
			e.Remedy = "allow process_vm_readv(2) in the sandbox or container, by --cap-add SYS_PTRACE for one"
		}
	}
	return e
}

// superviseProbe returns an error unless the fault was met.
func superviseProbe(name string) error {
	spec, err := ledger.Parse(probeName+"="+probePlan, fault.ForExec, true, filepath.Dir(name))
	if err != nil {
		return err
	}
	said, err := os.Create(name + ".said")
	if err != nil {
		return err
	}
	defer said.Close()
	l := ledger.New([]ledger.Spec{spec})
	r, err := supervisor.Start(supervisor.Options{Path: "/proc/self/exe", Args: []string{"faultsink", "doctor-probe", name}, Ledger: l,
		Stderr: said})
	if err != nil {
		return err
	}
	overdue := time.AfterFunc(mostTried, r.Process().End)
	<-r.Process().Gone()
	inTime := overdue.Stop()
	_, err = r.Conclude()
	ws, statusErr := r.Process().Status()
	switch {
	case err != nil:
		return err
	case !inTime:
		return fmt.Errorf("a supervised process had not ended after %v", mostTried)
	case statusErr != nil:
		return statusErr
	case ws.ExitStatus() != statusOK:
		text, err := os.ReadFile(said.Name())
		return errors.Join(err, fmt.Errorf("a supervised process did not meet its fault: %s", bytes.TrimSpace(text)))
	}
	return errors.Join(l.Unfired()...)
}

// execFacts are what the kernel offers.
func execFacts() []fact {
	var name unix.Utsname
	facts := []fact{}
	if unix.Uname(&name) == nil {
		facts = append(facts, fact{Name: "kernel", Is: unix.ByteSliceToString(name.Release[:]), Note: "5.19 is needed"})
	}
	facts = append(facts,
		offers("kcmp", tryKcmp(), "", "descriptions are told apart by what /proc says of them"),
		offers("process_vm_readv", tryMemory(), "", "needed"),
		offers("pidfd_getfd", tryGetfd(), "not needed", "not needed: files are opened by faultsink instead"))
	return facts
}

func tryKcmp() error {
	var pair [2]int
	if err := unix.Pipe2(pair[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	own := uintptr(unix.Getpid())
	const kcmpFile = 0 // KCMP_FILE
	_, _, errno := unix.Syscall6(unix.SYS_KCMP, own, own, kcmpFile, uintptr(pair[0]), uintptr(pair[1]), 0)
	return errorOf(errno)
}

// remoteByte is what tryMemory reads: a variable that stays where it is.
var remoteByte byte

func tryMemory() error {
	remote := unix.RemoteIovec{Base: uintptr(unsafe.Pointer(&remoteByte)), Len: 1}
	local := unix.Iovec{Base: new(byte)}
	local.SetLen(1)
	_, err := unix.ProcessVMReadv(unix.Getpid(), []unix.Iovec{local}, []unix.RemoteIovec{remote}, 0)
	return err
}

func tryGetfd() error {
	pidfd, err := unix.PidfdOpen(unix.Getpid(), 0)
	if err != nil {
		return err
	}
	defer unix.Close(pidfd)
	got, err := unix.PidfdGetfd(pidfd, pidfd, 0)
	if err == nil {
		unix.Close(got)
	}
	return err
}

func errorOf(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}
