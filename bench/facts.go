//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// fact is something that figures depend on.
type fact struct{ name, value string }

func gatherFacts(tools []tool, o *options) []fact {
	model, processors := processor()
	var names []string
	for _, t := range tools {
		names = append(names, t.name)
	}
	return []fact{
		{"date", time.Now().UTC().Format("2006-01-02")},
		{"kernel", kernel()},
		{"processor", fmt.Sprintf("%d × %s", processors, model)},
		{"memory", fmt.Sprintf("%.1f GiB", float64(meminfo("MemTotal"))/(1<<30))},
		{"Go", runtime.Version()},
		{"yjoint", yjointVersion(tools)},
		{"tools", strings.Join(names, ", ")},
		{"reference", tools[0].name},
		{"size", fmt.Sprintf("%v of the real one, rounds: %d", o.factor, o.rounds)},
	}
}

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]) + " " +
		unix.ByteSliceToString(u.Machine[:])
}

// processor returns the model of the first, and how many there are.
func processor() (model string, n int) {
	model = runtime.GOARCH
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "processor":
			n++
		case "model name":
			model = strings.TrimSpace(value)
		}
	}
	return model, n
}

// meminfo returns what /proc/meminfo has by that name, in bytes, or 0.
func meminfo(name string) int64 {
	text, _ := os.ReadFile("/proc/meminfo")
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) >= 2 && fields[0] == name+":" {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

// yjointVersion returns what yjoint calls itself, which has its commit.
func yjointVersion(tools []tool) string {
	i := slices.IndexFunc(tools, func(t tool) bool { return t.yjoint })
	if i < 0 {
		return "not measured"
	}
	said, _ := exec.Command(tools[i].path, "--version").Output()
	return strings.TrimSpace(string(said))
}
