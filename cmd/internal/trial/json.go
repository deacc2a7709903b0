package trial

import (
	"encoding/json"
	"io"
)

// jsonVersion changes when a member gets another meaning.
const jsonVersion = 1

// jsonMatrix is what --json writes.
type jsonMatrix struct {
	Version int        `json:"version"`
	Program string     `json:"program"`
	Seed    uint64     `json:"seed"`
	Size    int64      `json:"size"`
	Tools   []jsonTool `json:"tools"`
}

type jsonTool struct {
	Name    string     `json:"name"`
	Command []string   `json:"command"`
	Program string     `json:"program"` // its file
	Version string     `json:"version,omitempty"`
	Seconds float64    `json:"seconds"`
	Cells   []jsonCell `json:"cells"`
}

type jsonCell struct {
	Name     string   `json:"name"`
	Scenario string   `json:"scenario"`
	Pos      string   `json:"pos,omitempty"`
	At       string   `json:"at,omitempty"`
	Outcome  string   `json:"outcome"`          // judged, n/a or error
	Data     string   `json:"data,omitempty"`   // if judged
	Status   string   `json:"status,omitempty"` // if judged
	Severity string   `json:"severity"`
	Failed   bool     `json:"failed"`
	Expected string   `json:"expected,omitempty"`
	Note     string   `json:"note,omitempty"`
	Evidence string   `json:"evidence,omitempty"`
	Ended    string   `json:"ended,omitempty"`
	Outputs  []string `json:"outputs,omitempty"`
	Repeat   string   `json:"repeat"`
}

var (
	outcomeNames  = [...]string{"judged", "n/a", "error"}
	severityNames = [...]string{"good", "documented", "bad", "none"}
)

// WriteJSON writes the matrix as one JSON object.
func WriteJSON(w io.Writer, m Matrix, program string) error {
	out := jsonMatrix{Version: jsonVersion, Program: program, Seed: m.Seed, Size: m.Size}
	for _, t := range m.Tools {
		tool := jsonTool{Name: t.Name, Command: t.Command, Program: t.Program, Version: t.Version, Seconds: t.Duration}
		for _, c := range t.Cells {
			tool.Cells = append(tool.Cells, c.json())
		}
		out.Tools = append(out.Tools, tool)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (c Cell) json() jsonCell {
	j := jsonCell{Name: c.Name(), Scenario: c.Scenario, Pos: c.Place.Pos, At: c.Place.At, Outcome: outcomeNames[c.Outcome],
		Severity: severityNames[c.Severity()], Failed: c.Failed, Expected: c.Expected, Note: c.Note, Evidence: c.Evidence,
		Ended: c.Ended, Outputs: c.Outputs, Repeat: c.Repeat}
	if c.Outcome == Judged {
		j.Data, j.Status = c.Data.String(), c.Status.String()
	}
	return j
}
