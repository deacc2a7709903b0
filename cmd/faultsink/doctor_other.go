//go:build !unix

package main

func doctorProbe(string) error { return unsupported("doctor-probe") }

// heldSignals: there are none here.
type heldSignals struct{}

func holdSignals() heldSignals { return heldSignals{} }

func (heldSignals) release() {}
