//go:build linux

// Bench runs yjoint beside the tees of this machine, on the same work in turn, and prints the medians of what each has
// used and their ratios to the tee in PATH. In a clone of yjoint:
//
//	go run ./bench                      an eighth of the real sizes: some minutes
//	go run ./bench -full -rounds 5      the real sizes, where 6 GB fit into /dev/shm
//	go run ./bench -peers DIR[:DIR]     also the tees in these folders
//	go run ./bench -work files -tool 'GNU|yjoint$' -markdown result.md
//
// It finds tee, busybox, toybox, coreutils (uutils), uutils-tee, pee and mbuffer in PATH, and whatever has one of these
// words in its name in the folders of -peers. What a tee is, its --version says, not its name.
//
// Before a tool is timed at a work, every byte that arrives at each output is checked once, with a smaller stream that
// tells where each of its bytes belongs. The timed runs only count them, so that the readers cost little. In each round every
// tool runs once, and rounds begin with another tool each, so that what else the machine does meets all of them.
//
// The clock runs from the start of the fan-out until it and the last reader have ended; producer and readers are
// there before. The processor time is the fan-out's with that of the commands it has started and waited for, the memory is
// its peak resident size alone: what pipes hold is the kernel's. A ratio below 1 is less than the reference used.
//
// The exit status is 1 if something could not be measured with yjoint itself, and 2 if nothing could.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == roleWord {
		os.Exit(playRole(os.Args[2:]))
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

const (
	statusOK         = 0
	statusUnmeasured = 1
	statusFailed     = 2
)

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	o, err := parseOptions(args, stderr)
	if errors.Is(err, errHelped) {
		return statusOK
	}
	var whole bool
	if err == nil {
		whole, err = perform(ctx, o, stdout, stderr)
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return statusFailed
	case !whole:
		return statusUnmeasured
	}
	return statusOK
}

// perform does what o asks for. It reports whether yjoint could be measured at every work.
func perform(ctx context.Context, o *options, stdout, stderr io.Writer) (whole bool, err error) {
	b, err := newBench(ctx, o, stderr)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, b.clear()) }()
	tools, err := b.prepare()
	if err != nil {
		return false, err
	}
	whole = true
	var results []result
	for _, w := range o.works() {
		r := b.measure(w, tools, w.scaled(o.factor))
		if ctx.Err() != nil {
			return false, errors.New("ended by a signal")
		}
		results = append(results, r)
		whole = whole && r.hasYjoint()
		if err := r.print(stdout); err != nil {
			return false, err
		}
	}
	if o.markdown == "" {
		return whole, nil
	}
	return whole, writeMarkdown(o.markdown, gatherFacts(tools, o), results)
}
