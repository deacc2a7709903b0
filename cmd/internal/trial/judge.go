package trial

import (
	"fmt"
	"strings"

	"yjoint/core/pattern"
)

// judgement is what is found of a run, before what is documented is looked at.
type judgement struct {
	data     Data
	status   Status
	evidence string
}

// Judge returns the cell of a run. name says what outputs are called: 1, 2, … and stdout.
func Judge(c Case, o Observation, names []string) Cell {
	cell := Cell{Ended: o.ended(), Timeline: o.Timeline}
	for i, seen := range o.Outputs {
		cell.Outputs = append(cell.Outputs, fmt.Sprintf("%s: %s", names[i], describe(c, c.Outputs[i], seen)))
	}
	if o.Unfired != "" && (o.Stuck == NotStuck || o.Void) {
		cell.Outcome, cell.Evidence = NotApplicable, o.Unfired
		return cell
	}
	j := judgeData(c, o, names)
	if j.status = judgeStatus(c, o); j.status == Silent && j.data == Intact {
		j.evidence = strings.Join(append(notWhole(c, o, names), j.evidence), "; ")
	}
	cell.Data, cell.Status, cell.Evidence = j.data, j.status, j.evidence
	return cell
}

// whole reports whether the output has all that the source had.
func (c Case) whole(v pattern.Verdict) bool {
	if c.Source.Ends >= 0 && c.Source.Ends < c.Size {
		return v.Kind == pattern.Prefix && v.At == c.Source.Ends
	}
	return v.Kind == pattern.Complete
}

// length returns how many bytes the source has.
func (c Case) length() int64 {
	if c.Source.Ends >= 0 {
		return c.Source.Ends
	}
	return c.Size
}

func describe(c Case, o Output, s Seen) string {
	switch {
	case o.Want == Absent && s.Verdict.Received == 0:
		return "nothing, as it must be"
	case c.whole(s.Verdict):
		return "whole"
	}
	return s.Verdict.String()
}

// harm is what is wrong with one output. Later ones are worse.
type harm int

const (
	unharmed harm = iota
	cut           // it ends early
	holed         // bytes are missing before others
	spoiled       // it has bytes that don't belong there
)

// harmOf says what is wrong with an output that has that.
func harmOf(c Case, o Output, v pattern.Verdict) harm {
	if c.whole(v) {
		return unharmed
	}
	switch v.Kind {
	case pattern.Prefix:
		if o.Want == Whole {
			return cut
		}
		return unharmed
	case pattern.Gap:
		if v.Received <= c.length()-(v.To-v.At) { // otherwise more has come than what is behind the gap
			return holed
		}
	}
	return spoiled
}

// judgeData judges the bytes of all outputs.
func judgeData(c Case, o Observation, names []string) judgement {
	worst, cuts, wholes := unharmed, 0, 0
	var evidence []string
	for i, seen := range o.Outputs {
		if c.Alike && seen.Verdict.Received == c.Size && c.Outputs[i].Want == Whole {
			wholes++
			continue // Unlike tells the rest
		}
		h := harmOf(c, c.Outputs[i], seen.Verdict)
		switch {
		case h == cut:
			cuts++
		case c.Outputs[i].Want == Whole && h == unharmed:
			wholes++
		}
		if h != unharmed {
			evidence = append(evidence, fmt.Sprintf("output %s: %s", names[i], seen.Verdict))
		}
		worst = max(worst, h)
	}
	if c.Alike && o.Unlike >= 0 {
		worst = spoiled
		evidence = append(evidence, fmt.Sprintf("two outputs differ from byte %d on", o.Unlike))
	}
	j := judgement{data: dataOf(worst, cuts > 0 && (wholes == 0 || o.Signal != ""), o)}
	switch {
	case o.Stuck != NotStuck:
		evidence = append([]string{o.Where}, evidence...)
	case o.Held != "":
		j.data = max(j.data, Hang)
		evidence = append([]string{o.Held}, evidence...)
	}
	evidence = append(evidence, o.ended())
	if said := o.said(); said != "" {
		evidence = append(evidence, fmt.Sprintf("it said %q", said))
	}
	j.evidence = strings.Join(evidence, "; ")
	return j
}

// dataOf returns the verdict for the worst harm. stopped: no output is whole that could be, or a signal ended the tool before all were.
func dataOf(worst harm, stopped bool, o Observation) Data {
	switch {
	case o.Stuck == Asleep:
		return Hang
	case o.Stuck == Spinning:
		return Spin
	case worst == spoiled:
		return Corrupt
	case worst == unharmed:
		return Intact
	case !o.told():
		return LostSilent
	case worst == cut && stopped:
		return StoppedTold
	}
	return LostTold
}

// judgeStatus compares the exit status with what became of all outputs, those included that could not be whole.
func judgeStatus(c Case, o Observation) Status {
	if o.Stuck != NotStuck {
		return NoStatus
	}
	well := !c.Source.Fails && len(notWhole(c, o, nil)) == 0
	switch {
	case well && o.told():
		return Wrong
	case !well && !o.told():
		return Silent
	}
	return Truthful
}

// notWhole says of each output that is not whole why it isn't. Without names the texts are of no use.
func notWhole(c Case, o Observation, names []string) (all []string) {
	name := func(i int) string {
		if names == nil {
			return ""
		}
		return names[i]
	}
	for i, seen := range o.Outputs {
		why := ""
		switch {
		case c.Outputs[i].Want == Absent:
			why = "it could not be opened"
		case seen.Left:
			why = "its reader left"
		case c.Outputs[i].Want == Broken:
			why = "it failed"
		case !c.whole(seen.Verdict) && !(c.Alike && seen.Verdict.Received == c.Size):
			why = seen.Verdict.String()
		default:
			continue
		}
		all = append(all, fmt.Sprintf("output %s: %s", name(i), why))
	}
	return all
}
