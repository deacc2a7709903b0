//go:build linux

package yjoint_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

var (
	teeSeed  = flag.Uint64("teeseed", 1, "seed of TestTeeTwins")
	teeCases = flag.Int("teecases", 200, "how many command lines TestTeeTwins runs")
)

// systemTee is what yjoint is compared with, where it is GNU's.
const systemTee = "/usr/bin/tee"

// TestTeeTwins gives the same command lines, in two folders that are alike, to the system's tee and to yjoint under that name,
// and compares what comes of them.
func TestTeeTwins(t *testing.T) {
	version, _ := exec.Command(systemTee, "--version").Output()
	if !bytes.HasPrefix(version, []byte("tee (GNU coreutils)")) {
		if os.Getenv("CI_REQUIRE_ALL") == "1" {
			t.Fatal(systemTee, "is not GNU's")
		}
		t.Skip(systemTee, "is not GNU's")
	}
	yjoint, err := exec.LookPath("yjoint")
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	work, ours := teeFolder(t, yjoint)
	r := rand.New(rand.NewPCG(*teeSeed, 0))
	for i := range *teeCases {
		c := randomTee(r)
		gnu := make(chan teeResult, 1)
		go func() { gnu <- runTwin(t, filepath.Join(work, fmt.Sprint(i, "a")), systemTee, c) }()
		got := runTwin(t, filepath.Join(work, fmt.Sprint(i, "b")), ours, c)
		if diff := cmp.Diff((<-gnu).comparable(c), got.comparable(c)); diff != "" {
			t.Errorf("seed %d, case %d: %v\nGNU's (-), yjoint (+):\n%s", *teeSeed, i, c, diff)
		}
	}
}

// teeFolder returns a folder where everybody may look, and in it the program under the name tee.
func teeFolder(t *testing.T, program string) (work, tee string) {
	work = t.TempDir()
	os.Chmod(work, 0o755)
	os.Chmod(filepath.Dir(work), 0o755)
	tee = filepath.Join(work, "tee")
	if err := os.Symlink(program, tee); err != nil {
		t.Fatal(err)
	}
	return work, tee
}

// teeResult is what came of a tee.
type teeResult struct {
	End    string            // exit status or signal
	Stdout string            // what its reader got, or what the file holds
	Files  map[string]string // their contents by name
	Said   []string          // lines on standard error, in alphabetical order
}

// old is what is in the file of that name before the start.
const old = "what was there\n"

func (in teeInput) content() string {
	switch in {
	case aFile, aPipe:
		return "some bytes\n"
	case unended:
		return "some bytes"
	case much:
		return strings.Repeat("a line of a long stream, more than any pipe can hold\n", 4<<20/53)
	}
	return ""
}

// makeTwin makes the folder that a tee runs in, for a user that may not do everything.
func makeTwin(dir string) error {
	for _, folder := range []string{dir, dir + "/dir"} {
		if err := os.Mkdir(folder, 0o777); err != nil {
			return err
		}
	}
	for name, mode := range map[string]fs.FileMode{"old": 0o666, "readonly": 0o444, "input": 0o666} {
		text := old
		if name == "input" {
			text = aFile.content()
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			return err
		}
	}
	if os.Getuid() != 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	})
}

// nobody is the user and group as which root has tees run.
const nobody = 65534

