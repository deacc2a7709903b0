package completion

import "strings"

// unquote returns what a word stands for that was typed in a shell, be it unfinished, and the quote that is open at its end, or 0.
func unquote(typed string) (word string, open byte) {
	var b strings.Builder
	for i := 0; i < len(typed); i++ {
		c := typed[i]
		switch {
		case open == 0 && (c == '\'' || c == '"'):
			open = c
		case c == open:
			open = 0
		case c == '\\' && open != '\'' && i+1 < len(typed) && (open == 0 || strings.IndexByte("$`\"\\", typed[i+1]) >= 0):
			i++
			b.WriteByte(typed[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), open
}

// special are the characters that mean something to a shell outside of quotes.
const special = " \t!\"#$&'()*;<>?[\\]^`{|}~"

// quote returns text as it is typed in bash behind what has this quote open.
func quote(text string, open byte) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case open == '\'' && c == '\'':
			b.WriteString(`'\''`)
			continue
		case open == '"' && strings.IndexByte("$`\"\\", c) >= 0, open == 0 && strings.IndexByte(special, c) >= 0:
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
