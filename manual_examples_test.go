//go:build linux

package yjoint_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A manualExample is a block of a manual page's source.
type manualExample struct {
	kind  string // bash, mount, plans, faults or cron
	text  string
	want  string // what it is to print, if that is shown
	check string // shell commands that must succeed afterwards
}

var manualBlock = regexp.MustCompile("<!-- example (\\w+) -->\n```\\w+\n((?s:.*?))```\n(?:\n```text\n((?s:.*?))```\n)?(?:\n<!-- check: (.*) -->\n)?")

// manualExamples returns the examples of the page whose source is docs/man/NAME.md; all that looks like one must be marked.
func manualExamples(t *testing.T, name string) (all []manualExample) {
	t.Helper()
	text, err := os.ReadFile("docs/man/" + name + ".md")
	if err != nil {
		t.Fatal(err)
	}
	fences := strings.Count(string(text), "\n```\n")
	for _, m := range manualBlock.FindAllStringSubmatch(string(text), -1) {
		all = append(all, manualExample{m[1], m[2], m[3], m[4]})
		if fences--; m[3] != "" {
			fences--
		}
	}
	if fences != 0 || strings.Contains(string(text), "\n    ") {
		t.Errorf("%s: an example is not marked, so that nothing runs it", name)
	}
	return all
}

// TestManualExamples does what the manual pages' examples say, each in a folder of its own, and compares what they print.
func TestManualExamples(t *testing.T) {
	needs(t, noProgram("bash"))
	for page, least := range map[string]int{"yjoint": 12, "faultsink": 10, "faultsink-plan": 4} {
		examples := manualExamples(t, page)
		if len(examples) < least {
			t.Errorf("%s: %d examples, want %d or more", page, len(examples), least)
		}
		for _, e := range examples {
			name, _, _ := strings.Cut(e.text, "\n")
			if e.kind != "bash" {
				name = e.kind
			}
			t.Run(page+"/"+name, func(t *testing.T) {
				t.Parallel()
				if page != "yjoint" {
					needs(t, noExec())
				}
				e.run(t, newBackupHost(t))
			})
		}
	}
}

func (e manualExample) run(t *testing.T, h *backupHost) {
	switch e.kind {
	case "bash", "mount":
		if e.kind == "mount" {
			needs(t, noFuse())
		}
		got, _ := h.command("bash", "-c", h.here(e.text)).CombinedOutput()
		if diff := cmp.Diff(e.want, string(got)); diff != "" {
			t.Errorf("%sprints something else (-manual +run):\n%s", e.text, diff)
		}
	case "plans":
		for plan := range strings.Lines(e.text) {
			got, err := h.command("faultsink", "--plan", strings.TrimSpace(plan), "--print-plan").CombinedOutput()
			if err != nil || string(got) != plan {
				t.Errorf("%s%v: %s", plan, err, got)
			}
		}
	case "faults":
		for fault := range strings.Lines(e.text) {
			cmd := h.command("faultsink", "exec", "--fault", strings.TrimSpace(fault), "--", "true")
			got, _ := cmd.CombinedOutput()
			want := 123 // true does nothing that could fail
			if strings.Contains(fault, "=random ") {
				want = 0 // what is drawn need not fire
			}
			if cmd.ProcessState.ExitCode() != want {
				t.Errorf("%s%v: %s", fault, cmd.ProcessState, got)
			}
		}
	case "cron":
		h.cron(t, e.text)
	default:
		t.Fatalf("unknown kind of example %q", e.kind)
	}
	if e.check == "" && e.want == "" && e.kind == "bash" && !strings.HasPrefix(e.text, "faultsink doctor") {
		t.Errorf("%snothing is checked", e.text)
	}
	if e.check != "" {
		if out, err := h.command("bash", "-c", h.here(e.check)).CombinedOutput(); err != nil {
			t.Errorf("%s%s: %v\n%s", e.text, e.check, err, out)
		}
	}
}

// A backupHost is the machine of the examples: a folder with something to copy, and with stand-ins for what a test has not.
type backupHost struct{ dir string }

// standIns are programs in its bin. Other hosts are folders; one called down-HOST makes HOST unreachable, fail-dump the dump fail.
var standIns = map[string]string{
	"ssh": `while [ "$1" = -o ]; do shift 2; done
host=$1 root=$(dirname "$0")/..
shift
[ ! -e "$root/down-$host" ] || { echo "ssh: connect to host $host port 22: No route to host" >&2; exit 255; }
mkdir -p "$root/$host" && cd "$root/$host" && exec sh -c "$*"
`,
	"pg_dump": `root=$(dirname "$0")/..
echo "-- database $1, dump $(cat "$root/dump-number" 2>/dev/null)"
seq 100000
[ ! -e "$root/fail-dump" ] || { echo "pg_dump: error: connection to server was lost" >&2; exit 1; }
seq 100000
`,
}

