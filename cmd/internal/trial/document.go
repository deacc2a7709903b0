package trial

import (
	"slices"
	"strings"
)

// document returns what is documented of such a result: "" if nothing is, or if nothing is wrong.
func document(words []string, s Scenario, c Case, o Observation, cell Cell) string {
	if cell.Outcome != Judged || cell.Data == Intact && cell.Status == Truthful {
		return ""
	}
	readerLeft := slices.ContainsFunc(o.Outputs, func(seen Seen) bool { return seen.Left })
	switch {
	case o.Signal == "PIPE" && cell.Data <= StoppedTold && readerLeft:
		return "POSIX: SIGPIPE ends a program that does not care for it"
	case cell.Data == Intact && cell.Status == Silent && readerLeft && toleratesPipes(words):
		return "documented: errors of pipes are not reported in this mode"
	case cell.Data == StoppedTold && exitsOnError(words):
		return "documented: it ends at the first error in this mode"
	case cell.Data == Hang && c.Documented != "":
		return c.Documented
	}
	return ""
}

// toleratesPipes reports whether the command line has a mode in which broken pipes are said to be no failure: -p of GNU tee, of
// uutils and of POSIX.1-2024, or pee's default.
func toleratesPipes(words []string) bool {
	if slices.Contains(words, "pee") || strings.HasSuffix(words[0], "/pee") {
		return !slices.Contains(words, "--no-ignore-sigpipe")
	}
	for _, w := range words[1:] {
		if w == "-p" || w == "--output-error" || strings.HasPrefix(w, "--output-error=") && strings.HasSuffix(w, "-nopipe") {
			return true
		}
	}
	return false
}

// exitsOnError reports whether the command line asks for an end at the first error.
func exitsOnError(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "--output-error=exit") })
}
