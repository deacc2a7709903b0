package main

import "os"

// reservedDescriptors is how many the engine and the ending of commands need, with some to spare.
const reservedDescriptors = 12

// reserve keeps descriptors free while outputs are opened, so that one output too many fails alone, instead of leaving
// none for the run.
type reserve []*os.File

func newReserve() (r reserve) {
	for range reservedDescriptors {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		r = append(r, f)
	}
	return r
}

func (r reserve) release() {
	for _, f := range r {
		f.Close()
	}
}
