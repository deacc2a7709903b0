package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// A changelog is the sections of CHANGELOG.md, newest first. It has the form of https://keepachangelog.com/en/1.1.0/.
type changelog []entry

// An entry is what has changed in one version.
type entry struct {
	version string // without "v"; empty: unreleased
	date    string // YYYY-MM-DD
	body    string
	line    int // of its heading
}

var (
	heading  = regexp.MustCompile(`^## \[([^]]+)\](?: - (\d{4}-\d{2}-\d{2})( \[YANKED\])?)?$`)
	linkLine = regexp.MustCompile(`^\[([^]]+)\]: \S+$`)
	kinds    = []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
)

// parseChangelog reads the text. Its error names every line that isn't in form.
func parseChangelog(text string) (changelog, error) {
	var (
		log   changelog
		links []string
		p     problems
	)
	for i, line := range strings.Split(text, "\n") {
		number := i + 1
		switch {
		case number == 1:
			p.check(line == "# Changelog", number, "want the title '# Changelog'")
		case strings.HasPrefix(line, "# "):
			p.add(number, "a second title")
		case strings.HasPrefix(line, "## "):
			e, why := parseHeading(line)
			p.check(why == "", number, why)
			e.line = number
			log = append(log, e)
		case linkLine.MatchString(line):
			links = append(links, linkLine.FindStringSubmatch(line)[1])
		case len(log) > 0:
			log[len(log)-1].body += line + "\n"
		}
	}
	for i := range log {
		log[i].body = strings.TrimSpace(log[i].body)
		p.checkBody(log[i])
	}
	p.checkOrder(log)
	p.checkLinks(log, links)
	return log, errors.Join(p...)
}

// parseHeading returns the entry without its body, or what is wrong with the heading.
func parseHeading(line string) (entry, string) {
	m := heading.FindStringSubmatch(line)
	switch {
	case m == nil:
		return entry{}, "want '## [Unreleased]' or '## [X.Y.Z] - YYYY-MM-DD'"
	case m[1] == "Unreleased" && m[2] == "":
		return entry{}, ""
	case m[1] == "Unreleased":
		return entry{}, "what is unreleased has no date"
	case semver.Canonical("v"+m[1]) != "v"+m[1]:
		return entry{}, m[1] + " is no semantic version X.Y.Z"
	case m[2] == "":
		return entry{}, m[1] + " has no date"
	}
	e := entry{version: m[1], date: m[2]}
	if _, err := time.Parse(time.DateOnly, e.date); err != nil {
		return e, e.date + " is no date"
	}
	return e, ""
}

// of returns the entry of a version. A release must have one of its own; what comes before one may still be among what is unreleased.
// "+dirty" and the like don't count.
func (log changelog) of(version string) (entry, error) {
	version = strings.TrimSuffix(version, semver.Build("v"+version))
	for _, e := range log {
		if e.version == version {
			return e, nil
		}
	}
	if semver.Prerelease("v"+version) != "" && len(log) > 0 && log[0].version == "" && log[0].body != "" {
		return log[0], nil
	}
	return entry{}, fmt.Errorf("version %s has no section: it needs '## [%s] - YYYY-MM-DD'", version, version)
}

// problems are what is wrong with a changelog.
type problems []error

func (p *problems) add(line int, why string) { *p = append(*p, fmt.Errorf("line %d: %s", line, why)) }

func (p *problems) check(good bool, line int, why string) {
	if !good {
		p.add(line, why)
	}
}

// checkBody demands that the entry groups its changes by their kind, and that no group is empty.
func (p *problems) checkBody(e entry) {
	p.check(e.version == "" || e.body != "", e.line, "nothing has changed in this version")
	groups := strings.Split("\n"+e.body, "\n### ")
	p.check(e.version == "" || len(groups) > 1, e.line, "no group of changes: want '### Added' or another of "+strings.Join(kinds, ", "))
	var seen []string
	for _, group := range groups[1:] {
		kind, changes, _ := strings.Cut(group, "\n")
		p.check(slices.Contains(kinds, kind), e.line, fmt.Sprintf("### %s: want one of %s", kind, strings.Join(kinds, ", ")))
		p.check(!slices.Contains(seen, kind), e.line, "### "+kind+" comes twice")
		p.check(strings.HasPrefix(strings.TrimSpace(changes), "- "), e.line, "### "+kind+": want a list, '- …'")
		seen = append(seen, kind)
	}
}

// checkOrder demands that what is unreleased comes first, and then the latest release. Releases of an older line may come between
// those of a newer one, so that only within X.Y.* the numbers must fall too.
func (p *problems) checkOrder(log changelog) {
	p.check(len(log) > 0 && log[0].version == "", 1, "want '## [Unreleased]' as the first section")
	for i, e := range log {
		for _, above := range log[:i] {
			switch {
			case e.version == above.version:
				p.add(e.line, fmt.Sprintf("[%s] comes twice", e.name()))
			case e.version == "":
				p.add(e.line, "[Unreleased] belongs first")
			case above.version == "":
			case above.date < e.date:
				p.add(e.line, fmt.Sprintf("%s is later than %s of [%s] above", e.date, above.date, above.version))
			case semver.MajorMinor("v"+above.version) == semver.MajorMinor("v"+e.version) && semver.Compare("v"+above.version, "v"+e.version) < 0:
				p.add(e.line, fmt.Sprintf("[%s] belongs above [%s]", e.version, above.version))
			}
		}
	}
}

// checkLinks demands links for all sections, in their order, or for none: a project that has no address yet can't have any.
func (p *problems) checkLinks(log changelog, links []string) {
	var want []string
	for _, e := range log {
		want = append(want, e.name())
	}
	if len(links) > 0 && !slices.Equal(links, want) {
		*p = append(*p, fmt.Errorf("links are defined for %v, want them for all sections or none: %v", links, want))
	}
}

func (e entry) name() string {
	if e.version == "" {
		return "Unreleased"
	}
	return e.version
}
