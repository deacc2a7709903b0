//go:build !linux

// Bench needs Linux: see main.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: it measures what /proc tells, which Linux alone has")
	os.Exit(2)
}
