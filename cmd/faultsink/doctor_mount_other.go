//go:build !linux

package main

import "yjoint/cmd/internal/faultfs"

// tryMount says that it isn't supported.
func tryMount(folder string) examination {
	_, err := faultfs.New(folder, faultfs.Options{})
	return examination{Reason: err.Error(), Remedy: "Linux is needed"}
}
