package main

import (
	"os"
	"strings"
	"testing"
)

func TestChangelogOfThisProject(t *testing.T) {
	text, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseChangelog(string(text)); err != nil {
		t.Errorf("CHANGELOG.md:\n%v", err)
	}
}

const goodChangelog = `# Changelog

What users notice.

## [Unreleased]

## [1.1.1] - 2026-03-04

### Fixed

- A.

## [1.0.1] - 2026-02-03 [YANKED]

### Security

- B.

## [1.1.0] - 2026-02-03

### Added

- C.

### Removed

- D.

## [1.0.0] - 2026-01-02

### Added

- E.
`

func TestChangelogParsed(t *testing.T) {
	log, err := parseChangelog(goodChangelog)
	if err != nil {
		t.Fatal(err)
	}
	e, err := log.of("1.1.0")
	if want := "### Added\n\n- C.\n\n### Removed\n\n- D."; err != nil || e.body != want || e.date != "2026-02-03" {
		t.Errorf("1.1.0 is %+v, %v", e, err)
	}
	links := "\n[Unreleased]: u\n[1.1.1]: a\n[1.0.1]: b\n[1.1.0]: c\n[1.0.0]: d\n"
	if _, err := parseChangelog(goodChangelog + links); err != nil {
		t.Errorf("with links: %v", err)
	}
}

// TestChangelogRejected changes one thing of the good one.
func TestChangelogRejected(t *testing.T) {
	for why, change := range map[string][2]string{
		"line 1: want the title":                       {"# Changelog", "# Changes"},
		"line 3: a second title":                       {"What users notice.", "# More"},
		"want '## [Unreleased]' as the first section":  {"## [Unreleased]\n", ""},
		"what is unreleased has no date":               {"## [Unreleased]", "## [Unreleased] - 2026-05-06"},
		"line 7: want '## [Unreleased]' or":            {"## [1.1.1] - 2026-03-04", "## 1.1.1 - 2026-03-04"},
		"line 7: 1.1 is no semantic version X.Y.Z":     {"[1.1.1]", "[1.1]"},
		"line 7: 1.1.1 has no date":                    {"[1.1.1] - 2026-03-04", "[1.1.1]"},
		"line 7: 2026-02-30 is no date":                {"2026-03-04", "2026-02-30"},
		"2026-02-03 is later than 2026-01-04 of":       {"2026-03-04", "2026-01-04"},
		"line 19: [1.1.0] comes twice":                 {"[1.1.1]", "[1.1.0]"},
		"line 19: [1.1.3] belongs above [1.1.1]":       {"[1.1.0]", "[1.1.3]"},
		"### Improved: want one of Added, Changed":     {"### Fixed", "### Improved"},
		"line 19: ### Added comes twice":               {"### Removed", "### Added"},
		"line 7: ### Fixed: want a list":               {"- A.", "A."},
		"line 29: no group of changes":                 {"### Added\n\n- E.", "E."},
		"line 29: nothing has changed in this version": {"### Added\n\n- E.", ""},
		"links are defined for [1.1.1], want them":     {"- E.", "- E.\n\n[1.1.1]: a"},
	} {
		t.Run("error="+why, func(t *testing.T) {
			text := strings.Replace(goodChangelog, change[0], change[1], 1)
			_, err := parseChangelog(text)
			if err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestChangelogOfVersion: a release without a section of its own is not packaged; what comes before a release may be.
func TestChangelogOfVersion(t *testing.T) {
	unreleased := strings.Replace(goodChangelog, "## [Unreleased]", "## [Unreleased]\n\n### Added\n\n- Z.", 1)
	for _, c := range []struct{ text, version, want string }{
		{goodChangelog, "1.0.0", "- E."},
		{goodChangelog, "1.0.0+dirty", "- E."},
		{unreleased, "1.2.0-rc.1", "- Z."},
		{unreleased, "1.2.0-0.20260102030405-0123456789ab", "- Z."},
		{unreleased, "1.2.0", ""},
		{goodChangelog, "1.2.0-rc.1", ""},
	} {
		log, err := parseChangelog(c.text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := log.of(c.version)
		switch {
		case c.want == "" && (err == nil || err.Error() != "version "+c.version+" has no section: it needs '## ["+c.version+"] - YYYY-MM-DD'"):
			t.Errorf("%s: got %v, %v", c.version, e, err)
		case c.want != "" && (err != nil || !strings.HasSuffix(e.body, c.want)):
			t.Errorf("%s: got %q, %v", c.version, e.body, err)
		}
	}
}
