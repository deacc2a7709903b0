package manual

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// Section returns the roff of a page's section, without its heading.
func Section(page, heading string) (string, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return "", err
	}
	_, section, found := strings.Cut(string(text), "\n.SH "+heading+"\n")
	if !found {
		return "", fmt.Errorf("%s has no section %s", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n.SH ")
	return section, nil
}

// plainly takes away what roff has beside the text.
var plainly = strings.NewReplacer(`\fB`, "", `\fI`, "", `\fP`, "", `\&`, "", `\-`, "-", `\(aq`, "'", `\(ga`, "`", `\(ha`, "^", `\(ti`, "~", `\e`, `\`)

// Entries returns the list in a section: what is said of each term.
func Entries(page, heading string) (map[string]string, error) {
	section, err := Section(page, heading)
	if err != nil {
		return nil, err
	}
	entries := map[string]string{}
	for _, item := range strings.Split("\n"+section, "\n.TP\n")[1:] {
		item, _, _ = strings.Cut(item, "\n.PP")
		term, text, _ := strings.Cut(plainly.Replace(item), "\n")
		entries[term] = strings.Join(strings.Fields(text), " ")
	}
	return entries, nil
}

// Constants returns the values of the integer constants in a file of Go whose names begin with prefix, as they are written there.
func Constants(file, prefix string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return nil, err
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.INT {
			values = append(values, literal.Value)
		}
		return true
	})
	return values, nil
}
