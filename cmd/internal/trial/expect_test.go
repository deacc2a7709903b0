package trial

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
)

// smallMatrix has a cell of each kind.
func smallMatrix() Matrix {
	return Matrix{Seed: 1, Size: 4096, Tools: []ToolRun{{Name: "tee -p", Version: "tee 1 | <2>", Cells: []Cell{
		{Tool: "tee -p", Scenario: "clean", Status: Truthful},
		{Tool: "tee -p", Scenario: "reader-exits", Place: Place{"2", "pipe+1"}, Status: Silent, Note: "documented", Evidence: "exit status 0", Repeat: "faultsink trial"},
		{Tool: "tee -p", Scenario: "eintr", Place: Place{"1", "0"}, Data: LostTold, Status: Truthful, Evidence: `it said "#1 <&>"`, Repeat: "faultsink trial"},
		{Tool: "tee -p", Scenario: "fsync-error", Place: Place{Pos: "1"}, Outcome: NotApplicable, Evidence: "no fsync"},
		{Tool: "tee -p", Scenario: "all-exit", Place: Place{At: "mid"}, Data: Hang},
	}}}}
}

func TestExpect(t *testing.T) {
	m := smallMatrix()
	var b bytes.Buffer
	if err := WriteExpect(&b, m); err != nil {
		t.Fatal(err)
	}
	recorded := b.String()
	e, err := ReadExpect(strings.NewReader(recorded))
	if err != nil {
		t.Fatal(err)
	}
	if d := m.Compare(e, true, true); len(d) > 0 || m.Failed() > 0 {
		t.Errorf("%v", d)
	}
	for name, c := range map[string]struct {
		change         func(Expectations)
		failed, strict int
		difference     string
	}{
		"worse":     {func(e Expectations) { e["tee -p: eintr[pos=1,at=0]"] = "intact; truthful" }, 1, 1, "worse: tee -p: eintr"},
		"better":    {func(e Expectations) { e["tee -p: eintr[pos=1,at=0]"] = "corrupt; silent" }, 0, 1, "better: tee -p: eintr"},
		"not tried": {func(e Expectations) { e["tee -p: fsync-error[pos=1]"] = "intact; truthful" }, 1, 1, "worse: tee -p: fsync-error[pos=1]: n/a"},
		"new":       {func(e Expectations) { delete(e, "tee -p: all-exit[at=mid]") }, 1, 1, "new: tee -p: all-exit[at=mid]: hang"},
		"new, good": {func(e Expectations) { delete(e, "tee -p: clean") }, 0, 0, ""},
		"gone":      {func(e Expectations) { e["tee -p: other"] = "n/a" }, 0, 0, "gone: tee -p: other"},
		"of others": {func(e Expectations) { e["tee: clean"] = "n/a" }, 0, 0, ""},
	} {
		e, _ := ReadExpect(strings.NewReader(recorded))
		c.change(e)
		d := strings.Join(m.Compare(e, false, true), "\n")
		if failed := m.Failed(); failed != c.failed || !strings.HasPrefix(d, c.difference) || (d == "") != (c.difference == "") {
			t.Errorf("%s: %d failed: %q", name, failed, d)
		}
		m.Compare(e, true, true)
		if failed := m.Failed(); failed != c.strict {
			t.Errorf("%s: strict: %d failed", name, failed)
		}
	}
}

