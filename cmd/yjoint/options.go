package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/pflag"
)

// option is what is said of an option, once: --help, the manual page, the completions and messages have it from here.
type option struct {
	name, short string // as after -- and -; short may be ""
	argument    string // what messages call it; "": the option takes none
	spelling    string // of help and manual where the above doesn't tell it, such as an operand's
	help        string // for --help, wrapped there; "": in no line of its own
	brief       string // for completions, where help is not enough alone
	manual      string // for the manual page, in Markdown
}

// optionGroup is a part of the options under a heading of its own.
type optionGroup struct {
	title   string
	column  int // of --help in which the text about an option begins
	options []option
}

// Sources and outputs first, as they are what every command line has.
var optionGroups = []optionGroup{
	{"Outputs and source", 25, append(outputOptions, fileOptions...)},
	{"When something goes wrong", 28, append(faultOptions, otherOptions...)},
}

var outputOptions = []option{
	{name: "out", short: "o", argument: "PATH", spelling: "OUT, -o, --out PATH",
		help: "a file, FIFO, device or /dev/fd/N; - is standard output",
		manual: `An output: a regular file, a FIFO, a device, or a **/dev/fd/**_N_ that a shell's **>(…)** has made. **-** is standard output, which is an
output only where it is named. Outputs of **-o** and **-x** keep their order, others come after them.`},
	{name: "exec", short: "x", argument: "COMMAND", help: "a command that reads the stream; its status is judged",
		manual: `An output: _COMMAND_ is run by the shell with the stream on its standard input. yjoint waits for it, and its exit status is its verdict. Its
standard output is yjoint's, unless **-** is an output: then it is yjoint's standard error.`},
	{name: "with", brief: "keys for the -o or -x just before it", argument: "KEY[=VALUE],...", spelling: "--with KEY,...",
		help:   "for the -o or -x just before it: " + keysForHelp(),
		manual: `Holds for the **-o** or **-x** just before it. May be repeated. A comma within a value is written **\\,**. The keys:` + "\n" + keysForManual()},
	{spelling: "-- PRODUCER [ARG]...", help: "run this as the source; its failure is the source's",
		manual: `Run _PRODUCER_ as the source instead of reading standard input. Nothing is closed, renamed or given the end of the stream before it has
been waited for, and its failure is the source's: status 3.`},
	{name: "from", brief: "run this by the shell as the source", argument: "COMMAND", help: "the same, by the shell",
		manual: `The same for a command that the shell runs, such as a pipeline; see **--shell**.`},
	{name: "source-ok", argument: "STATUS,...", spelling: "--source-ok N,...", help: "exit statuses of the producer that are fine beside 0",
		manual: `Exit statuses of the producer that are no failure, beside 0. **--source-ok 1** is for GNU tar, which exits so when a file changed as it was read.`},
	{name: "shell", argument: "COMMAND", help: "what runs commands, split at spaces (default: sh -c)",
		manual: `What runs the commands of **-x**, **--from**, **commit=** and **abort=**, split at spaces. Default: **sh -c**. With **--shell 'bash -o pipefail -c'** a
pipeline fails if any of its commands does.`},
}

var fileOptions = []option{
	{name: "append", short: "a", help: "write at the end of existing files",
		manual: "Write at the end of existing files (O_APPEND). As **--with append** for one output."},
	{name: "no-truncate", help: "write over existing files without emptying them",
		manual: "Write over existing files from their beginning without emptying them, as for disks and images."},
	{name: "atomic", help: "new files take the place of old ones, once all is whole",
		manual: `Write each file beside its target, and put it in place by rename(2) only when it is whole and as many outputs as **--require** asks for are.
Until then, and after any failure, what was there before is there still. As **--with atomic** for one output. See **PUBLISHING**.`},
	{name: "fsync", help: "files are on the disk before they count as complete",
		manual: "A file counts as complete only when its bytes are on the disk, and with **--atomic** its new name too."},
}

