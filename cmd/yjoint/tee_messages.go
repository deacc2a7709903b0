package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// plainInName are the characters beside letters and digits that need no quotes in a message of GNU's tools, at least not
// behind the first place.
const plainInName = "%+,-./@]_{}#~"

// nameQuoted returns a file name as GNU's tools show it: as it is, or quoted so that a shell would take it for that name.
func nameQuoted(name string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(plainInName, r)
	}
	odd := func(r rune) bool { return !plain(r) && (r < utf8.RuneSelf || !unicode.IsPrint(r)) }
	switch {
	case name == "", name[0] == '#', name[0] == '~', name == "{", name == "}", !utf8.ValidString(name), strings.ContainsFunc(name, odd):
		return alwaysQuoted(name)
	}
	return name
}

// alwaysQuoted is nameQuoted with quotes even where none are needed. What would do something to a terminal is escaped.
func alwaysQuoted(text string) string {
	if strings.Contains(text, "'") && !strings.ContainsFunc(text, func(r rune) bool {
		return strings.ContainsRune("\"$`\\!", r) || !unicode.IsPrint(r) || r == utf8.RuneError
	}) {
		return `"` + text + `"`
	}
	var b strings.Builder
	b.WriteByte('\'')
	escaping := false // between $' and ', instead of between ' and '
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		odd := r == utf8.RuneError && n == 1 || !unicode.IsPrint(r)
		if odd && !escaping {
			b.WriteString("'$'")
		} else if !odd && escaping {
			b.WriteString("''")
		}
		escaping = odd
		switch piece := text[:n]; {
		case odd:
			b.WriteString(escaped(piece))
		case r == '\'':
			b.WriteString(`'\''`)
		default:
			b.WriteString(piece)
		}
		text = text[n:]
	}
	b.WriteByte('\'')
	return b.String()
}

// escaped returns bytes as they stand between $' and '.
func escaped(bytes string) string {
	if i := strings.IndexByte("\a\b\t\n\v\f\r", bytes[0]); i >= 0 {
		return `\` + "abtnvfr"[i:i+1]
	}
	text := ""
	for i := range len(bytes) {
		text += fmt.Sprintf(`\%03o`, bytes[i])
	}
	return text
}

// causeText returns what the C library says of the errno that err wraps: what scripts look for.
func causeText(err error) string {
	var errno syscall.Errno
	text := ""
	if errors.As(err, &errno) {
		text = errno.Error()
	} else {
		text = err.Error()
	}
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

// teeHelp is what --help prints behind the usage line.
const teeHelp = `Copy standard input to standard output and to each FILE.

  -a, --append             write at the end of each FILE, do not empty it
  -i, --ignore-interrupts  go on when Ctrl-C is typed (SIGINT)
  -p                       the same as --output-error=warn-nopipe
      --output-error[=MODE]
                           what to do when an output fails; see below
      --help               print this and exit
      --version            print the version and exit

When an output fails, the others go on and get every byte, and the exit status
is 1; but a pipe that nobody reads any more ends tee by SIGPIPE at the next
write, unless that signal was ignored at the start. MODE changes this:
  warn         tell of every failure, pipes included, and go on
  warn-nopipe  pipes without readers are no failure; go on
  exit         exit at the first failure, with status 1
  exit-nopipe  the same, but pipes without readers are no failure
Without MODE it is warn-nopipe. With the nopipe modes tee exits as soon as all
outputs are pipes without readers, though no input comes.

FILE - is a file of that name. Options may be shortened and may follow a FILE.
This tee is yjoint under another name: 'yjoint --help' tells more.
`
