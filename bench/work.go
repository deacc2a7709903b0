//go:build linux

package main

import (
	"fmt"
	"strings"

	"yjoint/internal/size"
)

// work is what tools are compared at.
type work struct {
	name, title string
	full, unit  int64                         // the real amount, and of what it stays a multiple
	outputs     int                           // how many
	needs       func(b *bench, n int64) error // what the machine must have; nil: nothing
	prepare     func(b *bench, n int64) error // before each round; nil: nothing
	lacks       func(t tool) string           // what the tool can't do; nil: every tool can
	run         func(tr *trial, w work, n int64) (figures, error)
	unchecked   bool // run looks at each byte itself
}

var allWorks = []work{
	{name: "pipe-2-pipes", title: "pipe in, 2 pipes out", full: 8 << 30, unit: 1 << 20, outputs: 2, run: pipeToPipes},
	{name: "file-2-pipes", title: "file in the page cache in, 2 pipes out", full: 4e9, unit: 1e6, outputs: 2,
		needs: roomForInput, prepare: (*bench).cacheInput, run: fileToPipes},
	{name: "pipe-2-files", title: "pipe in, 2 files on tmpfs out", full: 3e9, unit: 1e6, outputs: 2,
		needs: roomForOutputs, run: pipeToFiles},
	{name: "pipe-32-pipes", title: "pipe in, 32 pipes out", full: 1 << 30, unit: 1 << 20, outputs: 32, run: pipeToPipes},
	{name: "messages", title: "messages of 64 bytes, 1 output, median round trip", full: 20000, unit: 1, outputs: 1,
		lacks: passesBlocks, run: conversation},
	{name: "commands", title: "faultsink gen | yjoint, 2 commands that verify each byte", full: 8 << 30, unit: 1 << 20, outputs: 2,
		lacks: runsNoCommands, run: toCommands, unchecked: true},
}

// scaled returns that part of the real amount, roughly.
func (w work) scaled(factor float64) int64 {
	units := int64(factor * float64(w.full) / float64(w.unit))
	return max(1, units) * w.unit
}

// amount writes n as a user would.
func (w work) amount(n int64) string {
	if w.unit == 1 {
		return fmt.Sprintf("%d messages", n)
	}
	return size.Format(n)
}

// checkSize is the amount of a run in which all bytes are checked: no multiple of any block.
const checkSize = 64<<20 - 3

func (w work) forCheck(n int64) int64 { return max(1, min(n-3, checkSize)) }

func workNames() string {
	var names []string
	for _, w := range allWorks {
		names = append(names, w.name)
	}
	return strings.Join(names, ", ")
}
