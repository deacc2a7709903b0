package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"yjoint/core"
)

// FuzzCommandLine: any words, each ended by a zero byte but the last, are understood in the same way each time and give a config that
// can be carried out, or else status 2, with what is wrong in one line, and its hint in another.
func FuzzCommandLine(f *testing.F) {
	for _, line := range append(slices.Sorted(maps.Keys(acceptedLines)), slices.Sorted(maps.Keys(refusedLines))...) {
		f.Add(strings.Join(words(line), "\x00"))
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		cfg, err := parseArgs(slices.Clone(args))
		if err != nil {
			checkRefused(t, args, err)
			return
		}
		again, err := parseArgs(slices.Clone(args))
		if diff := cmp.Diff(cfg, again, comparer); err != nil || diff != "" {
			t.Errorf("%q: parsed again: %v\n%s", args, err, diff)
		}
		if !cfg.help && !cfg.version {
			checkConfig(t, args, cfg)
		}
	})
}

// checkRefused requires that args, which err refuses, give status 2 and its message. It may run them: nothing is looked at
// before all words are understood.
func checkRefused(t *testing.T, args []string, err error) {
	t.Helper()
	var u *usageError
	if !errors.As(err, &u) || u.msg == "" {
		t.Fatalf("%q: %T, want a *usageError with a message: %v", args, err, err)
	}
	var stdout, stderr bytes.Buffer
	status := run(args, &stdout, &stderr)
	lines := strings.SplitAfter(stderr.String(), "\n")
	if status != statusUsage || stdout.Len() > 0 || len(lines) != 3 || lines[2] != "" ||
		lines[0] != "yjoint: "+u.msg+"\n" || !strings.HasPrefix(lines[1], "yjoint: hint: ") {
		t.Errorf("%q: status %d, standard output %q, standard error %q", args, status, stdout.String(), stderr.String())
	}
}

// checkConfig requires what config promises of its fields.
func checkConfig(t *testing.T, args []string, c *config) {
	t.Helper()
	counting := 0
	for _, o := range c.outputs {
		if !o.optional {
			counting++
		}
		if o.text == "" || o.name == "" || o.stallTimeout < -1 || o.append && o.atomic || o.kind == byCommand && (o.append || o.atomic) {
			t.Errorf("%q: output %+v", args, o)
		}
	}
	switch {
	case len(c.outputs) == 0, c.require < 0, c.require > counting, c.buffer < 1, len(c.shell) == 0, !c.sourceOK[0],
		c.stallTimeout < 0, c.stallWarn < 0, c.finishTimeout < 0,
		c.producer != nil && (c.from != "" || len(c.producer) == 0 || c.producer[0] == ""):
		t.Errorf("%q: %+v", args, c)
	}
}

// maxTime is the last second of the year 9999, the last that RFC 3339 has.
const maxTime = 253402300799

// FuzzReport: the report is one line-ended JSON object, with no field that its type lacks, from which the report is read back:
// each number exactly, each name and message as it was, or quoted as Go does where it is not UTF-8.
func FuzzReport(f *testing.F) {
	f.Add("a", "", uint16(0), int64(8<<30-1), int64(0), uint8(0), int64(1700000000), int64(123456789), int64(1500000000), "linux")
	f.Add("\xff\x00<&>", "no\u2028\n\"", uint16(32), int64(1<<63-1), int64(-1), uint8(255), int64(-1), int64(0), int64(1), "portable")
	f.Add("", "x", uint16(28), int64(0), int64(5), uint8(5), int64(maxTime), int64(999999999), int64(-1), "\xc3")
	f.Fuzz(func(t *testing.T, name, cause string, errno uint16, accepted, taken int64, flags uint8, sec, nsec, blocked int64, reason string) {
		is := func(bit int) bool { return flags>>bit&1 == 1 }
		at := time.Unix(sec%(maxTime+1), max(nsec, 0)%1e9).UTC()
		if at.Year() < 0 {
			return
		}
		err := error(nil)
		if is(0) {
			err = errors.New(cause)
		} else if errno > 0 {
			err = &core.OpError{Op: core.OpWrite, Err: syscall.Errno(errno % 134)}
		}
		sink := core.SinkReport{
			Name: name, Verdict: core.Verdict(cause), Accepted: accepted, AtLeast: is(1), Taken: taken, HasTaken: is(2),
			Op: core.OpWrite, Err: err, At: at, Blocked: time.Duration(blocked), Optional: is(3),
		}
		if !utf8.ValidString(cause) {
			sink.Verdict = core.Failed // a verdict is one of the engine's constants
		}
		rep := core.Report{
			Source: core.SourceReport{Name: name, Bytes: accepted, Ended: is(4), Err: err}, Sinks: []core.SinkReport{sink, sink},
			Required: int(flags), Path: core.PathLinux, Shared: taken, Abandoned: int(errno), Started: at, Ended: at,
		}
		status := int(flags)
		var producer *exitReport
		if is(5) {
			producer = &exitReport{Status: &status, EndedByUs: is(6)}
		}
		r := newRunReport(rep, []*output{{}, {}}, new(readers), producer)
		r.Status, r.LostDiagnostics, r.Signal, r.PathReason = status, int(errno), "SIGTERM", legible(reason)
		checkReadBack(t, r)
		for text, told := range map[string]string{name: r.Outputs[1].Name, reason: r.PathReason} {
			if back, err := strconv.Unquote(told); told != text && (utf8.ValidString(text) || err != nil || back != text) {
				t.Errorf("%q is told as %q", text, told)
			}
		}
		if o := r.Outputs[0]; o.Blocked != sink.Blocked.Seconds() || (o.Taken != nil) != is(2) || is(2) && *o.Taken != taken || (o.Error == "") != (core.Describe(err) == "") {
			t.Errorf("%+v is told as %+v", sink, o)
		}
		checkExitRead(t, r, status)
	})
}

// checkExitRead requires that the exit of an output's command is among the fields of that output. Go can't read it into the type
// that it is written from, since that embeds it.
func checkExitRead(t *testing.T, r *runReport, status int) {
	t.Helper()
	r.Outputs[1].exitReport = &exitReport{Status: &status}
	var got struct{ Outputs []exitReport }
	err := json.Unmarshal(r.encode(), &got)
	if err != nil || got.Outputs[0].Status != nil || got.Outputs[1].Status == nil || *got.Outputs[1].Status != status {
		t.Errorf("status %d is read as %+v, %v", status, got.Outputs, err)
	}
}

// checkReadBack requires that what r is written as is read as r.
func checkReadBack(t *testing.T, r *runReport) {
	t.Helper()
	text := r.encode()
	if !utf8.Valid(text) || !bytes.HasSuffix(text, []byte("}\n")) {
		t.Errorf("not a line of UTF-8: %q", text)
	}
	var got runReport
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || d.More() {
		t.Fatalf("%v: %s", err, text)
	}
	if diff := cmp.Diff(r, &got, cmp.AllowUnexported(outputReport{})); diff != "" {
		t.Errorf("read back it is another (-written +read):\n%s\n%s", diff, text)
	}
}
