package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// words splits a command line of the tables at spaces; ” is an empty word, and _ within a word a space.
func words(line string) []string {
	args := strings.Fields(line)
	for i, a := range args {
		args[i] = strings.ReplaceAll(strings.ReplaceAll(a, "''", ""), "_", " ")
	}
	return args
}

var comparer = cmp.AllowUnexported(config{}, outputSpec{})

// defaults is the config of a command line with one output, a.
func defaults() *config {
	return &config{
		outputs:   []outputSpec{pathSpec("a")},
		shell:     []string{"sh", "-c"},
		sourceOK:  map[int]bool{0: true},
		stallWarn: time.Minute,
		size:      sizeUnknown, buffer: 1 << 20,
	}
}

func pathSpec(text string) outputSpec { return outputSpec{kind: byPath, text: text, name: text} }
func commandSpec(text string) outputSpec {
	return outputSpec{kind: byCommand, text: text, name: text}
}

// acceptedLines are command lines and how what each asks for differs from defaults.
var acceptedLines = map[string]func(c *config){
	"a": func(*config) {},
	"-": func(c *config) { c.outputs = []outputSpec{pathSpec("-")} },
	// Options keep their order, positional outputs come last.
	"d -o a e -x b -q --out=c f": func(c *config) {
		c.outputs = []outputSpec{pathSpec("a"), commandSpec("b"), pathSpec("c"), pathSpec("d"), pathSpec("e"), pathSpec("f")}
		c.quiet = true
	},
	"-oa -xb": func(c *config) { c.outputs = []outputSpec{pathSpec("a"), commandSpec("b")} },
	"-aqob": func(c *config) {
		c.outputs = []outputSpec{pathSpec("b")}
		c.outputs[0].append, c.quiet = true, true
	},
	"-o -name": func(c *config) { c.outputs = []outputSpec{pathSpec("-name")} },
	"a -- tar c -q --out": func(c *config) {
		c.producer = []string{"tar", "c", "-q", "--out"}
	},
	"a -- true --": func(c *config) { c.producer = []string{"true", "--"} },
	"--from tar_c_x a --source-ok 1,2 --source-ok 3": func(c *config) {
		c.from, c.sourceOK = "tar c x", map[int]bool{0: true, 1: true, 2: true, 3: true}
	},
	"a --shell bash_-o__pipefail_-c": func(c *config) { c.shell = []string{"bash", "-o", "pipefail", "-c"} },
	"a -a -x b": func(c *config) {
		c.outputs = []outputSpec{commandSpec("b"), pathSpec("a")}
		c.outputs[1].append = true
	},
	"a --no-truncate --no-zero-copy --report r": func(c *config) {
		c.noTruncate, c.noZeroCopy, c.report = true, true, "r"
	},
	"a --no-truncate -o b --with append": func(c *config) {
		c.noTruncate, c.outputs = true, []outputSpec{pathSpec("b"), pathSpec("a")}
		c.outputs[0].append = true
	},
	"a --digest blake3":                     func(c *config) { c.digest = "blake3" },
	"a --digest-file f.sum --digest sha256": func(c *config) { c.digest, c.digestFile = "sha256", "f.sum" },
	"-P --size 5GiB a":                      func(c *config) { c.progress, c.size = true, 5<<30 },
	"a --require all":                       func(*config) {},
	"a --require any":                       func(c *config) { c.require = 1 },
	"a b --require 2": func(c *config) {
		c.require, c.outputs = 2, append(c.outputs, pathSpec("b"))
	},
	"a --on-error stop":                   func(c *config) { c.stopOnError = true },
	"a --on-error stop --on-error detach": func(*config) {},
	"a --buffer 64MiB":                    func(c *config) { c.buffer = 64 << 20 },
	"a --buffer 8EiB-1":                   func(c *config) { c.buffer = 1<<63 - 1 },
	"a --stall-timeout 5m --stall-warn 0": func(c *config) { c.stallTimeout, c.stallWarn = 5*time.Minute, 0 },
	"a --finish-timeout=1h30m":            func(c *config) { c.finishTimeout = 90 * time.Minute },
	"a --help":                            func(c *config) { c.help, c.outputs, c.stallWarn, c.buffer = true, nil, 0, 0 },
	"--version":                           func(c *config) { c.version, c.outputs, c.stallWarn, c.buffer = true, nil, 0, 0 },
	"-h":                                  func(c *config) { c.help, c.outputs, c.stallWarn, c.buffer = true, nil, 0, 0 },
	"a --fsync --atomic -x b": func(c *config) {
		c.fsync, c.outputs = true, []outputSpec{commandSpec("b"), pathSpec("a")}
		c.outputs[1].atomic = true
	},
	`-o a --with atomic,commit=x\,y\\,z,abort=w`: func(c *config) {
		c.outputs[0].atomic, c.outputs[0].commit, c.outputs[0].abort = true, `x,y\,z`, "w"
	},
	"a --early-exit ok -x b":    func(c *config) { c.outputs = []outputSpec{earlyOK(commandSpec("b")), pathSpec("a")} },
	"-x b --with early-exit=ok": func(c *config) { c.outputs = []outputSpec{earlyOK(commandSpec("b"))} },
	"--early-exit ok -x b --with early-exit=fail": func(c *config) {
		c.outputs = []outputSpec{commandSpec("b")}
	},
	"-o a --with name=h2,optional --with append,stall-timeout=30s b": func(c *config) {
		c.outputs = []outputSpec{
			{kind: byPath, text: "a", name: "h2", named: true, optional: true, append: true, stallTimeout: 30 * time.Second},
			pathSpec("b"),
		}
	},
	"-x a -q --with optional -x a --with stall-timeout=0": func(c *config) {
		c.outputs, c.quiet = []outputSpec{commandSpec("a"), commandSpec("a")}, true
		c.outputs[0].optional, c.outputs[1].stallTimeout = true, -1
	},
	"-o a --with name=x=y": func(c *config) { c.outputs[0].name, c.outputs[0].named = "x=y", true },
}

