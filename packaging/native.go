package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

// packageRelease is the number of the package among those of the same version of yjoint.
const packageRelease = "1"

const summary = "copy one byte stream to many outputs, each with its own fate"

// description has lines of less than 80 characters, as both kinds of packages want.
const description = `yjoint is a tee for outputs that matter: backups to two hosts, an image to
several disks, a log to a file and a pipe. A failure of one output changes
nothing for the others, the fate of each is told to the byte, and truncated is
never taken for complete. faultsink makes the outputs of any program fail on
purpose, at an exact byte, to test what it does then.`

// info is what a .deb and an .rpm have in common.
func (r release) info(t target) *nfpm.Info {
	return nfpm.WithDefaults(&nfpm.Info{
		Name:        "yjoint",
		Arch:        t.arch + t.arm,
		Platform:    t.os,
		Version:     r.version,
		Release:     packageRelease,
		Section:     "utils",
		Priority:    "optional",
		Maintainer:  r.maintainer,
		Description: description,
		License:     "MIT",
		MTime:       r.time,
		Overridables: nfpm.Overridables{
			Suggests: []string{"fuse3"}, // by which `faultsink mount` works for others than root
			Deb:      nfpm.Deb{Compression: "gzip:9"},
			RPM: nfpm.RPM{
				Summary:     summary,
				Packager:    r.maintainer,
				Compression: "gzip:9",
				BuildHost:   "localhost", // the real one's name would differ
			},
		},
	})
}

// deb writes the package for Debian and its relatives.
func (r release) deb(t target, all []file, work, dir string) error {
	info := r.info(t)
	contents, err := r.debian(info, all)
	if err != nil {
		return err
	}
	info.Description = summary + "\n" + description // the first line is the synopsis
	return r.write(deb.Default, info, contents, filepath.Join(work, t.os+"-"+t.arch, "deb"), dir)
}

// debian returns the files as Debian wants them: manuals and changelogs compressed, the license under another name.
func (r release) debian(info *nfpm.Info, all []file) ([]file, error) {
	var kept []file
	for _, f := range all {
		switch {
		case f.path == docs+"LICENSE":
			f.path = docs + "copyright"
			f.data = slices.Concat(f.data, []byte("\nCode of others is part of the programs: third-party-licenses.txt has its licenses.\n"))
		case f.path == docs+"CHANGELOG.md":
			f.path = docs + "changelog"
			fallthrough
		case strings.HasPrefix(f.path, "share/man/"):
			var err error
			if f, err = f.compressed(); err != nil {
				return nil, err
			}
		case strings.HasPrefix(f.path, "share/zsh/"):
			f.path = path.Join("share/zsh/vendor-completions", path.Base(f.path))
		}
		kept = append(kept, f)
	}
	log, err := file{docs + "changelog.Debian", 0o644, r.debianChangelog(info)}.compressed()
	return append(kept, log, file{"share/lintian/overrides/yjoint", 0o644, []byte(overrides)}), err
}

// debianChangelog has the one entry that tools look for. What has changed in yjoint is in its own changelog.
func (r release) debianChangelog(info *nfpm.Info) []byte {
	_, version, _ := strings.Cut(strings.TrimSuffix(deb.Default.ConventionalFileName(info), "_"+info.Arch+".deb"), "_")
	return fmt.Appendf(nil, "yjoint (%s) stable; urgency=medium\n\n  * Version %s; see changelog.gz.\n\n -- %s  %s\n",
		version, r.version, r.maintainer, r.time.Format(time.RFC1123Z))
}

// overrides say which of lintian's rules the package breaks on purpose.
const overrides = `# Programs in Go are static.
yjoint: statically-linked-binary [usr/bin/faultsink]
yjoint: statically-linked-binary [usr/bin/yjoint]
# They read their own symbols, to find out which signals were ignored when they were started.
yjoint: unstripped-binary-or-object [usr/bin/faultsink]
yjoint: unstripped-binary-or-object [usr/bin/yjoint]
`

// rpm writes the package for Fedora and its relatives.
func (r release) rpm(t target, all []file, work, dir string) error {
	var kept []file
	for _, f := range all {
		switch {
		case f.path == docs+"LICENSE" || f.path == licenseFile:
			f.path = path.Join("share/licenses/yjoint", path.Base(f.path))
		case strings.HasPrefix(f.path, "share/man/"):
			var err error
			if f, err = f.compressed(); err != nil {
				return err
			}
		}
		kept = append(kept, f)
	}
	return r.write(rpm.DefaultRPM, r.info(t), kept, filepath.Join(work, t.os+"-"+t.arch, "rpm"), dir)
}

// compressed returns the file as NAME.gz.
func (f file) compressed() (file, error) {
	data, err := compress(f.data)
	return file{f.path + ".gz", f.mode, data}, err
}

// write has nfpm write a package into dir. nfpm wants the contents as files, which are put into stage.
func (r release) write(packager nfpm.Packager, info *nfpm.Info, all []file, stage, dir string) error {
	for _, f := range all {
		source := filepath.Join(stage, filepath.FromSlash(f.path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(source), 0o700), os.WriteFile(source, f.data, 0o600)); err != nil {
			return err
		}
		info.Contents = append(info.Contents, &files.Content{
			Source:      source,
			Destination: "/usr/" + f.path,
			Type:        contentType(packager, f),
			FileInfo:    &files.ContentFileInfo{Mode: f.mode, MTime: r.time},
		})
	}
	for _, folder := range ownFolders(all) {
		info.Contents = append(info.Contents, &files.Content{
			Destination: "/usr/" + folder, Type: files.TypeDir, FileInfo: &files.ContentFileInfo{Mode: 0o755, MTime: r.time}})
	}
	name := packager.ConventionalFileName(info)
	var out bytes.Buffer
	if err := packager.Package(info, &out); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(dir, name), out.Bytes(), 0o666)
}

// ownFolders returns the folders that no other package has. rpm removes those that the package names, and no others.
func ownFolders(all []file) (own []string) {
	for _, f := range all {
		for _, folder := range above(f.path) {
			if strings.Contains(folder+"/", "/yjoint/") && !slices.Contains(own, folder) {
				own = append(own, folder)
			}
		}
	}
	return own
}

// contentType marks what an .rpm may be installed without.
func contentType(packager nfpm.Packager, f file) string {
	switch {
	case packager != nfpm.Packager(rpm.DefaultRPM):
		return files.TypeFile
	case strings.HasPrefix(f.path, "share/licenses/"):
		return files.TypeRPMLicense
	case strings.HasPrefix(f.path, "share/doc/"), strings.HasPrefix(f.path, "share/man/"):
		return files.TypeRPMDoc
	}
	return files.TypeFile
}
