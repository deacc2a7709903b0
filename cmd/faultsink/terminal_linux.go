package main

import (
	"os"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/trial"
)

// tableStyle is for the terminal that standard output is, if it is one: its width, and colour unless NO_COLOR forbids it.
func tableStyle() trial.TableStyle {
	size, err := unix.IoctlGetWinsize(int(stdout), unix.TIOCGWINSZ)
	if err != nil {
		return trial.TableStyle{}
	}
	return trial.TableStyle{Width: int(size.Col), Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}
