package fault_test

import (
	"errors"
	"fmt"
	"io"

	"yjoint/core/fault"
	"yjoint/core/pattern"
)

// careless copies r to all outputs, as many programs do: the first output that fails ends the others too, and what Close says
// is lost.
func careless(r io.Reader, outputs ...io.WriteCloser) error {
	var writers []io.Writer
	for _, o := range outputs {
		defer o.Close()
		writers = append(writers, o)
	}
	_, err := io.Copy(io.MultiWriter(writers...), r)
	return err
}

// careful gives each output its own fate: one that fails gets nothing more, the others get everything, and all that went wrong
// is told.
func careful(r io.Reader, outputs ...io.WriteCloser) error {
	failed := make([]error, len(outputs))
	buf := make([]byte, 32<<10)
	var readErr error
	for readErr == nil {
		var n int
		n, readErr = r.Read(buf)
		for i, o := range outputs {
			if failed[i] == nil {
				_, failed[i] = o.Write(buf[:n])
			}
		}
	}
	for i, o := range outputs {
		failed[i] = errors.Join(failed[i], o.Close())
	}
	if readErr != io.EOF {
		failed = append(failed, readErr)
	}
	return errors.Join(failed...)
}

// check lets one output of two fail as the plan says, and returns what copyTo did wrong.
func check(copyTo func(io.Reader, ...io.WriteCloser) error, plan string) (wrong []string) {
	const size = 1 << 20
	var bad, good pattern.Verifier // each knows what should have come to it, and needs no original
	faulty, err := fault.NewWriter(&bad, fault.MustParse(plan))
	if err != nil {
		return []string{err.Error()}
	}
	survivor, err := fault.NewWriter(&good, fault.Plan{}) // lets everything pass, and has a Close
	if err != nil {
		return []string{err.Error()}
	}
	err = copyTo(pattern.NewReader(0, size), faulty, survivor)

	if err == nil {
		wrong = append(wrong, "no error")
	}
	if v := good.Verdict(); v.Kind != pattern.Complete {
		wrong = append(wrong, "the survivor has "+v.String())
	}
	// What has failed has a beginning of the stream, nothing else.
	if v := bad.Verdict(); v.Kind != pattern.Prefix && v.Kind != pattern.Complete {
		wrong = append(wrong, "the other has "+v.String())
	}
	for _, err := range faulty.Injector().Unfired() { // or nothing was tested
		wrong = append(wrong, err.Error())
	}
	return wrong
}

// A test of one's own code that writes to several io.Writers: one of them fails in many ways, and the other must have every byte.
// In a test each plan is a t.Run, and each thing that is wrong a t.Error.
func Example_testingWriters() {
	for _, plan := range []string{"at 0 ENOSPC", "at 100000 ENOSPC", "at 1MiB-1 EIO", "at 64KiB short 1", "close EIO"} {
		fmt.Printf("%s: careless %q, careful %q\n", plan, check(careless, plan), check(careful, plan))
	}
	// Output:
	// at 0 ENOSPC: careless ["the survivor has prefix 0"], careful []
	// at 100000 ENOSPC: careless ["the survivor has prefix 98304"], careful []
	// at 1MiB-1 EIO: careless ["the survivor has prefix 1015808"], careful []
	// at 64KiB short 1: careless ["the survivor has prefix 65536"], careful []
	// close EIO: careless ["no error"], careful []
}
