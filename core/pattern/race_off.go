//go:build !race

package pattern

func read([]byte) {}

func wrote([]byte) {}
