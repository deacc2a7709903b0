package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// packageFor makes all packages of a target in dir.
func (r release) packageFor(t target, shared []file, work, dir string) error {
	own, err := r.programFiles(t, work)
	if err != nil {
		return err
	}
	license, err := r.licenses(t)
	if err != nil {
		return err
	}
	files := slices.Concat(shared, own, []file{license})
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	if err := r.archive(t, files, dir); err != nil {
		return err
	}
	if t.os != "linux" {
		return nil
	}
	if err := r.deb(t, files, work, dir); err != nil {
		return err
	}
	return r.rpm(t, files, work, dir)
}

// archive writes a .tar.gz with one folder, in which things are as they shall be below /usr/local. Nothing in it is of this machine:
// not the times, nor owners, nor modes.
func (r release) archive(t target, files []file, dir string) error {
	name := fmt.Sprintf("yjoint-%s-%s-%s%s", r.version, t.os, t.arch, strings.TrimSuffix("v"+t.arm, "v"))
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(zip)
	folders := map[string]bool{}
	for _, f := range files {
		for _, folder := range above(path.Join(name, f.path)) {
			if folders[folder] {
				continue
			}
			folders[folder] = true
			if err := r.writeTar(w, tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755}, nil); err != nil {
				return err
			}
		}
		h := tar.Header{Typeflag: tar.TypeReg, Name: path.Join(name, f.path), Mode: int64(f.mode), Size: int64(len(f.data))}
		if err := r.writeTar(w, h, f.data); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".tar.gz"), out.Bytes(), 0o666)
}

func (r release) writeTar(w *tar.Writer, h tar.Header, data []byte) error {
	h.ModTime = r.time
	h.Uname, h.Gname = "root", "root"
	if err := w.WriteHeader(&h); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// above returns the folders that the path is in, outermost first.
func above(name string) (folders []string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		folders = slices.Insert(folders, 0, dir)
	}
	return folders
}

// compress returns the data as `gzip -9n` would make it: with neither name nor time.
func compress(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}
