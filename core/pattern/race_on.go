//go:build race

package pattern

import (
	"runtime"
	"unsafe"
)

// read tells the race detector that all of p was read.
func read(p []byte) { runtime.RaceReadRange(unsafe.Pointer(unsafe.SliceData(p)), len(p)) }

// wrote tells it that all of p was written.
func wrote(p []byte) { runtime.RaceWriteRange(unsafe.Pointer(unsafe.SliceData(p)), len(p)) }