func newBackupHost(t *testing.T) *backupHost {
	h := &backupHost{t.TempDir()}
	for _, folder := range []string{"bin", "data/folder", "backup", "disk1", "disk2", ".local/share/bash-completion/completions"} {
		os.MkdirAll(filepath.Join(h.dir, folder), 0o777)
	}
	for name, text := range standIns {
		h.write(t, "bin/"+name, "#!/bin/sh\n"+text)
	}
	h.write(t, "data/file", strings.Repeat("some text\n", 10000))
	h.write(t, "data/folder/empty", "")
	for _, program := range []string{"yjoint", "faultsink"} {
		path, err := exec.LookPath(program)
		if err == nil {
			err = os.Symlink(path, filepath.Join(h.dir, "bin", program))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h *backupHost) write(t *testing.T, name, text string) {
	t.Helper()
	if err := writeFile(filepath.Join(h.dir, name), []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
}

// here returns the script with the folders of the examples' machine in place of those at the root.
func (h *backupHost) here(script string) string {
	return strings.NewReplacer("/backup", h.dir+"/backup", "/disk", h.dir+"/disk", "/usr/local/bin", h.dir+"/bin").Replace(script)
}

func (h *backupHost) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+h.dir, "PATH="+filepath.Join(h.dir, "bin")+":"+os.Getenv("PATH"))
	return cmd
}

// cron does what crontab says, as cron does: by sh, with what the crontab says of the environment and little else, without a terminal.
// Here the dump and the other host fail in turn: there must be a mail when something has failed and at no other time, and what the manual
// promises of the files.
func (h *backupHost) cron(t *testing.T, crontab string) {
	for i, c := range []struct {
		trouble string // a file that makes it
		mail    string // a part of it; "": none is to be sent
		local   string // the dumps that are there then
		remote  string
	}{
		{"", "", "0", "0"},
		{"fail-dump", `producer "pg_dump db": at byte`, "0", "0"},
		{"down-host1", "host1: exit", "2", "0"},
		{"", "", "3", "3"},
	} {
		h.write(t, "dump-number", string(rune('0'+i)))
		if c.trouble != "" {
			h.write(t, c.trouble, "")
		}
		mail := h.cronJob(t, crontab)
		if c.mail == "" && mail != "" || !strings.Contains(mail, c.mail) {
			t.Errorf("run %d: the mail is %q, want %q", i, mail, c.mail)
		}
		for place, want := range map[string]string{"backup/db.sql": c.local, "host1/db.sql": c.remote} {
			text, err := os.ReadFile(filepath.Join(h.dir, place))
			if !bytes.HasPrefix(text, []byte("-- database db, dump "+want+"\n")) || !bytes.HasSuffix(text, []byte("\n100000\n")) {
				t.Errorf("run %d: %s is not dump %s: %.40q %v", i, place, want, text, err)
			}
		}
		left, _ := filepath.Glob(filepath.Join(h.dir, "host1/*"))
		here, _ := filepath.Glob(filepath.Join(h.dir, "backup/.*"))
		if len(left) != 1 || len(here) > 2 { // . and ..
			t.Errorf("run %d: there are also %v and %v", i, left, here)
		}
		os.Remove(filepath.Join(h.dir, c.trouble))
	}
}

// cronJob runs the one job, and returns what cron would mail.
func (h *backupHost) cronJob(t *testing.T, crontab string) string {
	t.Helper()
	env := []string{"LOGNAME=root", "SHELL=/bin/sh", "HOME=" + h.dir, "PATH=/usr/bin:/bin"}
	job := ""
	for line := range strings.Lines(h.here(crontab)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case regexp.MustCompile(`^[A-Z]+=`).MatchString(line):
			env = append(env, line)
		case job == "":
			job = strings.SplitN(line, " ", 6)[5] // behind minute, hour, day, month and day of the week
		default:
			t.Fatalf("a second job: %s", line)
		}
	}
	if regexp.MustCompile(`(^|[^\\])%`).MatchString(job) {
		t.Fatalf("cron takes what follows the %% for standard input: %s", job)
	}
	cmd := exec.Command("/bin/sh", "-c", strings.ReplaceAll(job, `\%`, `%`))
	cmd.Dir, cmd.Env, cmd.Stdin = h.dir, env, strings.NewReader("")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	mail, _ := cmd.CombinedOutput() // cron doesn't look at the status
	return string(mail)
}
