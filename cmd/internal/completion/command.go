package completion

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Command completes a shell's command that is one word of the command line: the names of programs where one begins, otherwise files.
func Command(word string) Reply {
	start := strings.LastIndexAny(word, " |;&(<>=\"'") + 1
	head, tail := word[:start], word[start:]
	before := strings.TrimRight(head, " ")
	r := Reply{Open: true}
	if (before == "" || strings.HasSuffix(before, "|") || strings.HasSuffix(before, ";") || strings.HasSuffix(before, "&") ||
		strings.HasSuffix(before, "(")) && !strings.Contains(tail, "/") {
		r.Candidates = listPrograms(tail)
	} else {
		r.Candidates = listFiles(tail, false)
	}
	return r.Behind(head, "")
}

// listPrograms returns the programs in PATH whose names begin so.
func listPrograms(start string) (all []Candidate) {
	var names []string
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		entries, _ := os.ReadDir(folder)
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), start) {
				continue
			}
			if info, err := os.Stat(filepath.Join(folder, e.Name())); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				names = append(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		all = append(all, Candidate{Text: name})
	}
	return all
}

// listFiles returns the files, or only the folders, whose paths begin so. Hidden ones are left out unless they are asked for.
func listFiles(start string, foldersOnly bool) (all []Candidate) {
	folder, name := filepath.Split(start)
	in := folder
	if in == "" {
		in = "."
	}
	if rest, ok := strings.CutPrefix(in, "~/"); ok {
		in = filepath.Join(os.Getenv("HOME"), rest)
	}
	entries, _ := os.ReadDir(in)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name) || name == "" && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(in, e.Name()))
		isFolder := err == nil && info.IsDir()
		switch {
		case isFolder:
			all = append(all, Candidate{Text: folder + e.Name() + "/"})
		case !foldersOnly:
			all = append(all, Candidate{Text: folder + e.Name()})
		}
	}
	return all
}

// Targets completes the name of a file that "=" and more follows, or of a folder with such.
func Targets(word string) Reply {
	r := Reply{Candidates: listFiles(word, false)}
	for i, c := range r.Candidates {
		if !strings.HasSuffix(c.Text, "/") {
			r.Candidates[i].Text += "="
		}
	}
	return r
}