func TestExpectRejected(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "no cell",
		"# only this\n":                      "no cell",
		"tee: clean":                         "line 1",
		"tee: clean: fine":                   `"fine" is no verdict`,
		"tee: clean: intact":                 "is no verdict",
		"\ntee: clean: n/a\ntee: clean: n/a": "line 3: tee: clean is there twice",
	} {
		if _, err := ReadExpect(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestTAP(t *testing.T) {
	m := smallMatrix()
	m.Compare(nil, false, true)
	var b bytes.Buffer
	if err := WriteTAP(&b, m); err != nil {
		t.Fatal(err)
	}
	const want = `TAP version 14
1..5
ok 1 - tee -p: clean
not ok 2 - tee -p: reader-exits[pos=2,at=pipe+1]
  ---
  verdict: "intact; silent"
  documented: "documented"
  evidence: "exit status 0"
  repeat: "faultsink trial"
  ...
not ok 3 - tee -p: eintr[pos=1,at=0]
  ---
  verdict: "lost, told; truthful"
  evidence: "it said \"#1 <&>\""
  repeat: "faultsink trial"
  ...
ok 4 - tee -p: fsync-error[pos=1] # SKIP no fsync
not ok 5 - tee -p: all-exit[at=mid]
  ---
  verdict: "hang"
  ...
`
	if b.String() != want {
		t.Errorf("got %s", &b)
	}
}

func TestJUnit(t *testing.T) {
	m := smallMatrix()
	m.Tools[0].Cells[0].Outcome, m.Tools[0].Cells[0].Evidence = Trouble, "no \x01 memory"
	m.Compare(nil, false, true)
	var b bytes.Buffer
	if err := WriteJUnit(&b, m); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	s := got.Suites[0]
	if s.Tests != 5 || s.Failures != 3 || s.Errors != 1 || s.Skipped != 1 || s.Cases[0].Error == nil || s.Cases[3].Skipped == nil {
		t.Errorf("%+v", s)
	}
	if c := s.Cases[1]; c.Class != "faultsink.tee -p" || c.Name != "reader-exits[pos=2,at=pipe+1]" || c.Failure.Type != "documented" {
		t.Errorf("%+v", c)
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, smallMatrix(), "faultsink"); err != nil {
		t.Fatal(err)
	}
	var got jsonMatrix
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if c := got.Tools[0].Cells[1]; got.Version != 1 || c.Pos != "2" || c.Data != "intact" || c.Status != "silent" || c.Severity != "documented" {
		t.Errorf("%+v", c)
	}
}

// TestTable: it fits, also where several blocks are needed; colour is there only if it is asked for.
func TestTable(t *testing.T) {
	m := smallMatrix()
	for range 4 {
		m.Tools = append(m.Tools, m.Tools[0])
	}
	var plain, colored bytes.Buffer
	if err := WriteTable(&plain, m, TableStyle{Width: 60}); err != nil {
		t.Fatal(err)
	}
	WriteTable(&colored, m, TableStyle{Color: true})
	table, _, _ := strings.Cut(plain.String(), "\nok N")
	for line := range strings.Lines(table) {
		if len(strings.TrimRight(line, "\n")) > 60 || strings.HasSuffix(line, " \n") {
			t.Errorf("%q", line)
		}
	}
	if strings.Count(table, "scenario") < 2 || strings.Contains(plain.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[1;31m") {
		t.Errorf("%s", table)
	}
	for _, text := range []string{"(silent) 1/1", "lost 1/1", "n/a", "hang 1/1", "ok 1"} {
		if !strings.Contains(table, text) {
			t.Errorf("%q is missing in %s", text, table)
		}
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMarkdown(&b, smallMatrix()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"| eintr | ❌ lost 1/1 |", `tee 1 \| &lt;2>`, `eintr\[pos=1,at=0]`} {
		if !strings.Contains(b.String(), text) {
			t.Errorf("%q is missing in %s", text, &b)
		}
	}
}

func TestRepeat(t *testing.T) {
	tool := Tool{Args: []string{"--", "my tee", "{out}", "it's"}}
	want := `faultsink trial --scenario 'a[at=0]' --seed 3 --size 4096 -- 'my tee' '{out}' 'it'\''s'`
	if got := repeat(tool, Cell{Scenario: "a", Place: Place{At: "0"}}, Options{Seed: 3, Size: 4096}); got != want {
		t.Errorf("%s", got)
	}
}
