package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUsageErrors: an option that can't be meant is refused with status 125 and a message that names it and what was
// expected, before anything is read or written.
func TestUsageErrors(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	for _, c := range []struct{ line, text string }{
		{"gne", `unknown command "gne" for "faultsink"`},
		{"sink now", `sink: expected options only, found "now"`},
		{"gen", "gen: expected one SIZE, found 0 arguments"},
		{"gen 1 2", "gen: expected one SIZE, found 2 arguments"},
		{"gen 1M", "gen: 1M is ambiguous: write 1MiB (1048576) or 1MB (1000000)"},
		{"gen -1", "unknown shorthand flag: '1' in -1 (faultsink gen --help lists the options)"},
		{"gen 10 --from 11", "--from 11: the stream ends at byte 10"},
		{"gen 10 --from x", `"--from" flag: x is not a size`},
		{"gen 10 --seed -1", `"--seed" flag: "-1" is not a seed: expected a whole number from 0 to 2^64-1`},
		{"gen 10 --chunk-size 0", `"--chunk-size" flag: 0 is out of range: expected 1 byte to 1GiB`},
		{"gen 10 --chunk-size 2GiB", "expected 1 byte to 1GiB"},
		{"gen 10 --report -", "--report -: standard output has the stream: expected a file, such as /dev/stderr"},
		{"gen 10 --until-full", "unknown flag: --until-full"},
		{"gen 10 --plan at_1_stall_until-full", "who writes to a pipe can't wait until it is full: expected the trigger when-full"},
		{"gen 10 --plan close_EIO", `faultsink gen knows no "close"`},
		{"--bogus", "unknown flag: --bogus (faultsink sink --help lists the options)"},
		{"--fail-after", "flag needs an argument: --fail-after"},
		{"--fail-after 1K", "--fail-after 1K: 1K is ambiguous"},
		{"--fail-after 5=1", "--fail-after 5=1: expected a size alone; --exit-after takes a status"},
		{"--exit-after 5=256", `--exit-after 5=256: "256" is not an exit status: expected a whole number from 0 to 255`},
		{"--exit-after 5=", `--exit-after 5=: "" is not an exit status`},
		{"--exit-after =5", "--exit-after =5: empty size"},
		{"--kill-after 5=KILLER", `--kill-after 5=KILLER: "KILLER" is not a signal: expected a name such as KILL or TERM`},
		{"--kill-after 5=9", `"9" is not a signal`},
		{"--stall-after 5=10", "--stall-after 5=10: 10 lacks its unit: write 10s or 10m"},
		{"--stall-after 5=0s", "--stall-after 5=0s: 0 is no time to stall: expected more"},
		{"--close-after 5=x", "--close-after 5=x: x is not a duration"},
		{"--rate 5", `"--rate" flag: "5" is not a rate: expected bytes per second, such as 10MB/s`},
		{"--rate 0/s", "0/s never moves: expected 1/s or more"},
		{"--rate 1M/s", "1M is ambiguous"},
		{"--nonblock x", `"--nonblock" flag: "x" is not a descriptor: expected its number, such as 1`},
		{"--nonblock 1,", `"" is not a descriptor`},
		{"--nonblock -1", `"-1" is not a descriptor`},
		{"--nonblock 99", "rule 'at 0 nonblock 99': descriptor 99 is not open"},
		{"--until-full", "--until-full: expected one of the options --…-after beside it, to say when"},
		{"--until-full --fail-after 1", "rule 'at 1 stall until-full -> exit 1': standard input is no pipe, and only a pipe can be full"},
		{"--plan when-full_exit_1", "standard input is no pipe, and only a pipe can be full"},
		{"--plan at_1_reset", "standard input is no connection, and only a connection can be reset"},
		{"--plan at_1_ENOSPC", `faultsink sink can't do "ENOSPC": fault.Writer, faultsink exec, faultsink mount can`},
		{"--plan at_1", `--plan: plan "at 1": at byte 4: expected an action`},
		{"--plan at_1_exit_2 --fail-after 1", `these options don't go together: plan "at 1 exit 1; at 1 exit 2": at byte 13: "at 1" overlaps "at 1"`},
		{"--fail-after 1 --kill-after 1", `these options don't go together: plan "at 1 exit 1 -> kill KILL": at byte 15: "kill KILL" is never reached`},
		{"--fail-after 1 --kill-after 2", "is never reached: nothing comes after"},
		{"--read-size 0", "0 is out of range: expected 1 byte to 1GiB"},
		{"--pipe-size 5000", `"--pipe-size" flag: expected a power of two from 4096 to 1GiB`},
		{"--pipe-size 4KiB", "--pipe-size 4KiB: standard input: it is no pipe"},
		{"--copy-to /none/there", "--copy-to: open /none/there: no such file or directory"},
		{"--report /none/there", "--report: open /none/there: no such file or directory"},
		{"--copy-to - --report -", "--report -: standard output has the copy"},
		{"--expect prefix", `"--expect" flag: "prefix" is not a verdict: expected one that verify prints, such as "complete" or "prefix 8GiB-1"`},
		{"--expect prefix_1M", "1M is ambiguous"},
		{"--timeout 5", "5 lacks its unit: write 5s or 5m"},
		{"verify --expect gap_[2,1)", `"gap [2,1)" is not a verdict`},
		{"verify --seed x", `"x" is not a seed`},
		{"verify --timeout 1", "1 lacks its unit"},
		{"verify --report /none/there", "--report: open /none/there: no such file or directory"},
	} {
		os.WriteFile(kept, content(1000), 0o600)
		in, err := os.OpenFile(kept, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, out := pipe(t, 1<<20, 0)
		args := strings.Fields(c.line)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		start(t, in, out, args...).ends(statusFailed, 0, "faultsink: ", c.text)
		if at, _ := in.Seek(0, 1); at != 0 || held(t, out) != 0 {
			t.Errorf("%s: read %d bytes, wrote %d", c.line, at, held(t, out))
		}
		in.Close()
		out.Close()
	}
}

// TestClosed: a closed standard input is no empty stream, and a closed standard output takes nothing.
func TestClosed(t *testing.T) {
	for script, text := range map[string]string{
		`"$0" <&-`:           "standard input is closed",
		`"$0" verify <&-`:    "standard input is closed",
		`"$0" gen 10 >&-`:    "standard output is closed",
		`"$0" --version >&-`: "standard output is closed",
		`"$0" --copy-to - --fail-after 0 </dev/null >&-`: "standard output is closed",
	} {
		startShell(t, nil, script).ends(statusFailed, 0, text)
	}
	startShell(t, nil, `"$0" </dev/null >&- && "$0" gen 10 <&- >/dev/null`).ends(0, 0)
}

// TestPrintPlan: each option is a rule.
func TestPrintPlan(t *testing.T) {
	for line, want := range map[string]string{
		"--fail-after 1MiB":      "at 1MiB exit 1",
		"--exit-after 8GiB-1":    "at 8GiB-1 exit 0",
		"--exit-after 5=7":       "at 5 exit 7",
		"--close-after 5":        "at 5 hangup -> stall forever",
		"--close-after 5=1m":     "at 5 hangup -> stall 1m0s -> exit 0",
		"--kill-after 5":         "at 5 kill KILL",
		"--kill-after 5=SIGTERM": "at 5 kill TERM",
		"--stall-after 5":        "at 5 stall forever",
		"--stall-after 5=2s":     "at 5 stall 2s",
		"--rate 10MB/s":          "at 0 rate 10MB/s",
		"--nonblock 1,2":         "at 0 nonblock 1 -> nonblock 2",
		"--plan at_1_stall_2s":   "at 1 stall 2s",
		"":                       "",
		"--until-full --stall-after 5=2s --fail-after 5 --stall-after 5=1s": "at 5 stall until-full -> stall 1s -> exit 1",
		"--fail-after 9 --stall-after 5=2s --rate 1/s --nonblock 0":         "at 0 nonblock 0 -> rate 1/s; at 5 stall 2s; at 9 exit 1",
		"gen 10 --fail-after 5 --plan call_3_stall_1s":                      "at 5 exit 1; call 3 stall 1s",
	} {
		r, w := pipe(t, 1<<20, 0)
		args := strings.Fields(line + " --print-plan")
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		start(t, nil, w, args...).ends(0, 0)
		got := make([]byte, 1000)
		n, _ := r.Read(got)
		if string(got[:n]) != want+"\n" {
			t.Errorf("%s: %q, want %q", line, got[:n], want)
		}
	}
}
