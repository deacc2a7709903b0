package fault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"yjoint/core/fault"
)

// A disk with room for 7 bytes.
func ExampleNewWriter() {
	var disk bytes.Buffer
	w, err := fault.NewWriter(&disk, fault.MustParse("at 7 ENOSPC"))
	if err != nil {
		panic(err)
	}
	n, err := io.WriteString(w, "twelve bytes")
	fmt.Println(n, errors.Is(err, syscall.ENOSPC), disk.String())
	// Output: 7 true twelve
}

// A connection that breaks while it is read.
func ExampleNewReader() {
	r, err := fault.NewReader(strings.NewReader("twelve bytes"), fault.MustParse("read at 6 ECONNRESET"))
	if err != nil {
		panic(err)
	}
	got, err := io.ReadAll(r)
	fmt.Printf("%q %v\n", got, errors.Is(err, syscall.ECONNRESET))
	// Output: "twelve" true
}

// Data that are lost after all: the writes were fine, closing tells. A program that doesn't look at Close's error is wrong.
func ExampleWriter_Close() {
	w, err := fault.NewWriter(io.Discard, fault.MustParse("close EIO"))
	if err != nil {
		panic(err)
	}
	_, err = io.WriteString(w, "twelve bytes")
	fmt.Println(err)
	fmt.Println(errors.Is(w.Close(), syscall.EIO))
	// Output:
	// <nil>
	// true
}

// A plan is text and prints as text; what is wrong with one is told with its place.
func ExampleParse() {
	plan, err := fault.Parse("at 64KiB short 1 -> EINTR*3; close EIO")
	fmt.Println(plan, err)
	fmt.Println(len(plan.Rules), plan.Rules[0].Trigger, plan.Rules[0].Actions[1].Count)

	_, err = fault.Parse("at 1M ENOSPC")
	fmt.Println(err)
	_, err = fault.Parse("at 10 EWHAT")
	var wrong *fault.SyntaxError
	fmt.Println(errors.As(err, &wrong), wrong.Offset)
	// Output:
	// at 64KiB short 1 -> EINTR*3; close EIO <nil>
	// 2 at 64KiB 3
	// plan "at 1M ENOSPC": at byte 3: 1M is ambiguous: write 1MiB (1048576) or 1MB (1000000)
	// true 6
}

// A plan that asks for more than its back end can do is refused, with who can.
func ExamplePlan_Check() {
	plan := fault.MustParse("at 4 kill TERM")
	fmt.Println(plan.Check(fault.ForWriter))
	// Output:
	// rule 'at 4 kill TERM': fault.Writer can't do "kill TERM": faultsink sink, faultsink gen, faultsink exec can
}

// A test in which the fault never happened has tested nothing; ask at its end.
func ExampleInjector_Unfired() {
	w, err := fault.NewWriter(io.Discard, fault.MustParse("at 1MiB ENOSPC"))
	if err != nil {
		panic(err)
	}
	io.WriteString(w, "twelve bytes")
	for _, err := range w.Injector().Unfired() {
		fmt.Println(err)
	}
	// Output:
	// rule 'at 1MiB ENOSPC' did not fire: the furthest reached byte 12
}

// What has fired, how often, and where.
func ExampleInjector_Fired() {
	w, err := fault.NewWriter(io.Discard, fault.MustParse("at 4 EINTR*2; at 8 short 1"))
	if err != nil {
		panic(err)
	}
	text := "twelve bytes"
	for len(text) > 0 { // a program that tries again
		n, _ := io.WriteString(w, text)
		text = text[n:]
	}
	for _, f := range w.Injector().Fired() {
		fmt.Printf("%s: %d, the first at byte %d\n", f.Rule, f.Count, f.First)
	}
	// Output:
	// at 4 EINTR*2: 2, the first at byte 4
	// at 8 short 1: 1, the first at byte 8
}

// A seed and a number give the same plan each time, so a test that failed can be repeated.
func ExampleRandom() {
	o := fault.RandomOptions{Size: 1 << 20}
	first, again := fault.Random(7, 0, o), fault.Random(7, 0, o)
	fmt.Println(first.String() == again.String())
	fmt.Println(first.Check(fault.ForWriter))
	// Output:
	// true
	// <nil>
}
