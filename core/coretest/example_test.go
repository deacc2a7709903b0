package coretest_test

import (
	"bytes"
	"context"
	"fmt"
	"syscall"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/fault"
)

// A disk is full after 1000 bytes, beside one that is not.
func Example() {
	stream := coretest.Pattern(1, 0, 1<<20)
	full, err := fault.NewWriter(new(bytes.Buffer), fault.MustParse("at 1000 ENOSPC"))
	if err != nil {
		panic(err)
	}
	bad, good := stream.Receiver(), stream.Receiver()
	sinks := []core.Sink{{Name: "bad", Writer: tee{full, bad}}, {Name: "good", Writer: good}}
	rep, err := core.Run(context.Background(), core.Source{Reader: stream.Reader()}, sinks, core.Options{})

	run := coretest.Run{Stream: stream, Report: rep, Err: err, Sinks: []coretest.Sink{
		{Holds: bad, Faults: []coretest.Fault{{Op: core.OpWrite, Err: syscall.ENOSPC}}},
		{Holds: good},
	}}
	fmt.Println(rep.Sinks[0].Accepted, rep.Sinks[1].Accepted, run.Check())

	// A report that says more than is there is found out.
	run.Report.Sinks[0].Accepted++
	fmt.Println(run.Check())
	// Output:
	// 1000 1048576 <nil>
	// sink 0 (bad): holds what is before byte 1000; 1001 were accepted, it is said
}

// tee tells the receiver what its writer has accepted.
type tee struct {
	*fault.Writer
	holds *coretest.Receiver
}

func (t tee) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	t.holds.Write(p[:n])
	return n, err
}
