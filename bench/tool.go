//go:build linux

package main

import (
	"os"
	"slices"
	"strings"
)

// tool is a fan-out, and how it is called.
type tool struct {
	name    string // with its version
	path    string
	leading []string                      // what comes first: the applet, options
	outputs func(paths []string) []string // the words for standard output and paths
	env     []string                      // beside the environment
	note    string                        // what must be known about its figures
	blocks  bool                          // passes only whole blocks on
	yjoint  bool
}

func (t tool) arguments(paths []string) []string {
	return append(slices.Clone(t.leading), t.outputs(paths)...)
}

// environment has no choice of a path in it but the tool's own.
func (t tool) environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, pathVariable) })
	return append(env, t.env...)
}

const pathVariable = "YJOINT_PATH="

// asTee is for a tool that writes standard output unasked.
func asTee(paths []string) []string { return paths }

func asYjoint(paths []string) []string { return append([]string{"-"}, paths...) }

func asPee(paths []string) []string {
	words := []string{"cat"}
	for _, p := range paths {
		words = append(words, "cat >"+p)
	}
	return words
}

// asMbuffer has -f, since /dev/fd/3 is there already.
func asMbuffer(paths []string) []string {
	words := []string{"-q", "-f", "-o", "-"}
	for _, p := range paths {
		words = append(words, "-o", p)
	}
	return words
}

func yjoints(path string) []tool {
	return []tool{
		{name: "yjoint", path: path, outputs: asYjoint, yjoint: true},
		{name: "yjoint --no-zero-copy", path: path, leading: []string{"--no-zero-copy"}, outputs: asYjoint, yjoint: true},
		{name: "YJOINT_PATH=portable yjoint", path: path, outputs: asYjoint, env: []string{pathVariable + "portable"}, yjoint: true},
	}
}
