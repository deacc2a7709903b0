package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A target is a platform that packages are made for.
type target struct {
	os, arch string // as GOOS and GOARCH
	arm      string // GOARM; its name has it, as what Debian calls armhf
}

// targets are all of them. On those without Linux's system calls faultsink has its sinks, generators and verifier.
var targets = []target{
	{os: "linux", arch: "amd64"},
	{os: "linux", arch: "arm64"},
	{os: "linux", arch: "arm", arm: "7"},
	{os: "linux", arch: "386"},
	{os: "darwin", arch: "amd64"},
	{os: "darwin", arch: "arm64"},
	{os: "freebsd", arch: "amd64"},
	{os: "freebsd", arch: "arm64"},
}

func (t target) String() string { return t.os + "/" + t.arch }

// environment is that of go for this target: what the caller has said about the code that is made doesn't count.
func (t target) environment() []string {
	changes := []string{"GOFLAGS", "GOAMD64", "GOARM", "GOARM64", "GO386", "GOFIPS140", "CGO_ENABLED", "GOOS", "GOARCH", "GOWORK"}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(changes, name)
	})
	// Empty ones would give way to those of `go env -w`.
	return append(env, "GOOS="+t.os, "GOARCH="+t.arch, "GOARM="+t.arm, "GOAMD64=v1", "GOARM64=v8.0", "GO386=sse2",
		"GOFIPS140=off", "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off")
}

// programs are the names of folders in cmd.
var programs = []string{"yjoint", "faultsink"}

// build makes the programs of a target in the folder. They have no debugging data of DWARF (-w), but their symbols (no -s): by those
// they find out which signals were ignored when they were started.
func (r release) build(t target, dir string) error {
	args := []string{"build", "-trimpath", "-buildvcs=false",
		"-ldflags=-w -X yjoint/cmd/internal/version.release=" + r.version, "-o", dir + string(filepath.Separator)}
	for _, program := range programs {
		args = append(args, "./cmd/"+program)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = r.source, t.environment()
	_, err := output(cmd)
	return err
}

// host is the platform that this program runs on.
func host() target { return target{os: runtime.GOOS, arch: runtime.GOARCH} }

// goVersion is that of the compiler, on which every byte depends.
func goVersion() string { return runtime.Version() }
