//go:build unix && !linux

package main

import "os"

// copyACL does nothing: ACLs are not copied on GOOS.
func copyACL(*os.File, string, bool) (bool, error) { return false, nil }

// isMountPoint reports false: single files are not mounted on GOOS.
func isMountPoint(string) bool { return false }
