//go:build linux

// Package yjoint_test runs the scenarios of testdata/scripts against the programs of cmd,
// built as a user builds them. The scripts' language is that of testscript, with the commands
// and programs of the scripts_*_test.go files; testdata/scripts/README.md lists them.
package yjoint_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	_ "yjoint/internal/sysmon"
)

const scriptsDir = "testdata/scripts"

// isLong reports whether a script runs only where longVariable is set: one that moves more than 8 GiB, which takes minutes on a
// machine that is busy or slow, and with others of its kind longer than go test gives a package.
func isLong(name string) bool {
	return strings.HasPrefix(name, "long_") || strings.HasPrefix(name, "near_8gib") || name == "exec_8gib"
}

// longVariable names the environment variable.
const longVariable = "YJOINT_LONG"

func TestMain(m *testing.M) {
	testscript.Main(suite{m}, programs)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, scriptParams(scriptsDir))
}

// scriptParams tells testscript how the scripts of dir run.
func scriptParams(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		Setup:               setUp,
		Cmds:                testscriptCommands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	}
}

// suite is the test run around m: it makes the programs and checks that no process is left.
type suite struct{ m *testing.M }

// Run is called by testscript.Main in the test run itself, not in the programs that are copies of
// the test binary.
func (s suite) Run() int {
	code, err := s.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scripts:", err)
		return max(code, 1)
	}
	return code
}

func (s suite) run() (code int, err error) {
	dir, err := os.MkdirTemp("", "yjoint-bin")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if err := buildPrograms(dir); err != nil {
		return 1, err
	}
	openPath(dir)
	if err := adoptOrphans(); err != nil {
		return 1, err
	}
	defaultSignals()
	if err := keepDescriptors(); err != nil {
		return 1, err
	}
	manyAtOnce()
	code = s.m.Run()
	return code, killSurvivors()
}

// manyAtOnce runs more scripts at once than there are processors, unless -parallel says how many: most of them wait most of the time.
func manyAtOnce() {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0)))
	}
}

// buildPrograms builds the folders of cmd that hold a program into dir: by a plain go build, since
// under -race they would be too slow and too large for what the scripts measure. faultsink-static is a program that no
// library can be put into, and yjoint-patient a yjoint that sends KILL only when it is told to.
func buildPrograms(dir string) error {
	sources, err := filepath.Glob("cmd/*/main.go")
	if err != nil || len(sources) == 0 {
		return err
	}
	var folders []string
	for _, source := range sources {
		folders = append(folders, "./"+filepath.Dir(source))
	}
	return errors.Join(
		goBuild(os.Getenv("CGO_ENABLED"), "", dir+string(filepath.Separator), folders...),
		goBuild(os.Getenv("CGO_ENABLED"), "patient", filepath.Join(dir, "yjoint-patient"), "./cmd/yjoint"),
		goBuild("0", "", filepath.Join(dir, "faultsink-static"), "./cmd/faultsink"))
}

// goBuild builds packages to a file or folder.
func goBuild(cgo, tags, to string, packages ...string) error {
	args := append([]string{"build", "-tags", tags, "-o", to}, packages...)
	build := exec.Command("go", args...)
	build.Env = append(os.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "CGO_ENABLED="+cgo)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// openPath puts dir first on PATH. It opens dir, and the folder of the programs that testscript put
// there, to other users: a script may run them as one.
func openPath(dir string) {
	programsDir, _, _ := strings.Cut(os.Getenv("PATH"), string(filepath.ListSeparator))
	for _, folder := range []string{dir, programsDir, filepath.Dir(programsDir)} {
		os.Chmod(folder, 0o755)
	}
	os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// adoptOrphans makes the test process the parent of every process that the scripts leave behind, so
// that all of them are found among its descendants.
func adoptOrphans() error {
	return os.NewSyscallError("prctl", unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
}

// defaultSignals lets the scripts' processes start with the default action for SIGHUP and SIGINT even
// where the test run itself ignores them (nohup, a background job of sh).
func defaultSignals() {
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// keepDescriptors keeps the descriptors that the test run inherited from the scripts' processes.
func keepDescriptors() error {
	return os.NewSyscallError("close_range", unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC))
}

// killSurvivors ends what is left of the scripts' processes and says so: each script ends its own.
func killSurvivors() error {
	var errs []error
	for _, p := range descendants(os.Getpid()) {
		errs = append(errs, fmt.Errorf("a process survived its script: %s", p))
		unix.Kill(p.pid, unix.SIGKILL)
	}
	return errors.Join(errs...)
}

// A scenario is what one running script owns. It is made by setUp and used by the goroutine that
// runs the script.
type scenario struct {
	t     testscript.T
	id    string              // value of SCENARIO_ID in the environment of all processes of the script
	work  string              // the script's own folder, $WORK
	procs map[string]*process // what start started, by name, awaited or not
	all   []*process          // the same and the commands of status: to be waited for at the end
}

type scenarioKey struct{}

func scenarioOf(ts *testscript.TestScript) *scenario {
	return ts.Value(scenarioKey{}).(*scenario)
}

// scenarioCount numbers the scripts of this run, for SCENARIO_ID.
var scenarioCount atomic.Int64

// pathWanted is the path of yjoint's that the scenarios of this run are for, as its report calls it.
func pathWanted() string {
	if runtime.GOOS != "linux" || os.Getenv("YJOINT_PATH") == "portable" {
		return "portable"
	}
	return "linux"
}

// readBy matches what a diagnostic says of a pipe's reader, if it was found before it had gone.
const readBy = `(, read by "([^"\\]|\\.)*" \(pid \d+\))?`

func setUp(env *testscript.Env) error {
	name := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	if isLong(name) && os.Getenv(longVariable) == "" {
		env.T().Skip("skipped: moves more than 8 GiB: with " + longVariable + "=1 it runs")
	}
	s := &scenario{
		t:     env.T(),
		id:    fmt.Sprintf("%d.%d.%s", os.Getpid(), scenarioCount.Add(1), name),
		work:  env.WorkDir,
		procs: map[string]*process{},
	}
	env.Values[scenarioKey{}] = s
	env.Setenv(scenarioIDVar, s.id)
	env.Setenv("WATCHDOG", defaultWatchdog.String())
	// Without it each program of a test run under -race would sleep for a second before its exit.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("LC_ALL", "C")
	env.Setenv("YJOINT_PATH", os.Getenv("YJOINT_PATH"))
	env.Setenv("PATH_WANTED", pathWanted())
	env.Setenv("READ_BY", readBy)
	env.Defer(s.end)
	// Other users' processes reach the script's files; MkdirTemp had closed the folder to them.
	return errors.Join(os.Chmod(filepath.Dir(env.WorkDir), 0o755), writeAgain(env.WorkDir))
}

// writeAgain has writeFile write all files below the folder, which a script may execute.
func writeAgain(folder string) error {
	return filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(name)
		return errors.Join(err, os.Remove(name), writeFile(name, text, 0o666))
	})
}

// writeFile is [os.WriteFile] for a file that is executed soon. A program that is started meanwhile, by another test, would have the
// file open for writing until it has begun, and the kernel executes no such file: ETXTBSY, https://go.dev/issue/22315.
func writeFile(name string, text []byte, perm fs.FileMode) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(name, text, perm)
}
