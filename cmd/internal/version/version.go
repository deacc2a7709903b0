// Package version tells which release a program is.
package version

import (
	"fmt"
	"runtime/debug"
)

// release is that of both programs.
const release = "0.1.0-dev"

// Of returns the release, with the commit that the program was built from where that is known.
func Of() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	return of(info)
}

func of(info *debug.BuildInfo) string {
	commit, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = ", modified"
		}
	}
	if commit == "" {
		return release
	}
	return fmt.Sprintf("%s (%s%s)", release, commit, modified)
}
