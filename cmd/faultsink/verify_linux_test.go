package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// verified returns what verify prints to standard output, and the process.
func verified(t *testing.T, in *os.File, args ...string) (string, *process) {
	t.Helper()
	r, w := pipe(t, 1<<20, 0)
	p := start(t, in, w, append([]string{"verify"}, args...)...)
	w.Close()
	said, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(said), p
}

func TestVerify(t *testing.T) {
	cut := filled(t, total)
	io.ReadFull(cut, make([]byte, 16))
	for _, c := range []struct {
		in     *os.File
		args   []string
		said   string
		status int
		text   string // of standard error
	}{
		{filled(t, total), nil, "complete\n", 0, ""},
		{filled(t, total), []string{"--seed", "0"}, "complete\n", 0, ""},
		{filled(t, total), []string{"--seed", "1"}, "foreign (stream 0)\n", statusUnexpected,
			"faultsink: standard input: foreign (stream 0), expected complete\n"},
		{cut, []string{"--expect", "gap [0,16)"}, "gap [0,16)\n", 0, ""},
		{filled(t, 0), nil, "prefix 0\n", statusUnexpected, "faultsink: standard input: prefix 0, expected complete\n"},
		{filled(t, 0), []string{"--expect", "prefix 0"}, "prefix 0\n", 0, ""},
		{filled(t, 0), []string{"--expect", "prefix 8GiB-1"}, "prefix 0\n", statusUnexpected,
			"faultsink: standard input: prefix 0, expected prefix 8589934591\n"},
	} {
		said, p := verified(t, c.in, c.args...)
		if said != c.said {
			t.Errorf("%q said %q, want %q", c.args, said, c.said)
		}
		if c.text == "" {
			p.ends(c.status, 0)
		} else {
			p.ends(c.status, 0, c.text)
		}
	}
}

// TestVerifyFiles: each file gets its verdict, whatever is the matter with the others.
func TestVerifyFiles(t *testing.T) {
	dir := t.TempDir()
	name := func(n string) string { return filepath.Join(dir, n) }
	os.WriteFile(name("whole"), content(total), 0o600)
	os.WriteFile(name("part"), content(total)[:1000], 0o600)
	said, p := verified(t, nil, name("whole"), name("none"), dir, name("part"), "--report", name("report"))
	want := name("whole") + ": complete\n" + name("part") + ": prefix 1000\n"
	if said != want {
		t.Errorf("said %q, want %q", said, want)
	}
	p.ends(statusFailed, 0, "faultsink: open "+name("none")+": no such file or directory\n",
		"faultsink: "+dir+": read at byte 0: ", "faultsink: "+name("part")+": prefix 1000, expected complete\n")
	p.report = name("report")
	rep := p.told()
	if rep.Status != statusFailed || rep.Bytes != total+1000 || rep.Whole || len(rep.Inputs) != 4 {
		t.Fatalf("%+v", rep)
	}
	if in := rep.Inputs[3]; in.Name != name("part") || in.Bytes != 1000 || in.Verdict != "prefix 1000" || *in.Stream != 0 || in.Error != "" {
		t.Errorf("%+v", in)
	}
	if in := rep.Inputs[1]; in.Error == "" || in.Verdict != "" {
		t.Errorf("%+v", in)
	}

	said, p = verified(t, nil, name("part"), name("part"), "--expect", "prefix 1000")
	p.ends(0, 0)
	if want := name("part") + ": prefix 1000\n"; said != want+want {
		t.Errorf("said %q", said)
	}
}

// TestVerifyReportOnly: on standard output the report takes the place of the verdicts.
func TestVerifyReportOnly(t *testing.T) {
	said, p := verified(t, filled(t, total), "--report", "-")
	p.ends(0, 0)
	p.report = filepath.Join(t.TempDir(), "r")
	os.WriteFile(p.report, []byte(said), 0o600)
	if rep := p.told(); rep.Verb != "verify" || rep.Inputs[0].Verdict != "complete" || !rep.Whole {
		t.Errorf("%+v", rep)
	}
}

// TestVerifyNonblocking: an input that somebody has made non-blocking is waited for.
func TestVerifyNonblocking(t *testing.T) {
	r, w := pipe(t, 1<<20, 0)
	p := start(t, r, nil, "verify", "--expect", "prefix 1000")
	unix.SetNonblock(int(r.Fd()), true)
	w.Write(content(total)[:1000])
	awaitHeld(t, r, 0)
	w.Close()
	p.ends(0, 0)
}

func TestVerifyTimeout(t *testing.T) {
	r, _ := pipe(t, 1<<20, 0)
	start(t, r, nil, "verify", "--timeout", "10ms").ends(statusTimeout, 0, "faultsink: --timeout 10ms is over: the input has not ended\n")
}
