package fault

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SyntaxError says what is wrong with the text of a plan, and where.
type SyntaxError struct {
	Text   string
	Offset int // bytes before the place; len(Text) if something is missing at the end
	Msg    string
}

// Error quotes the text up to the place, which is marked by "here".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("plan %s: at byte %d: %s", strconv.Quote(e.Text), e.Offset, e.Msg)
}

// tokenKind is what a token is; punctuation has a kind of its own.
type tokenKind int

const (
	endToken   tokenKind = iota // of the text
	word                        // anything without spaces and punctuation
	quoted                      // a string as Go writes it
	semicolon                   // ;
	arrow                       // ->
	star                        // *
	unfinished                  // a quoted string without its end
)

type token struct {
	kind   tokenKind
	text   string // for quoted: what it stands for
	offset int
}

// show returns the token as a message quotes it.
func (t token) show() string {
	switch t.kind {
	case endToken:
		return "the end"
	case quoted:
		return "the string " + strconv.Quote(t.text)
	case unfinished:
		return t.text + ", which is no whole string as Go writes it"
	}
	return strconv.Quote(t.text)
}

// scan splits a plan into tokens; the last one is the end.
func scan(text string) []token {
	var all []token
	for at := 0; at < len(text); {
		rest := text[at:]
		length, t := 1, token{offset: at}
		switch {
		case strings.ContainsRune(" \t\r\n", rune(rest[0])):
			at++
			continue
		case rest[0] == ';':
			t.kind, t.text = semicolon, ";"
		case rest[0] == '*':
			t.kind, t.text = star, "*"
		case strings.HasPrefix(rest, "->"):
			t.kind, t.text, length = arrow, "->", 2
		case rest[0] == '"':
			t.kind, t.text, length = scanQuoted(rest)
		default:
			length = wordLength(rest)
			t.kind, t.text = word, rest[:length]
		}
		all = append(all, t)
		at += length
	}
	return append(all, token{kind: endToken, offset: len(text)})
}

func scanQuoted(rest string) (tokenKind, string, int) {
	literal, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return unfinished, rest, len(rest)
	}
	text, err := strconv.Unquote(literal)
	if err != nil || !utf8.ValidString(literal) { // Unquote would replace what isn't UTF-8; \xff stands for such bytes
		return unfinished, rest, len(rest)
	}
	return quoted, text, len(literal)
}

// wordLength returns where the word ends: at a space, a quote or punctuation. The - in 8GiB-1 is none.
func wordLength(rest string) int {
	for i := 0; i < len(rest); {
		r, n := utf8.DecodeRuneInString(rest[i:])
		if strings.ContainsRune(" \t\r\n;*\"", r) || strings.HasPrefix(rest[i:], "->") {
			return i
		}
		i += n
	}
	return len(rest)
}
