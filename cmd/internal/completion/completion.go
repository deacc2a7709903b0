// Package completion lets shells complete command lines. The script for a shell asks the program itself what can stand in the
// place of a word, so that there is one description of its command line for all of them, and it is the program's own.
package completion

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
)

// The scripts, for a program called NAME. Each gives the words of the command line to NAME --completion SHELL.
var (
	//go:embed script.bash
	bashScript string
	//go:embed script.zsh
	zshScript string
	//go:embed script.fish
	fishScript string
)

// shells are those that there is a script for.
var shells = map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}

// Shells are their names.
var Shells = []string{"bash", "zsh", "fish"}

// CheckShell returns an error that says which shells there are if this is none of them.
func CheckShell(shell string) error {
	if shells[shell] == "" {
		return fmt.Errorf("%q is no shell that is known here: expected bash, zsh or fish", shell)
	}
	return nil
}

// Write writes the script of the shell for the program, or, if there are words, what can stand in the place of the last one:
// words are those of a command line up to the cursor, without the program's name, the last one as it was typed.
func Write(w io.Writer, shell, program string, words []string, complete func(words []string) Reply) error {
	if err := CheckShell(shell); err != nil {
		return err
	}
	text := strings.ReplaceAll(shells[shell], "NAME", program)
	if len(words) > 0 {
		text = answer(shell, words, complete)
	}
	_, err := io.WriteString(w, text)
	return err
}

// answer returns the first line, which says what else the shell is to offer, and a line for each candidate.
func answer(shell string, words []string, complete func([]string) Reply) string {
	last := len(words) - 1
	typed := words[last]
	if shell == "bash" { // which gives all words as they were typed
		for i, word := range words {
			words[i], _ = unquote(word)
		}
	}
	if shell == "fish" {
		words[last], _ = unquote(typed)
	}
	r := complete(words).matching(words[last])
	if shell == "bash" {
		return bashAnswer(r, words[last], typed)
	}
	var b strings.Builder
	fmt.Fprintln(&b, r.kind())
	for _, c := range r.Candidates {
		fmt.Fprintf(&b, "%s\t%s\n", c.Text, c.About)
	}
	return b.String()
}

// bashAnswer has what follows on the word that was typed, quoted as that is.
func bashAnswer(r Reply, word, typed string) string {
	_, mark := unquote(typed)
	if r.Open && mark != 0 && len(r.Candidates) == 1 {
		// bash would close the quote behind a single one.
		r.Candidates = append(r.Candidates, Candidate{Text: r.Candidates[0].Text + " "})
	}
	var b strings.Builder
	fmt.Fprintln(&b, r.kind())
	for _, c := range r.Candidates {
		fmt.Fprintln(&b, quote(strings.TrimPrefix(c.Text, word), mark))
	}
	return b.String()
}
