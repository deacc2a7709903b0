//go:build !linux

package main

import "yjoint/cmd/internal/faultfs"

// mount says that it isn't supported.
func (o *mountOptions) mount(x mounting) error {
	_, err := faultfs.New(x.folder, x.options)
	return err
}
