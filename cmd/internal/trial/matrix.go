package trial

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DefaultSize is that of the stream: more than a tool that enlarges pipes and reads ahead can hold while a reader stalls.
const DefaultSize = 4 << 20

// Options say what is tried.
type Options struct {
	Scenario string // pattern; "": all
	Seed     uint64
	Size     int64 // 0: DefaultSize
	Big      bool  // with what happens near 4 and 8 GiB, with streams that are as long
	Jobs     int   // cells at once; 0: 1
	// Progress is told how many cells are done; nil: nobody is. Calls come one after the other.
	Progress func(tool string, done, all int)
}

// UncleanError says that a tool fails without any fault, so that nothing can be learnt of its failures.
type UncleanError struct {
	Tool string
	Cell Cell
}

func (e *UncleanError) Error() string {
	text := fmt.Sprintf("%s: it fails without any fault (%s): %s; %s", e.Tool, e.Cell.Name(), e.Cell.Verdict(), e.Cell.Evidence)
	return strings.TrimSuffix(text, "; ")
}

// Try runs the selected cells for a tool.
func (r *Runner) Try(ctx context.Context, tool Tool, o Options) (ToolRun, error) {
	begin := time.Now()
	run := ToolRun{Name: tool.Name, Command: tool.Words, Version: tool.Version(ctx)}
	path, err := exec.LookPath(tool.Words[0])
	if err != nil {
		return run, &MissingError{tool.Name, tool.Words[:1]}
	}
	run.Program = path
	if o.Size == 0 {
		o.Size = DefaultSize
	}
	selected := Select(tool.Template, o.Scenario, o.Big)
	if len(selected) == 0 {
		return run, nil
	}
	for _, s := range Select(tool.Template, "clean*", false) {
		cell := r.cell(ctx, tool, s, o)
		if cell.Outcome == Trouble {
			return run, cell.troubled()
		}
		if cell.Outcome == Judged && cell.Severity() != Good {
			return run, &UncleanError{tool.Name, cell}
		}
	}
	run.Cells = make([]Cell, len(selected))
	r.each(ctx, tool, selected, o, run.Cells)
	run.Duration = time.Since(begin).Seconds()
	return run, context.Cause(ctx)
}

// each runs the cells, some at once.
func (r *Runner) each(ctx context.Context, tool Tool, selected []Selected, o Options, cells []Cell) {
	var mu sync.Mutex
	next, done := 0, 0
	var workers sync.WaitGroup
	for range max(o.Jobs, 1) {
		workers.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(selected) || ctx.Err() != nil {
					return
				}
				cells[i] = r.cell(ctx, tool, selected[i], o)
				mu.Lock()
				done++
				if o.Progress != nil {
					o.Progress(tool.Name, done, len(selected))
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
}

// cell runs one cell.
func (r *Runner) cell(ctx context.Context, tool Tool, s Selected, o Options) Cell {
	cell, tmpl := Cell{}, tool.Template
	if s.Place.isBig() {
		tmpl = tmpl.narrow()
	}
	c, err := s.makeCase(tmpl, s.Place, o.Size, o.Seed)
	if err != nil {
		cell.Outcome, cell.Evidence = NotApplicable, err.Error()
	} else if seen, err := r.Run(ctx, tmpl, c); err != nil {
		cell.Outcome, cell.trouble, cell.Evidence = Trouble, err, strings.ReplaceAll(err.Error(), "\n", "; ")
	} else {
		cell = Judge(c, seen, names(tmpl))
		cell.Note = document(tool.Words, s.Scenario, c, seen, cell)
	}
	cell.Tool, cell.Scenario, cell.Place = tool.Name, s.Name, s.Place
	cell.Repeat = repeat(tool, cell, o)
	return cell
}

// names returns what the outputs are called: 1, 2, … and stdout.
func names(t Template) (all []string) {
	for i := range t.Outputs() {
		if t.isStdout(i) {
			all = append(all, "stdout")
		} else {
			all = append(all, strconv.Itoa(i+1))
		}
	}
	return all
}

// repeat returns a command that runs just this cell.
func repeat(tool Tool, c Cell, o Options) string {
	words := []string{"faultsink", "trial", "--scenario", quote(c.Name())}
	if c.Place.isBig() {
		words = append(words, "--big")
	}
	if o.Seed != 0 {
		words = append(words, "--seed", strconv.FormatUint(o.Seed, 10))
	}
	if o.Size != DefaultSize {
		words = append(words, "--size", strconv.FormatInt(o.Size, 10))
	}
	for _, a := range tool.Args {
		words = append(words, quote(a))
	}
	return strings.Join(words, " ")
}

// quote makes one word of text for a shell.
func quote(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// troubled returns the trouble that the trial had, with the cell's name.
func (c Cell) troubled() error { return fmt.Errorf("%s: %s: %w", c.Tool, c.Name(), c.trouble) }

// Troubles returns an error for each cell in which the trial itself failed.
func (m Matrix) Troubles() error {
	var all []error
	for _, c := range m.Cells() {
		if c.Outcome == Trouble {
			all = append(all, c.troubled())
		}
	}
	return errors.Join(all...)
}
