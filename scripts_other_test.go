//go:build !linux

package yjoint_test

import (
	"runtime"
	"testing"
)

func TestScripts(t *testing.T) {
	t.Skipf("the scenarios are not supported on %s: they read /proc", runtime.GOOS)
}
