//go:build linux && (amd64 || arm64)

package supervisor

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// BenchmarkWrite times writes of 4 KiB by a program, as that program sees them; -benchtime 200000x makes enough of them:
//
//	run=plain            without faultsink
//	run=healthy          to a file without a fault, beside one that has one
//	run=healthy-on-1     the same where the file is on descriptor 1, which is watched
//	run=faulty           to the file that has one, before it fires
//	run=strace           what strace --seccomp-bpf makes of it when it is to inject an error
func BenchmarkWrite(b *testing.B) {
	for _, run := range []string{"plain", "healthy", "healthy-on-1", "faulty", "strace"} {
		b.Run("run="+run, func(b *testing.B) { benchmarkWrite(b, run) })
	}
}

func benchmarkWrite(b *testing.B, run string) {
	dir := b.TempDir()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), writerVariable+"=time "+run, writerVariable+"_DIR="+dir, "WRITES="+strconv.Itoa(b.N))
	switch run {
	case "plain", "strace":
		command := []string{exe}
		if run == "strace" {
			strace, err := exec.LookPath("strace")
			if err != nil {
				b.Skip("needs strace")
			}
			command = []string{strace, "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=write",
				"-e", "inject=write:error=ENOSPC:when=65535", exe}
		}
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	default:
		spec, err := ledger.Parse("faulty=at 8EiB-1 ENOSPC", fault.ForExec, true, dir)
		if err != nil {
			b.Fatal(err)
		}
		r, err := Start(Options{Path: exe, Args: []string{"program"}, Ledger: ledger.New([]ledger.Spec{spec}), Env: env})
		if err != nil {
			b.Fatal(err)
		}
		<-r.Process().Gone()
		if _, err := r.Conclude(); err != nil {
			b.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "time"))
	if err != nil {
		b.Fatal(err)
	}
	ns, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(ns)/batch, "ns/write")
	b.ReportMetric(0, "ns/op") // it includes the start of the programs
}

// timeMain is the program that is timed.
func timeMain(run string) error {
	n, err := strconv.Atoi(os.Getenv("WRITES"))
	if err != nil {
		return err
	}
	name := "healthy"
	if run == "faulty" {
		name = "faulty"
	}
	fd := create(name)
	if strings.HasSuffix(run, "on-1") {
		if err := unix.Dup2(fd, 1); err != nil {
			return err
		}
		fd = 1
	}
	p := make([]byte, 4096)
	var batches []time.Duration
	for done := 0; done < n || len(batches) < 2; done += batch {
		unix.Seek(fd, 0, 0)
		start := time.Now()
		for range batch {
			if m, err := unix.Write(fd, p); m != len(p) {
				return fmt.Errorf("%d, %v", m, err)
			}
		}
		batches = append(batches, time.Since(start))
	}
	batches = batches[1:] // the file grew in the first
	slices.Sort(batches)
	return os.WriteFile("time", []byte(strconv.FormatInt(int64(batches[len(batches)/2]), 10)), 0o600)
}

// batch is how many writes are timed together, to one place of the file again and again. What is told is the median.
const batch = 4096
