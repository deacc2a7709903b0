//go:build linux

package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// fewMessages are enough to see whether they come back as they were.
const fewMessages = 100

// conversation has one process at both ends of the fan-out.
func conversation(tr *trial, _ work, n int64) (f figures, err error) {
	if tr.checks {
		n = min(n, fewMessages)
	}
	in, talk, err := pipe()
	if err != nil {
		return f, err
	}
	defer talk.Close()
	tr.stdin = in
	listen, out, err := pipe()
	if err != nil {
		return f, err
	}
	defer listen.Close()
	tr.stdout = out
	talker, err := startActor(tr.ctx, tr.bench.self, listen, talk, "converse", strconv.FormatInt(n, 10))
	if err != nil {
		return f, err
	}
	tr.readers = append(tr.readers, talker)
	talk.Close() // by the talker's end the fan-out shall see the end of the stream
	listen.Close()
	f, told, err := tr.perform()
	if err != nil {
		return f, err
	}
	nanoseconds, err := strconv.ParseInt(told[0], 10, 64)
	if err != nil {
		return f, &wrongBytes{told[0]}
	}
	f.wall = time.Duration(nanoseconds)
	return f, nil
}

func passesBlocks(t tool) string {
	if t.blocks {
		return "passes nothing on before a whole block"
	}
	return ""
}

// toCommands runs what README.md shows first, with commands that look at every byte.
func toCommands(tr *trial, _ work, n int64) (f figures, err error) {
	source := exec.CommandContext(tr.ctx, tr.bench.faultsink, "gen", strconv.FormatInt(n, 10))
	r, w, err := pipe()
	if err != nil {
		return f, err
	}
	defer w.Close()
	tr.stdin, source.Stdout = r, w
	command := "'" + tr.bench.faultsink + "' verify"
	tr.tool.outputs = func([]string) []string { return []string{"-x", command, "-x", command} }
	begin := time.Now()
	if err := source.Start(); err != nil {
		return f, err
	}
	w.Close()
	_, _, err = tr.perform()
	f.wall = time.Since(begin)
	if err != nil {
		tr.cancel(nil)
	}
	if sourceErr := source.Wait(); err == nil && sourceErr != nil {
		err = fmt.Errorf("faultsink gen: %w", sourceErr)
	}
	return f, err
}

func runsNoCommands(t tool) string {
	if !t.yjoint {
		return "waits for no command's verdict"
	}
	return ""
}