// runTwin runs the tee in dir, a new folder.
func runTwin(t *testing.T, dir, tee string, c teeCase) (res teeResult) {
	if err := makeTwin(dir); err != nil {
		t.Error(err)
		return
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("sh", append([]string{"-c", c.script(), tee}, c.args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0", "YJOINT_PATH=" + os.Getenv("YJOINT_PATH")}
	if c.posixly {
		cmd.Env = append(cmd.Env, "POSIXLY_CORRECT=")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	stdin, stdout := feed(t, cmd, c), receive(t, cmd, c)
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Signal(unix.SIGABRT) })
	stdin()
	res.Stdout = stdout()
	cmd.Wait()
	watchdog.Stop()
	if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		res.End = unix.SignalName(ws.Signal())
	} else {
		res.End = fmt.Sprint("status ", ws.ExitStatus())
	}
	res.Said = normalLines(said.String(), tee)
	res.Files = contents(t, dir)
	return res
}

// script becomes the tee, with redirections that Go can't give a process.
func (c teeCase) script() string {
	script := `exec "$0" "$@"`
	if c.ignorePipe {
		script = "trap '' PIPE; " + script
	}
	script += map[teeInput]string{aFile: " <input", directory: " <dir", writeOnly: " 0>sink"}[c.in]
	script += map[teeOutput]string{toFile: " >output", toFull: " >/dev/full", readOnly: " 1<readonly"}[c.out]
	return script
}

// feed prepares standard input; what it returns is called when the process has started.
func feed(t *testing.T, cmd *exec.Cmd, c teeCase) (started func()) {
	if c.in != aPipe && c.in != much && c.in != unended && c.in != silent {
		return func() {}
	}
	r, w := teePipe(t)
	cmd.Stdin = r
	return func() {
		r.Close()
		if c.in == silent {
			t.Cleanup(func() { w.Close() })
			return
		}
		go func() {
			io.WriteString(w, c.in.content()) // as far as it is read
			w.Close()
		}()
	}
}

// receive prepares standard output; what it returns is called when the process has started, and returns what came of it.
func receive(t *testing.T, cmd *exec.Cmd, c teeCase) (received func() string) {
	// A process that somebody else starts between making and closing the other end would hold it until its exec.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var r, w *os.File
	switch c.out {
	case toReader, toNobody, toLeaver:
		r, w = teePipe(t)
	case toSocket:
		r, w = teeSocket(t)
	default:
		return func() string { return "" } // a file is found in the folder
	}
	cmd.Stdout = w
	if c.out == toNobody || c.out == toSocket {
		r.Close()
	}
	return func() string {
		w.Close()
		defer r.Close()
		var limit int64 = 1 << 40
		if c.out == toLeaver {
			limit = leaverTakes
		}
		got, _ := io.ReadAll(io.LimitReader(r, limit))
		return string(got)
	}
}

func teePipe(t *testing.T) (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // it can be opened once more, through /dev/stdout
		if err := w.Chown(nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	return r, w
}

func teeSocket(t *testing.T) (r, w *os.File) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(ends[0]), "socket"), os.NewFile(uintptr(ends[1]), "socket")
}

var (
	teeUsage = regexp.MustCompile(`^Try '.* --help'`)
	// writeFailed is what one of several outputs may say before another ends the run.
	writeFailed = regexp.MustCompile(`: (No space left on device|Broken pipe|Bad file descriptor)$`)
	teeByte     = regexp.MustCompile(` \(at byte \d+\)$`)
)

// normalLines returns the lines of a tee's standard error without the program's name, and without what yjoint adds.
func normalLines(text, tee string) []string {
	lines := []string{}
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSuffix(line, "\n"), tee+": ")
		line = teeUsage.ReplaceAllString(line, "Try --help")
		lines = append(lines, teeByte.ReplaceAllString(line, ""))
	}
	slices.Sort(lines)
	return lines
}

func contents(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = string(data)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

// comparable leaves out what may differ: how much there is of an output where the run was cut short, which of several failures
// cut it short, and the text of help and version.
func (res teeResult) comparable(c teeCase) teeResult {
	short := func(text string) string {
		if strings.HasPrefix(c.in.content(), text) || strings.HasPrefix(old+c.in.content(), text) {
			return "a prefix"
		}
		return text
	}
	if strings.HasPrefix(res.Stdout, "Usage: ") || strings.HasPrefix(res.Stdout, "tee (") {
		res.Stdout = res.Stdout[:4]
	}
	if text := res.Files["output"]; strings.HasPrefix(text, "Usage: ") || strings.HasPrefix(text, "tee (") {
		res.Files["output"] = text[:4]
	}
	if c.cutShort() {
		res.Stdout = short(res.Stdout)
		for name, text := range res.Files {
			res.Files[name] = short(text)
		}
		res.Said = slices.DeleteFunc(res.Said, func(line string) bool { return writeFailed.MatchString(line) })
	}
	return res
}
