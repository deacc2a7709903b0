package completion

import (
	"fmt"
	"slices"
	"strings"

	"yjoint/internal/size"
)

// A Candidate can stand in the place of a word.
type Candidate struct {
	Text  string // all of the word
	About string // what it is, for shells that show that; one line, or ""
}

// A Reply is what can stand in the place of a word.
type Reply struct {
	Candidates []Candidate
	Open       bool // a candidate may be a part of the word only: no space is put behind it
	Files      bool // and files, as the shell completes them
	Folders    bool // and folders
	// Command: the words from this one on, counted from 0 without the program's name, are a command line of their own; 0: none are.
	// None is the first word.
	Command int

	listed bool // candidates are files: one that is a folder is Open
}

// kind is the first line of an answer.
func (r Reply) kind() string {
	switch {
	case r.Command > 0:
		return fmt.Sprint("command ", r.Command)
	case r.Files:
		return "files"
	case r.Folders:
		return "folders"
	case r.Open:
		return "open"
	}
	return "words"
}

// matching is the reply without candidates that word is not the beginning of.
func (r Reply) matching(word string) Reply {
	r.Candidates = slices.DeleteFunc(slices.Clone(r.Candidates), func(c Candidate) bool {
		return !strings.HasPrefix(c.Text, word) || strings.ContainsAny(c.Text, "\n\t")
	})
	if r.listed {
		r.Open = len(r.Candidates) == 1 && strings.HasSuffix(r.Candidates[0].Text, "/")
	}
	return r
}

// Behind is the reply for what stands behind prefix in the same word. The shell can't list files there, so they are listed here.
func (r Reply) Behind(prefix, value string) Reply {
	if prefix == "" {
		return r
	}
	if r.Files || r.Folders {
		r.Candidates = append(r.Candidates, listFiles(value, r.Folders)...)
		r.Files, r.Folders, r.listed = false, false, true
	}
	for i := range r.Candidates {
		r.Candidates[i].Text = prefix + r.Candidates[i].Text
	}
	return r
}

// Words is a reply with these candidates.
func Words(words ...string) Reply {
	var r Reply
	for _, w := range words {
		r.Candidates = append(r.Candidates, Candidate{Text: w})
	}
	return r
}

// A Value completes the value of an option, or an operand, of which word is the beginning.
type Value func(word string) Reply

// Files completes the name of a file.
func Files(string) Reply { return Reply{Files: true} }

// Folders completes the name of a folder.
func Folders(string) Reply { return Reply{Folders: true} }

// OneOf completes one of some words.
func OneOf(words ...string) Value { return func(string) Reply { return Words(words...) } }

// ListOf completes the last of some items, separated by commas, and names none twice.
func ListOf(items ...string) Value {
	return func(word string) Reply {
		head := word[:strings.LastIndex(word, ",")+1]
		given := strings.Split(head, ",")
		left := slices.DeleteFunc(slices.Clone(items), func(item string) bool { return slices.Contains(given, item) })
		return Words(left...).Behind(head, "")
	}
}

// Sizes completes a number of bytes: by its unit, or with examples.
func Sizes(word string) Reply { return Words(size.Complete(word)...) }

// Durations completes a duration in the same way.
func Durations(word string) Reply { return Words(size.CompleteDuration(word)...) }
