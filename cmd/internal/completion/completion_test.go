package completion

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestUnquote(t *testing.T) {
	for _, c := range []struct {
		typed, word string
		open        byte
	}{
		{``, ``, 0},
		{`plain`, `plain`, 0},
		{`'a b`, `a b`, '\''},
		{`'a b'`, `a b`, 0},
		{`--x='a b`, `--x=a b`, '\''},
		{`a\ b\=c`, `a b=c`, 0},
		{`"a\"b\c$`, `a"b\c$`, '"'},
		{`'a\`, `a\`, '\''},
		{`'it'\''s`, `it's`, '\''},
		{`a\`, `a\`, 0},
	} {
		if word, open := unquote(c.typed); word != c.word || open != c.open {
			t.Errorf("%s: got %q and %q, want %q and %q", c.typed, word, open, c.word, c.open)
		}
	}
}

// TestQuote: what is put behind a beginning that was typed stands for the text, whatever quote is open there.
func TestQuote(t *testing.T) {
	for _, start := range []string{``, `'`, `"`, `a\ b`, `'a b'`} {
		for _, text := range []string{"x", "a b", "it's", `"q"`, `a\b`, "$x`y`", "*?[", "-> ;"} {
			before, open := unquote(start)
			if word, _ := unquote(start + quote(text, open)); word != before+text {
				t.Errorf("%s and %q: got %q", start, text, word)
			}
		}
	}
}

// testLine is a command line with one option of each kind.
func testLine() Line {
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	f.BoolP("all", "a", false, "do all")
	f.StringP("out", "o", "", "write to `FILE`")
	f.String("mode", "", "`fast|slow|N`: how")
	f.String("buffer", "", "`SIZE`")
	f.String("secret", "", "")
	f.MarkHidden("secret")
	return Line{Flags: f, Operand: OneOf("one", "two"), CommandAfterDashes: true}
}

func TestLine(t *testing.T) {
	command := testLine()
	command.OperandIsCommand = true
	plain := testLine()
	plain.CommandAfterDashes = false
	for _, c := range []struct {
		line  Line
		words string // the last is completed; "_" is an empty one
		want  string // kind: candidates
	}{
		{testLine(), "_", "words: one two"},
		{testLine(), "o", "words: one"},
		{testLine(), "-", "words: -a --all --buffer --mode -o --out"},
		{testLine(), "--", "words: --all --buffer --mode --out"},
		{testLine(), "--m", "words: --mode"},
		{testLine(), "--mode _", "words: fast slow"},
		{testLine(), "--mode=s", "words: --mode=slow"},
		{testLine(), "--mode fast _", "words: one two"},
		{testLine(), "--all t", "words: two"},
		{testLine(), "-o _", "files:"},
		{testLine(), "-ao _", "files:"},
		{testLine(), "-oa t", "words: two"},
		{testLine(), "one -- x", "command 2:"},
		{testLine(), "--out -- t", "words: two"},
		{testLine(), "--buffer 7M", "words: 7MiB 7MB"},
		{testLine(), "--nosuch t", "words: two"},
		{command, "-a t", "command 1:"},
		{command, "-a tool -", "command 1:"},
		{command, "-a -- tool -", "command 2:"},
		{plain, "-- t", "words: two"},
	} {
		words := strings.Fields(c.words)
		for i := range words {
			words[i] = strings.TrimPrefix(words[i], "_")
		}
		var b bytes.Buffer
		if err := Write(&b, "zsh", "test", words, func(words []string) Reply { return c.line.Complete(words, 0) }); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		got := lines[0] + ":"
		for _, line := range lines[1:] {
			text, _, _ := strings.Cut(line, "\t")
			got += " " + text
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.words, got, c.want)
		}
	}
}

// TestFilesBehind: files are listed where the shell can't do that, and only a single folder is left open.
func TestFilesBehind(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"log one", "folder/x", ".hidden"} {
		os.MkdirAll(filepath.Dir(name), 0o777)
		os.WriteFile(name, nil, 0o666)
	}
	for typed, want := range map[string]string{
		"--out=":   "words\nfolder/\nlog\\ one\n",
		"--out=fo": "open\nlder/\n",
		"--out='l": "words\nog one\n",
		"--out=.":  "words\nhidden\n",
	} {
		var b bytes.Buffer
		Write(&b, "bash", "test", []string{typed}, func(words []string) Reply { return testLine().Complete(words, 0) })
		if b.String() != want {
			t.Errorf("%s: got %q, want %q", typed, b.String(), want)
		}
	}
}

// TestScripts: the scripts name the program and no other.
func TestScripts(t *testing.T) {
	for _, shell := range Shells {
		var b bytes.Buffer
		if err := Write(&b, shell, "prog", nil, nil); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); strings.Contains(text, "NAME") || !strings.Contains(text, "prog --completion "+shell) {
			t.Errorf("%s:\n%s", shell, text)
		}
	}
	if err := Write(&bytes.Buffer{}, "csh", "prog", nil, nil); err == nil {
		t.Error("csh is taken")
	}
}
