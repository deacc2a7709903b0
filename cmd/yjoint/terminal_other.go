//go:build !unix

package main

import "os"

// terminal is not drawn on GOOS.
type terminal struct{ changes, stops chan os.Signal }

func newTerminal() *terminal { return nil }

func (*terminal) size() (width, height int) { return 0, 0 }

func (*terminal) ours() bool { return false }

func (*terminal) stop() {}
