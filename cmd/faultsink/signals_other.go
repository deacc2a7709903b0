//go:build !unix

package main

import (
	"os"
	"time"
)

func endingSignals() []os.Signal      { return nil }
func signalName(sig os.Signal) string { return sig.String() }
func endsProcess(string) bool         { return true }
func raise(string) error              { return unsupported("kill") }

// die ends the process by a status, since there are no signals here.
func die(string) { os.Exit(statusFailed) }

func sleepForever() {
	for {
		time.Sleep(time.Hour)
	}
}

func isBrokenPipe(error) bool { return false }
func catchBrokenPipe()        {}
