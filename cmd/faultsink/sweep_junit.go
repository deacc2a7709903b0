package main

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"yjoint/cmd/internal/sweep"
)

// The elements of JUnit's XML, as far as CI services read them.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
		Stderr  string        `xml:"system-err,omitempty"`
	}
	junitProblem struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a case for each run, or one for why there are none.
func (s *sweeping) writeJUnit(why error) error {
	if s.xml == nil {
		return nil
	}
	suite := junitSuite{Name: strings.TrimSpace("faultsink sweep " + s.shard.String()), Tests: len(s.results)}
	total := time.Duration(0)
	for _, r := range s.results {
		total += r.Took
		c := junitCase{Class: "faultsink.sweep." + strings.TrimPrefix(r.Target, "./"), Name: r.Plan(), Time: seconds(r.Took)}
		problem := &junitProblem{string(r.Outcome), r.Why, s.repeat(r)}
		switch {
		case r.Outcome == sweep.Failed:
			c.Error, c.Stderr = problem, r.Said
			suite.Errors++
		case !r.Outcome.Good():
			c.Failure, c.Stderr = problem, r.Said
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	if why != nil {
		suite.Tests, suite.Errors = 1, 1
		suite.Cases = []junitCase{{Class: "faultsink.sweep", Name: "clean run", Time: seconds(0), Error: &junitProblem{string(sweep.Failed), why.Error(), ""}}}
	}
	suite.Time = seconds(total)
	text, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err == nil {
		err = s.xml.writeAll(slices.Concat([]byte(xml.Header), text, []byte("\n")))
	}
	if err != nil {
		return fmt.Errorf("--junit: %w", err)
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
