// Packaging makes what a release consists of: an archive for each platform, packages for Linux, and their checksums. The same commit
// and the same release of Go make the same bytes, wherever and whenever.
//
// It is a module of its own because nfpm, which knows how a .deb and an .rpm are written, has more than a hundred dependencies: in
// yjoint's go.mod everybody who uses the library would have them too. Here they are pinned by a go.sum, as all others are.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

const usage = `Usage: packaging/build [OPTION]... [DIR]

Makes the packages of a release in DIR (default: dist), which must be empty or missing:
archives for all platforms, .deb and .rpm for Linux, and SHA256SUMS.

`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0, 1 for a failure, 2 for a command line that is wrong.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(stdout, usage, o.flags.FlagUsages())
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "packaging: %v\n", err)
		return 2
	}
	if err := o.perform(stdout); err != nil {
		fmt.Fprintf(stderr, "packaging: %v\n", err)
		return 1
	}
	return 0
}

// options are what the command line says.
type options struct {
	flags      *pflag.FlagSet
	source     string // folder of yjoint's go.mod
	dir        string
	version    string // without "v"; empty: from git
	maintainer string
	targets    []string
	tagged     bool
	notes      bool
}

func parse(args []string) (*options, error) {
	o := &options{flags: pflag.NewFlagSet("packaging", pflag.ContinueOnError)}
	f := o.flags
	f.Usage = func() {}
	f.SortFlags = false
	f.StringVar(&o.source, "source", ".", "the tree to build")
	f.StringVar(&o.version, "version", "", "version of the packages; without it that of the tag, or what go build would call the commit")
	f.BoolVar(&o.tagged, "tagged", false, "fail unless the tree is exactly that of a tag")
	f.StringArrayVar(&o.targets, "target", nil, "only this platform, as linux/amd64; may be repeated")
	f.StringVar(&o.maintainer, "maintainer", "The yjoint authors <authors@yjoint.invalid>", "who answers for the .deb and .rpm: NAME <ADDRESS>")
	f.BoolVar(&o.notes, "notes", false, "print what the changelog says of the version, and make nothing")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 1:
		return o, fmt.Errorf("one DIR, not %q", f.Args())
	case f.NArg() == 1 && f.Arg(0) == "":
		return o, errors.New("DIR is empty")
	}
	o.dir = "dist"
	if f.NArg() == 1 {
		o.dir = f.Arg(0)
	}
	o.version = strings.TrimPrefix(o.version, "v")
	for _, name := range o.targets {
		if !slices.ContainsFunc(targets, func(t target) bool { return t.String() == name }) {
			return o, fmt.Errorf("--target %s: want one of %v", name, targets)
		}
	}
	return o, nil
}

func (o *options) perform(stdout io.Writer) error {
	r, err := o.release()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(o.source, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	log, err := parseChangelog(string(text))
	if err != nil {
		return fmt.Errorf("CHANGELOG.md: %w", err)
	}
	entry, err := log.of(r.version)
	if err != nil {
		return fmt.Errorf("CHANGELOG.md: %w", err)
	}
	if o.notes {
		_, err := fmt.Fprintln(stdout, entry.body)
		return err
	}
	return o.packages(r, stdout)
}

// packages makes all of them and tells what it has made.
func (o *options) packages(r release, stdout io.Writer) error {
	if err := makeEmpty(o.dir); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "packaging")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	shared, err := r.sharedFiles(work)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if len(o.targets) > 0 && !slices.Contains(o.targets, t.String()) {
			continue
		}
		if err := r.packageFor(t, shared, work, o.dir); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	sums, err := writeSums(o.dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%sin %s, by %s\n", sums, o.dir, goVersion())
	return err
}

// makeEmpty makes the folder. What is in it already could be of another version, and would be taken for a part of this one.
func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty: it has %s", dir, entries[0].Name())
	}
	return err
}
