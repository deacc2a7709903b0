// Package manual makes manual pages: Markdown with what only the programs know filled in, as roff.
package manual

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// Page returns the page whose Markdown is source, in which {{NAME}} stands for what facts has under NAME: Markdown too.
func Page(source string, facts map[string]string) ([]byte, error) {
	funcs := template.FuncMap{}
	for name, text := range facts {
		funcs[name] = func() string { return text }
	}
	t, err := template.New("page").Funcs(funcs).Parse(source)
	if err != nil {
		return nil, err
	}
	var filled bytes.Buffer
	if err := t.Execute(&filled, nil); err != nil {
		return nil, err
	}
	return asTyped(md2man.Render(filled.Bytes())), nil
}

// Item returns an entry of a list: term, and what is said of it.
func Item(term, text string) string {
	return fmt.Sprintf("%s\n: %s\n\n", term, strings.ReplaceAll(text, "\n", "\n  "))
}

// optionPart is what is set in a type of its own in how an option is spelled.
var optionPart = regexp.MustCompile(`--?[a-z][a-z-]*|--|[A-Z][A-Z0-9]*|[a-z0-9]+`)

// Spelled sets how an option is spelled, such as "-o, --out PATH", in bold and italics.
func Spelled(text string) string {
	return optionPart.ReplaceAllStringFunc(text, func(part string) string {
		if part[0] >= 'A' && part[0] <= 'Z' {
			return "_" + part + "_"
		}
		return "**" + part + "**"
	})
}

// typed are the characters that roff would replace by ones that look better, and that no shell takes for what was typed.
var typed = strings.NewReplacer(
	`\\`, `\e`, `\-`, `\-`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`)

// asTyped has the text of a page show as it was written, so that what is copied from it works, and indents examples.
func asTyped(page []byte) []byte {
	var b strings.Builder
	example, term, heading := false, false, false // line belongs to an example, is the term of a list; the one before is a heading
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == ".EX":
			example, line = true, ".RS 4\n.EX"
			if !heading {
				line = ".PP\n" + line
			}
		case line == ".EE":
			example, line = false, ".EE\n.RE"
		case line == ".nh", line == "" && !example:
			continue // before .TH it has no effect; empty lines are extra space to some formatters
		case strings.HasPrefix(line, ".TH "):
			line += "\n.nh\n.ad l" // names stay whole, and lines are not torn apart to be of one length
		case strings.HasPrefix(line, "."):
		case example || term:
			line = typed.Replace(line)
		default:
			line = wrap(typed.Replace(line))
		}
		term, heading = line == ".TP", strings.HasPrefix(line, ".S")
		fmt.Fprintln(&b, line)
	}
	return []byte(b.String())
}

// lineWidth is how long a line of roff should be.
const lineWidth = 80

// wrap parts text at spaces, so that its lines are not longer than they should be. None begins with what roff takes for a request.
func wrap(text string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > lineWidth && word[0] != '.' && word[0] != '\'' {
			lines = append(lines, line)
			line = word
			continue
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, line), "\n")
}

// marked are what Markdown would take for its own.
var marked = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`, "{", `\{`)

// Plain returns text such as that of a program's help as Markdown: options and names of arguments are set in types of their own.
func Plain(text string) string {
	return argumentPart.ReplaceAllStringFunc(marked.Replace(text), Spelled)
}

// argumentPart are the options and placeholders in plain text.
var argumentPart = regexp.MustCompile(`--[a-z][a-z-]*`)
