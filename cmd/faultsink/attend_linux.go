package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
)

// lingering is how long what COMMAND leaves running may take to end by itself.
const lingering = 5 * time.Second

// caught returns where signals arrive that are to be passed on; those that are ignored stay so. It is called before a command is
// started, which may run, and be waited for, long before this process goes on.
func caught() chan os.Signal {
	signals := make(chan os.Signal, 16)
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2} {
		if !signal.Ignored(sig) {
			signal.Notify(signals, sig)
		}
	}
	return signals
}

// attend passes signals on until the command and all that it has started are gone. The trouble is a timeout, or that nobody can
// tell how it ended.
func (o *faulted) attend(command []string, p *guard.Process, signals chan os.Signal) (ended *commandEnd, trouble error) {
	defer signal.Stop(signals)
	var over, left <-chan time.Time
	if o.timeout > 0 {
		over = time.After(time.Duration(o.timeout))
	}
	exited := p.Exited()
	for {
		select {
		case sig := <-signals:
			p.Signal(sig.(syscall.Signal))
		case <-over:
			p.End()
			return nil, o.timedOut(command)
		case <-exited:
			exited, left = nil, time.After(lingering)
		case <-left:
			p.End()
		case <-p.Gone():
			ws, err := p.Status()
			if err != nil {
				return nil, err
			}
			if ws.Signaled() {
				return &commandEnd{Status: -1, Signal: signalName(ws.Signal())}, nil
			}
			return &commandEnd{Status: ws.ExitStatus()}, nil
		}
	}
}

// releaseInherited closes what this process has inherited but for standard error.
func releaseInherited() {
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	for _, n := range guard.Inherited() {
		switch {
		case n < 2:
			unix.Dup3(null, n, 0)
		case n > 2:
			unix.Close(n)
		}
	}
	unix.Close(null)
}