var faultOptions = []option{
	{name: "require", argument: "all|any|N", help: "how many outputs must be complete (default: all)",
		manual: "How many outputs must be complete for status 0. Default: **all** that are not **optional**."},
	{name: "on-error", brief: "whether the others go on (default), or the run ends if --require can't be met", argument: "detach|stop", help: "stop: end the run if --require can't be met",
		manual: `**detach**, the default: when an output fails, the others go on. **stop**: the run ends as soon as **--require** can't be met any more.`},
	{name: "early-exit", argument: "fail|ok", help: "a command that exits 0 before the end of the stream has failed (default), or is complete",
		manual: `What a command is that exits with status 0 before the end of the stream: failed, the default, or complete, as **head**(1) is. As
**--with early-exit=ok** for one output.`},
	{name: "stall-timeout", argument: "D", help: "detach an output that takes nothing for so long",
		manual: `Detach an output that accepts nothing for so long while bytes wait for it. Default: never. As **--with stall-timeout=**_D_ for one output.`},
	{name: "stall-warn", brief: "warn about an output that takes nothing for so long (default: 1m)", argument: "D", help: "warn about it (default: 1m)",
		manual: "Warn about such an output, with what it holds up, and again when it goes on. Default: **1m**."},
	{name: "finish-timeout", argument: "D", help: "how long fsync, close, rename and exits may take",
		manual: `How long fsync, close and the exit of a command may take after the end of the stream, and then once more rename and **commit=**. Default: without limit.`},
	{name: "report", argument: "FILE", help: "write a report as JSON; - is standard output",
		manual: "Write the run's report as JSON to _FILE_, or to standard output for **-**. It is opened before the first byte. See **REPORT**."},
	{name: "digest", brief: "digest of what each output accepted, in the report", argument: "ALG", help: "sha256, blake3 or xxh3 of what each output accepted,",
		manual: `Compute a digest of the stream while it passes, and put it into the report together with that of exactly what each output accepted. _ALG_ is
**sha256**, **blake3** or **xxh3** (128 bits; finds accidents, not forgeries). The stream is copied for it, as with **--no-zero-copy**.`},
	{name: "digest-file", brief: "write digests for sha256sum -c or its like", argument: "FILE", help: "in the report and for sha256sum -c or its like",
		manual: `Write lines for **sha256sum -c**, **b3sum -c** or **xxhsum -c** to _FILE_: one for each output that is a regular file, written from its beginning and
complete. If no output is such a file, one for the stream, if it ended well. After a failure it may have no line.`},
	{name: "buffer", argument: "SIZE", help: "how far outputs may run ahead of the slowest (1MiB)",
		manual: "How far the fastest output may run ahead of the slowest. Default: **1MiB**. Memory does not grow beyond that, however long the stream."},
	{name: "no-zero-copy", help: "share no memory with the producer",
		manual: "Copy what is read into memory or a pipe of yjoint's own before it is shared. See **CAVEATS** on producers that splice."},
}

var otherOptions = []option{
	{name: "progress", brief: "show rates and lags", short: "P", help: "rates and lags; for an ETA of a pipe: --size SIZE",
		manual: `Show bytes, rate and lag of each output and who holds up the rest: on a terminal in its lowest rows, elsewhere as a line per output every ten
seconds and at the end.`},
	{name: "size", brief: "how long the source is, for the ETA of --progress", argument: "SIZE", manual: "How long the source is, for the ETA of **--progress**. Of a regular file it is known."},
	{name: "quiet", short: "q", help: "no warnings; failures are always told",
		manual: "No warnings and hints. Failures are always told. When all went well nothing is printed, with **-q** or without it, unless something is warned about."},
	{name: "completion", brief: "print a completion script", argument: "SHELL", manual: `Print the completion script of _SHELL_, which is **bash**, **zsh** or **fish**, and exit. See **FILES**. With words after it: print what can
stand in the place of the last one, which is what these scripts ask for.`},
	{name: "help", brief: "print a summary", spelling: "--help, --version", help: "or --completion SHELL: print that, and exit",
		manual: "Print a summary, or the version, and exit."},
	{name: "version", brief: "print the version"},
}

// findOption returns what is said of the option called name; one that nothing is said of is a mistake in this program.
func findOption(name string) option {
	for _, g := range optionGroups {
		for _, o := range g.options {
			if o.name == name {
				return o
			}
		}
	}
	panic("no option is called " + name)
}

// usage is what pflag keeps of the option: its argument's name between backquotes, for messages, and what completions say.
func (o option) usage() string {
	text := cmp.Or(o.brief, o.help)
	if o.argument == "" {
		return text
	}
	return fmt.Sprintf("`%s`: %s", o.argument, text)
}

// spelled returns the option as help and manual show it.
func (o option) spelled() string {
	text := "--" + o.name
	switch {
	case o.spelling != "":
		return o.spelling
	case o.short != "":
		text = "-" + o.short + ", " + text
	}
	if o.argument != "" {
		text += " " + o.argument
	}
	return text
}

// flags defines options of a flag set with what is said of them.
type flags struct{ *pflag.FlagSet }

// takes defines an option whose argument goes to set.
func (f flags) takes(name string, set func(string) error) {
	o := findOption(name)
	f.FuncP(name, o.short, o.usage(), set)
}

// is defines an option whose argument value takes.
func (f flags) is(name string, value pflag.Value) {
	o := findOption(name)
	f.VarP(value, name, o.short, o.usage())
}

// on defines an option that takes no argument and sets to.
func (f flags) on(name string, to *bool) {
	o := findOption(name)
	f.BoolVarP(to, name, o.short, false, o.usage())
}
