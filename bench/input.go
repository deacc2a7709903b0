//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"yjoint/internal/size"
)

func (b *bench) inputName(n int64) string { return filepath.Join(b.folder, inputPrefix+size.Format(n)) }

const inputPrefix = "input-"

func (b *bench) removeInputs() {
	names, _ := filepath.Glob(filepath.Join(b.folder, inputPrefix+"*"))
	for _, name := range names {
		os.Remove(name)
	}
}

// makeInput makes the file of n bytes, if it isn't there: the stream that verify knows, with no holes.
func (b *bench) makeInput(n int64) error {
	name := b.inputName(n)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(b.ctx, b.faultsink, "gen", strconv.FormatInt(n, 10), "--seed", strconv.Itoa(streamID))
	cmd.Stdout = f
	// Written back now, not beside the first runs.
	err = errors.Join(cmd.Run(), f.Sync(), f.Close())
	if err != nil {
		os.Remove(name)
		return fmt.Errorf("faultsink gen >%s: %w", name, err)
	}
	return nil
}

// cacheInput makes the file and reads it, so that all of it is in memory.
func (b *bench) cacheInput(n int64) error {
	if err := b.makeInput(n); err != nil {
		return err
	}
	f, err := os.Open(b.inputName(n))
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, blockSize)
	for err == nil {
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		_, err = f.Read(block)
	}
	if err != io.EOF {
		return err
	}
	return nil
}
