//go:build !unix

package core

// watcher is empty: polling descriptors is not supported on GOOS.
type watcher struct{}

func newWatcher(*window) (*watcher, error) { return &watcher{}, nil }

func (*watcher) stop() {}

// wake is empty: nothing can wait for it.
type wake struct{}

func newWake() (*wake, error) { return &wake{}, nil }

func (*wake) set()   {}
func (*wake) reset() {}
func (*wake) close() {}
