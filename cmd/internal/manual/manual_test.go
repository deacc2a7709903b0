package manual

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPage(t *testing.T) {
	source := "% X 1 \"2026-01-01\"\n\n# NAME\n\nx - y\n\n# TERMS\n\n{{terms}}\nIt's `code` and -o ~ ^.\n\n```sh\ncat 'a-b' \\\n  | ~/x\n```\n"
	page, err := Page(source, map[string]string{"terms": Item(Spelled("-o, --out PATH"), "more *text*") + Item("**b**", "2")})
	if err != nil {
		t.Fatal(err)
	}
	want := `.TH X 1 "2026-01-01"
.nh
.ad l
.SH NAME
x \- y
.SH TERMS
.TP
\fB\-o\fP, \fB\-\-out\fP \fIPATH\fP
more \fItext\fP
.TP
\fBb\fP
2
.PP
It\(aqs \fBcode\fR and \-o \(ti \(ha.
.PP
.RS 4
.EX
cat \(aqa\-b\(aq \e
  | \(ti/x
.EE
.RE
`
	if string(page) != want {
		t.Errorf("got:\n%s", page)
	}
	if _, err := Page("{{nothing}}", nil); err == nil {
		t.Error("what nobody knows is filled in")
	}
	file := filepath.Join(t.TempDir(), "x.1")
	os.WriteFile(file, page, 0o666)
	entries, err := Entries(file, "TERMS")
	if err != nil || len(entries) != 2 || entries["-o, --out PATH"] != "more text" || entries["b"] != "2" {
		t.Errorf("%v: %q", err, entries)
	}
}

// TestPlain: what a program's help says stands in the page as it is.
func TestPlain(t *testing.T) {
	for _, text := range []string{`a*b_c [x] <y> \z`, "`q` --out"} {
		page, err := Page("# X 1\n\n# T\n\n"+Plain(text)+"\n", nil)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "x.1")
		os.WriteFile(file, page, 0o666)
		got, err := Section(file, "T")
		if err != nil || plainly.Replace(got) != text+"\n" {
			t.Errorf("%v: got %q, want %q", err, plainly.Replace(got), text)
		}
	}
}
