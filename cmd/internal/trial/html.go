package trial

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed report.html
var reportText string

var report = template.Must(template.New("report").Parse(reportText))

// htmlReport is what the template takes.
type htmlReport struct {
	Program string
	Size    int64
	Seed    uint64
	Tools   []htmlTool
	Rows    []htmlRow
	Legend  string
}

type htmlTool struct {
	ToolRun
	ID       string
	Summary  string
	Sections []htmlSection
}

// htmlRow is a scenario in the matrix, with a group of cells for each tool.
type htmlRow struct {
	Scenario
	Groups []htmlGroup
}

type htmlGroup struct {
	Mark, Class, Text string
	Link              string // to the section; "": there are no cells
}

// htmlSection has the cells of a scenario for one tool.
type htmlSection struct {
	ID string
	Scenario
	Cells []htmlCell
}

type htmlCell struct {
	Cell
	ID, Mark, Class string
	Timeline        template.HTML // nothing in it is of others but names of outputs, which are numbers
}

// Signs and classes of severities. The signs differ in shape, the colours of the classes in lightness too.
var (
	htmlMarks   = map[Severity]string{Good: "✓", Noted: "◐", Bad: "✗", None: "–"}
	htmlClasses = map[Severity]string{Good: "good", Noted: "noted", Bad: "bad", None: "none"}
)

// WriteHTML writes the matrix as one page that needs nothing else: the table, and for each cell its evidence and a timeline.
func WriteHTML(w io.Writer, m Matrix, program string) error {
	r := htmlReport{Program: program, Size: m.Size, Seed: m.Seed, Legend: legend}
	names := map[string]bool{}
	for _, n := range m.scenarioNames() {
		names[n] = true
	}
	for i, t := range m.Tools {
		r.Tools = append(r.Tools, htmlTool{ToolRun: t, ID: fmt.Sprintf("tool%d", i+1), Summary: t.Summary()})
	}
	for _, s := range Catalogue {
		if !names[s.Name] {
			continue
		}
		row := htmlRow{Scenario: s}
		for i := range r.Tools {
			row.Groups = append(row.Groups, r.Tools[i].enter(s))
		}
		r.Rows = append(r.Rows, row)
	}
	return report.Execute(w, r)
}

// enter adds a section for the tool's cells of the scenario, and returns what stands in the matrix for them.
func (t *htmlTool) enter(s Scenario) htmlGroup {
	g := t.group(s.Name)
	if len(g) == 0 {
		return htmlGroup{}
	}
	section := htmlSection{ID: t.ID + "-" + s.Name, Scenario: s}
	for _, c := range g {
		severity := c.Severity()
		section.Cells = append(section.Cells, htmlCell{Cell: c, ID: t.ID + "-" + strings.Trim(plainID.Replace(c.Name()), "-"),
			Mark: htmlMarks[severity], Class: htmlClasses[severity], Timeline: template.HTML(c.Timeline.svg())})
	}
	t.Sections = append(t.Sections, section)
	severity := g.worst().Severity()
	return htmlGroup{Mark: htmlMarks[severity], Class: htmlClasses[severity], Text: g.short(), Link: "#" + section.ID}
}

// plainID leaves nothing in a name that a link would have to quote.
var plainID = strings.NewReplacer("[", "-", "]", "", "=", "-", ",", "-", "+", "plus")

// Open reports whether the cell is shown without being asked for.
func (c htmlCell) Open() bool {
	return c.Severity() == Bad || c.Severity() == Noted || c.Outcome == Trouble
}
