//go:build !linux

package guard

// Main does nothing here.
func Main() {}
