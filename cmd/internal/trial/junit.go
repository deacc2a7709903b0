package trial

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The elements of JUnit's XML that CI servers read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the matrix as JUnit's XML: a suite per tool, a case per cell, faultsink's own trouble as errors.
func WriteJUnit(w io.Writer, m Matrix) error {
	var all junitSuites
	for _, t := range m.Tools {
		suite := junitSuite{Name: "faultsink." + t.Name, Tests: len(t.Cells), Time: fmt.Sprintf("%.3f", t.Duration)}
		for _, c := range t.Cells {
			suite.add(c)
		}
		all.Suites = append(all.Suites, suite)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	return err
}

func (s *junitSuite) add(c Cell) {
	one := junitCase{Class: s.Name, Name: c.Name()}
	var text []string
	for _, line := range c.details() {
		text = append(text, line[0]+": "+line[1])
	}
	message := &junitMessage{Message: c.Verdict(), Text: strings.Join(text, "\n")}
	switch {
	case c.Outcome == Trouble:
		message.Message = c.Evidence
		one.Error = message
		s.Errors++
	case c.Failed:
		message.Type = severityNames[c.Severity()]
		one.Failure = message
		s.Failures++
	case c.Outcome == NotApplicable:
		one.Skipped = &junitMessage{Message: c.Evidence}
		s.Skipped++
	}
	s.Cases = append(s.Cases, one)
}
