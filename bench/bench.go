//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// bench is what all works have in common.
type bench struct {
	ctx       context.Context
	options   *options
	self      string // this program, for its roles
	folder    string // temporary
	yjoint    string
	faultsink string
	timeout   time.Duration
	log       io.Writer
}

func newBench(ctx context.Context, o *options, log io.Writer) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "yjoint-bench-")
	if err != nil {
		return nil, err
	}
	return &bench{ctx: ctx, options: o, self: self, folder: folder, timeout: o.timeout, log: log}, nil
}

// clear removes what was made.
func (b *bench) clear() error { return os.RemoveAll(b.folder) }

func (b *bench) tell(format string, values ...any) {
	fmt.Fprintf(b.log, "bench: "+format+"\n", values...)
}

// prepare builds what is measured, and returns the tools that are asked for, the reference first.
func (b *bench) prepare() ([]tool, error) {
	if err := b.build(); err != nil {
		return nil, err
	}
	found, err := discover(b.ctx, b.options.peers, b.tell)
	if err != nil {
		return nil, err
	}
	tools := found[:1:1]
	for _, t := range append(yjoints(b.yjoint), found[1:]...) {
		if b.options.tool.MatchString(t.name) {
			tools = append(tools, t)
		}
	}
	b.tell("the reference is %s, %s", tools[0].name, tools[0].path)
	return tools, nil
}

// build makes yjoint, unless there is one, and faultsink.
func (b *bench) build() error {
	packages := []string{"yjoint/cmd/faultsink", "yjoint/cmd/yjoint"}
	b.faultsink, b.yjoint = filepath.Join(b.folder, "faultsink"), filepath.Join(b.folder, "yjoint")
	if given := b.options.yjoint; given != "" {
		path, err := exec.LookPath(given)
		if err != nil {
			return fmt.Errorf("-yjoint: %w", err)
		}
		if b.yjoint, err = filepath.Abs(path); err != nil {
			return err
		}
		packages = packages[:1]
	}
	cmd := exec.CommandContext(b.ctx, "go", append([]string{"build", "-buildvcs=auto", "-o", b.folder + "/"}, packages...)...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build, which wants to run in a clone of yjoint: %w", withWords(err, said))
	}
	return nil
}
