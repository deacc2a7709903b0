package core_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"yjoint/core"
	"yjoint/core/fault"
)

// failing returns a writer that passes on to w, and fails as the plan says. A program has a file or a connection instead.
func failing(w io.Writer, plan string) io.Writer {
	f, err := fault.NewWriter(w, fault.MustParse(plan))
	if err != nil {
		panic(err)
	}
	return f
}

// Two sinks, one of which is full after 4 bytes: the other gets everything, and the report tells what became of each.
func Example() {
	var disk, backup bytes.Buffer
	sinks := []core.Sink{
		{Name: "disk", Writer: failing(&disk, "at 4 ENOSPC")},
		{Name: "backup", Writer: &backup},
	}
	source := core.Source{Reader: strings.NewReader("twelve bytes")}
	report, err := core.Run(context.Background(), source, sinks, core.Options{})

	fmt.Println(err)
	fmt.Println("source:", report.Source.Bytes, "bytes, all of it:", report.Source.Ended)
	for _, s := range report.Sinks {
		fmt.Printf("%s: %s, accepted %d\n", s.Name, s.Verdict, s.Accepted)
	}
	fmt.Printf("disk has %q, backup has %q\n", &disk, &backup)
	// Output:
	// too few outputs can be complete
	// disk: write at byte 4: no space left on device (ENOSPC)
	// source: 12 bytes, all of it: true
	// disk: failed, accepted 4
	// backup: complete, accepted 12
	// disk has "twel", backup has "twelve bytes"
}

// One whole copy is enough. Then the error is nil, and the report alone tells of the sink that has failed.
func ExampleOptions_require() {
	var copied bytes.Buffer
	sinks := []core.Sink{
		{Name: "first", Writer: failing(io.Discard, "at 0 EIO")},
		{Name: "second", Writer: &copied},
	}
	source := core.Source{Reader: strings.NewReader("twelve bytes")}
	report, err := core.Run(context.Background(), source, sinks, core.Options{Require: core.Any})

	fmt.Printf("error: %v; %d of %d required\n", err, report.Reached, report.Required)
	for _, s := range report.Sinks {
		fmt.Println(s.Name, s.Verdict)
	}
	// Output:
	// error: <nil>; 1 of 1 required
	// first failed
	// second complete
}

// What Run returns joins an error for each sink that has failed, with its name, operation and byte.
func ExampleSinkError() {
	sinks := []core.Sink{{Name: "disk", Writer: failing(io.Discard, "at 8 ENOSPC")}, {Name: "copy", Writer: io.Discard}}
	source := core.Source{Reader: strings.NewReader("twelve bytes")}
	_, err := core.Run(context.Background(), source, sinks, core.Options{})

	var failed *core.SinkError
	if errors.As(err, &failed) {
		fmt.Println(failed.Name, failed.Op, failed.Offset, core.ErrnoName(failed))
	}
	fmt.Println(errors.Is(err, syscall.ENOSPC))
	// Output:
	// disk write 8 ENOSPC
	// true
}

// A sink that takes nothing any more is left behind when its time is over. The Write of a plain io.Writer goes on until its
// Close ends it, so nobody knows how much of it was accepted: the report has a lower bound. (Options.StallTimeout is for all.)
func ExampleSink_stallTimeout() {
	sinks := []core.Sink{
		{Name: "hung", Writer: failing(io.Discard, "at 5 stall forever"), StallTimeout: 10 * time.Millisecond},
		{Name: "well", Writer: io.Discard},
	}
	source := core.Source{Reader: strings.NewReader("twelve bytes")}
	report, _ := core.Run(context.Background(), source, sinks, core.Options{})

	for _, s := range report.Sinks {
		fmt.Printf("%s: %s, lower bound: %v\n", s.Name, s.Verdict, s.AtLeast)
	}
	fmt.Println("writers that were left in a call:", report.Abandoned)
	// Output:
	// hung: stalled, lower bound: true
	// well: complete, lower bound: false
	// writers that were left in a call: 1
}