func TestParseArgs(t *testing.T) {
	for line, change := range acceptedLines {
		t.Run("line="+line, func(t *testing.T) {
			want := defaults()
			change(want)
			got, err := parseArgs(words(line))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, comparer); diff != "" {
				t.Error("(-want +got)", diff)
			}
		})
	}
}

func earlyOK(o outputSpec) outputSpec {
	o.earlyExitOK = true
	return o
}

// refusedLines are command lines that ask for nothing that can be done, and how what is said of each begins.
var refusedLines = map[string]string{
	"":                                     "no output is named; hint: standard output is an output only where it is named: -",
	"-q":                                   "no output is named; hint: ",
	"-- tar c x":                           "no output is named; hint: ",
	"a --":                                 "expected a producer after --; hint: an output whose name begins with '-' is written -o -name or ./-name",
	"a -- ''":                              `expected a producer after --, not ""; hint: `,
	"a --from x -- y":                      "--from and --: expected one producer, not two",
	"''":                                   `expected an output, not ""`,
	"-o ''":                                `expected an output, not ""`,
	"--out=":                               `expected an output, not ""`,
	"-x ''":                                `--exec: expected COMMAND, not ""`,
	"-x __":                                `--exec: expected COMMAND, not "  "`,
	"a --from ''":                          `--from: expected COMMAND, not ""`,
	"a --report=":                          `--report: expected FILE, not ""`,
	"a --shell _":                          `--shell: expected a COMMAND such as 'bash -o pipefail -c', not " "`,
	"a -o":                                 "--out: expected PATH after it",
	"a --exec":                             "--exec: expected COMMAND after it",
	"a -qx":                                "--exec: expected COMMAND after it",
	"a --buffer":                           "--buffer: expected SIZE after it",
	"a --bogus":                            "unknown option --bogus; hint: yjoint --help lists the options; an output whose name begins with '-'",
	"a --bogus=x":                          "unknown option --bogus; hint: ",
	"a -qR":                                "unknown option -R; hint: ",
	"a -é":                                 "unknown option -é; hint: ",
	"-test.v a":                            "unknown option -t; hint: ", // pflag alone would skip it
	"a ---":                                "--- is not an option; hint: an output",
	"a --append=x":                         "--append: expected no value, not x",
	"a --quiet=''":                         `--quiet: expected no value, not ""`,
	"a -a --no-truncate":                   "--append and --no-truncate: expected one of them",
	"a --on-error go":                      "--on-error: expected detach or stop, not go",
	"a --early-exit yes":                   "--early-exit: expected fail or ok, not yes",
	"a --require 0":                        "--require: expected all, any or a number from 1, not 0",
	"a --require -1":                       "--require: expected all, any or a number from 1, not -1",
	"a --require most":                     "--require: expected all, any or a number from 1, not most",
	"a --require 2":                        "--require 2: expected at most 1, the number of outputs",
	"-o a --with optional b c --require 3": "--require 3: expected at most 2, the number of outputs that are not optional",
	"-o a --with optional --require any":   "--require 1: expected at most 0, the number of outputs that are not optional",
	"a --buffer 1M":                        "--buffer: 1M is ambiguous: write 1MiB (1048576) or 1MB (1000000)",
	"a --buffer 0":                         "--buffer: expected at least 1 byte",
	"a --buffer 8EiB":                      "--buffer: 8EiB is too large: the most is 8EiB-1",
	"a --stall-timeout 30":                 "--stall-timeout: 30 lacks its unit: write 30s or 30m",
	"a --stall-warn -5s":                   "--stall-warn: -5s is negative",
	"a --finish-timeout x":                 "--finish-timeout: x is not a duration",
	"a --source-ok 1":                      "--source-ok: expected a producer, after -- or --from",
	"a --source-ok 1, -- x":                `--source-ok: expected exit statuses from 0 to 255 such as 0,1, not ""`,
	"a --source-ok 256 -- x":               "--source-ok: expected exit statuses from 0 to 255 such as 0,1, not 256",
	// What later work brings is unknown until then.
	"a --digest md5":                        "--digest: expected sha256, blake3 or xxh3, not md5",
	"a --digest-file f":                     "--digest-file: expected --digest too, which says what it is to hold",
	"a --digest xxh3 --digest-file ''":      `--digest-file: expected FILE, not ""`,
	"a --progres":                           "unknown option --progres",
	"-o a --with size=3":                    "--with size=3: no key is called size; those for -o are name=NAME, optional, append, atomic, commit=COMMAND, abort=COMMAND, stall-timeout=D",
	"-x a --with atomic":                    "--with atomic: not a key for -x; those are name=NAME, optional, commit=COMMAND, abort=COMMAND, stall-timeout=D, early-exit=fail|ok",
	"-x a --with commit=":                   "--with commit=: expected commit=COMMAND",
	"-x a --with abort=_":                   `--with "abort= ": expected a COMMAND, not " "`,
	"-x a --with commit=b,c":                "--with c: no key is called c; those for -x are name=NAME, optional, commit=COMMAND, abort=COMMAND, stall-timeout=D, early-exit=fail|ok; hint: a comma within a value is written \\,",
	"a --atomic -a":                         "a: --atomic and --append: expected one of them",
	"a --atomic --no-truncate":              "a: --atomic and --no-truncate: expected one of them",
	"-o a --with append --atomic":           "a: --atomic and --append: expected one of them",
	"--with optional a":                     "--with optional: expected after the -o or -x that it holds for",
	"-o a b --with optional":                "--with optional: expected after the -o or -x that it holds for; hint: write -o b --with optional",
	"-x a --with append":                    "--with append: not a key for -x; those are name=NAME, optional, commit=COMMAND, abort=COMMAND, stall-timeout=D, early-exit=fail|ok",
	"-o a --with early-exit=ok":             "--with early-exit=ok: not a key for -o; those are ",
	"-x a --with early-exit=no":             "--with early-exit=no: expected fail or ok, not no",
	"-x a --with early-exit":                "--with early-exit: expected early-exit=fail|ok",
	"-o a --with name=":                     "--with name=: expected name=NAME",
	"-o a --with optional=yes":              "--with optional=yes: optional takes no value",
	"-o a --with optional,":                 `--with "": no key is called ""`,
	"-o a --with ''":                        `--with "": no key is called ""`,
	"-o a --with optional,optional":         "--with optional: optional was given for a before",
	"-o a --with name=x --with name=y":      "--with name=y: name was given for a before",
	"-o a --with stall-timeout=30":          "--with stall-timeout=30: 30 lacks its unit: write 30s or 30m",
	"-o a --with name=x -x b --with name=x": "--with name=x: expected a name of its own: another output is called so",
	"-o a --with name=b b":                  "--with name=b: expected a name of its own: another output is called so",
}

func TestParseArgsError(t *testing.T) {
	for line, want := range refusedLines {
		t.Run("line="+line, func(t *testing.T) {
			cfg, err := parseArgs(words(line))
			if err == nil {
				t.Fatalf("no error, but %+v", cfg)
			}
			var usage *usageError
			if !errors.As(err, &usage) {
				t.Fatalf("%T, want a *usageError: %v", err, err)
			}
			got := usage.msg
			if usage.hint != "" {
				got += "; hint: " + usage.hint
			}
			if !strings.HasPrefix(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if strings.Contains(got, "\n") || strings.HasSuffix(usage.msg, ".") {
				t.Errorf("not one line without a full stop: %q", got)
			}
		})
	}
}
