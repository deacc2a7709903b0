package pattern_test

import (
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