// With a digest the report proves what each sink has accepted, also of a copy that broke.
func ExampleOptions_digest() {
	const text = "twelve bytes"
	sinks := []core.Sink{{Name: "broken", Writer: failing(io.Discard, "at 6 EIO")}, {Name: "whole", Writer: io.Discard}}
	source := core.Source{Reader: strings.NewReader(text)}
	report, _ := core.Run(context.Background(), source, sinks, core.Options{Digest: sha256.New()})

	whole, six := sha256.Sum256([]byte(text)), sha256.Sum256([]byte(text[:6]))
	fmt.Println("source:", bytes.Equal(report.Source.Digest, whole[:]))
	fmt.Println("broken:", bytes.Equal(report.Sinks[0].Digest, six[:]))
	fmt.Println("whole:", bytes.Equal(report.Sinks[1].Digest, whole[:]))
	// Output:
	// source: true
	// broken: true
	// whole: true
}

// A program that writes a log while the run goes on has an observer; it must not block.
func ExampleOptions_observe() {
	observe := func(e core.Event) {
		if e.Kind == core.EventDetached {
			fmt.Printf("%v; %d left\n", e.Sink.Error(), e.Left)
		}
	}
	sinks := []core.Sink{{Name: "disk", Writer: failing(io.Discard, "at 4 ENOSPC")}, {Name: "copy", Writer: io.Discard}}
	source := core.Source{Reader: strings.NewReader("twelve bytes")}
	core.Run(context.Background(), source, sinks, core.Options{Observe: observe})
	// Output:
	// disk: write at byte 4: no space left on device (ENOSPC); 1 left
}

// The end of a pipe may only mean that who wrote into it has died. Finish tells; no sink is given the end of the stream
// before it agrees.
func ExampleSource_finish() {
	source := core.Source{
		Name:   "dump",
		Reader: strings.NewReader("half of it"),
		Finish: func(context.Context) error { return errors.New("exit status 1") }, // cmd.Wait()
	}
	report, err := core.Run(context.Background(), source, []core.Sink{{Name: "copy", Writer: io.Discard}}, core.Options{})
	fmt.Println(err)
	fmt.Println(report.Sinks[0].Verdict)
	// Output:
	// dump: at byte 10: exit status 1
	// too few outputs can be complete
	// copy: write at byte 10: the source failed
	// cancelled
}

// A file that is put in place only when it and all others are whole.
func ExampleSink_publish() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	target := filepath.Join(dir, "db.sql")
	temporary, err := os.Create(target + ".part")
	if err != nil {
		panic(err)
	}
	rename := func(context.Context) error { return os.Rename(temporary.Name(), target) }
	sinks := []core.Sink{
		{Name: "db.sql", Writer: temporary, Sync: true, Publish: []core.Step{{Op: core.OpRename, Do: rename}}},
		{Name: "remote", Writer: failing(io.Discard, "at 4 ECONNRESET")},
	}
	source := core.Source{Reader: strings.NewReader("twelve bytes")}
	report, _ := core.Run(context.Background(), source, sinks, core.Options{})

	fmt.Println(report.Sinks[0].Verdict, report.Sinks[0].Op)
	_, err = os.Stat(target)
	fmt.Println("there:", err == nil)
	// Output:
	// cancelled publish
	// there: false
}

// How far a run is, asked from outside at any time.
func ExampleMonitor() {
	var monitor core.Monitor
	source := core.Source{Reader: strings.NewReader("twelve bytes")}
	sinks := []core.Sink{{Name: "copy", Writer: io.Discard}}
	core.Run(context.Background(), source, sinks, core.Options{Monitor: &monitor})

	status := monitor.Status()
	fmt.Println(status.Read, status.Sinks[0].Accepted, status.Sinks[0].Doing)
	// Output: 12 12 complete
}
