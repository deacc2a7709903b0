package pattern_test

import (
	"bytes"
	"fmt"
	"io"

	"yjoint/core/pattern"
)

// An output that missed a block, and what its verifier says.
func Example() {
	v := pattern.NewVerifier(7)
	r := pattern.NewReader(7, 1<<20)
	io.CopyN(v, r, 4096)
	r.Seek(8192, io.SeekStart)
	io.Copy(v, r)

	got := v.Verdict()
	fmt.Println(got)
	fmt.Println(got.Received, "bytes received")
	// Output:
	// gap [4096,8192)
	// 1044480 bytes received
}

// The end mark tells a whole stream from one that is a byte short.
func ExampleVerifier() {
	v := pattern.NewAnyVerifier()
	r := pattern.NewReader(2026, 1000)
	io.CopyN(v, r, 999)
	fmt.Println(v.Verdict())
	io.Copy(v, r)
	fmt.Println(v.Verdict())
	// Output:
	// prefix 999
	// complete
}

// An expectation in the form in which a verdict is printed.
func ExampleParseVerdict() {
	expected, err := pattern.ParseVerdict("prefix 8589934591")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pattern.NewVerifier(0).Verdict().Matches(expected))
	// Output: false
}

// Any part of the stream can be made or compared without what comes before it, here just below 8 GiB.
func ExampleFill() {
	const size = 8<<30 + 100
	part := make([]byte, 16)
	n := pattern.Fill(part, 7, size, 8<<30-8)
	fmt.Println(n)

	r := pattern.NewReader(7, size)
	r.Seek(8<<30-8, io.SeekStart)
	same := make([]byte, 16)
	io.ReadFull(r, same)
	fmt.Println(bytes.Equal(part, same))
	fmt.Println(pattern.Fill(part, 7, size, size-3)) // what is left of it
	// Output:
	// 16
	// true
	// 3
}

// Two inputs that were mixed up: the other stream's id is told.
func ExampleVerdict() {
	v := pattern.NewVerifier(1)
	io.CopyN(v, pattern.NewReader(1, 1<<20), 4096)
	other := pattern.NewReader(2, 1<<20)
	other.Seek(4096, io.SeekStart)
	io.Copy(v, other)

	got := v.Verdict()
	fmt.Println(got)
	fmt.Println(got.Kind == pattern.Foreign, got.At, got.Stream)
	// Output:
	// foreign (stream 2) at 4096
	// true 4096 2
}
