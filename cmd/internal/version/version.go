// Package version tells which release a program is.
package version

import (
	"runtime/debug"
	"strings"
)

// release is that of a packaged program: packaging/build sets it.
var release = ""

// unknown stands for the release where nothing tells it: what was built is not yet 0.1.0, or nobody knows.
const unknown = "0.1.0-dev"

// Of returns the release: that of the package, or of the tag that the program was built from, or a version that names the commit.
func Of() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	return of(info)
}

// of returns what Go says of the main module, which is known where the program was built in a clone.
func of(info *debug.BuildInfo) string {
	version, isVersion := strings.CutPrefix(info.Main.Version, "v")
	if !isVersion {
		return unknown
	}
	return version
}
