package main

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// screen is the lowest rows of a terminal, kept for the progress. All other rows are made the scrolling region, so that whatever
// is printed, by yjoint, its commands or the shell's other jobs, prompts and answers included, scrolls above the block and
// leaves it alone. Nothing moves the cursor for others: each piece of output puts it back where it was.
//
// The methods return what is to be written, which must be by one write(2): others write in between.
type screen struct {
	width, height int // of the terminal
	rows          int // that are kept; 0 if none are
}

const resetMargins = "\x1b[r" // DECSTBM without arguments

// enter keeps rows of a terminal of that size.
func (s *screen) enter(width, height, rows int) string {
	s.width, s.height, s.rows = width, height, rows
	// Index goes down, or scrolls, in the same column: there may be a prompt.
	return strings.Repeat(ansi.Index, rows) + ansi.CursorUp(rows) +
		ansi.SaveCursor + ansi.SetTopBottomMargins(1, height-rows) + ansi.RestoreCursor
}

// leave gives all rows back. What is below the cursor is the block, wherever a resized terminal has put it.
func (s *screen) leave() string {
	s.rows = 0
	return ansi.SaveCursor + resetMargins + ansi.RestoreCursor + ansi.EraseDisplay(0)
}

// paint shows one of the lines, which are no longer than the width, in the row of its number.
func (s *screen) paint(row int, line string) string {
	return ansi.SaveCursor + ansi.CursorPosition(1, s.height-s.rows+1+row) + ansi.EraseLine(2) + line + ansi.RestoreCursor
}
