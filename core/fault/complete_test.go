package fault

import (
	"slices"
	"strings"
	"testing"
)

func textsOf(all []Completion) (texts []string) {
	for _, c := range all {
		texts = append(texts, c.Text)
	}
	return texts
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		text string
		b    BackEnd
		want string // those that must be among them, or "none"
	}{
		{"", ForExec, "at|across|read at|every|call|open|close|fsync|rename"},
		{"", ForSink, "at|every|call|when-full"},
		{"a", ForExec, "at|across"},
		{"at", ForExec, "at 64KiB|at 8GiB-1"},
		{"at ", ForExec, "at 64KiB"},
		{"at 1", ForExec, "at 1|at 1MB|at 1KiB"},
		{"at 1MB", ForExec, "at 1MB"},
		{"at 1MB ", ForExec, "at 1MB ENOSPC|at 1MB short|at 1MB stall|at 1MB kill"},
		{"at 1MB ENOS", ForExec, "at 1MB ENOSPC|at 1MB ENOSYS"},
		{"at 1MB ENOSP", ForExec, "at 1MB ENOSPC"},
		{"at 1MB ENOSPC", ForExec, "at 1MB ENOSPC"},
		{"at 1MB ENOSPC ", ForExec, "at 1MB ENOSPC ->|at 1MB ENOSPC ;"},
		{"at 1MB E", ForSink, "at 1MB E"},
		{"at 1MB exi", ForSink, "at 1MB exit 1"},
		{"at 1MB exi", ForExec, ""},
		{"at 1MB stall u", ForSink, "at 1MB stall until-full|at 1MB stall until"},
		{"at 1MB stall 3", ForExec, "at 1MB stall 3s|at 1MB stall 3m"},
		{`at 1MB stall until "x" `, ForExec, `at 1MB stall until "x" ->`},
		{"at 1MB rate 1", ForExec, "at 1MB rate 1MB/s"},
		{"at 1MB kill TE", ForExec, "at 1MB kill TERM"},
		{"close ", ForMount, "close EIO|close stall"},
		{"close EIO*", ForMount, "close EIO*1"},
		{"close EIO*2 ", ForMount, "close EIO*2 ;"},
		{"close EIO; fs", ForMount, "close EIO; fsync ENOSPC"},
		{"close EIO ->", ForMount, "close EIO ->EIO"},
		{"read ", ForExec, "read at 4KiB"},
		{"rea", ForExec, "read at 4KiB"},
		{"bogus ", ForExec, ""},
		{"call 2 ", ForExec, "call 2 ENOSPC|call 2 ok"},
	} {
		got := textsOf(Complete(c.text, c.b))
		if c.want == "" || c.text == "at 1MB E" {
			if len(got) > 0 {
				t.Errorf("%s: %q: got %q, want none", c.b.Name, c.text, got)
			}
			continue
		}
		for want := range strings.SplitSeq(c.want, "|") {
			if !slices.Contains(got, want) {
				t.Errorf("%s: %q: got %q, want %q among them", c.b.Name, c.text, got, want)
			}
		}
	}
}

// TestCompleteExactly: where few words can stand, nothing else is offered.
func TestCompleteExactly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"close ", "ENOSPC|EIO|EPIPE|EAGAIN|EINTR|EDQUOT|EFBIG|EACCES|ok|stall|kill|nonblock"}, // the common ones: all would fill the screen
		{"call ", "1|2|3"},
		{"call 2 EIO ", "->|;"},
		{"at 1MB EIO*", "1|2|3"},
		{"at 1MB EIO*2 ", "->|;"},
		{"at 1MB stall until ", ""}, // a file's name, in quotes
		{`at 1MB stall until "x`, ""},
		{`close "x `, ""},
		{"at 1MB stall 3s ", "->|;"},
		{"at 1MB stall until-full ", "->|;"},
		{"every 64KiB short ", "4KiB"}, // with more the next write would never be due
	} {
		head := c.text[:strings.LastIndexAny(c.text, " *")+1]
		var words []string
		for _, text := range textsOf(Complete(c.text, ForExec)) {
			words = append(words, strings.TrimPrefix(text, head))
		}
		if got := strings.Join(words, "|"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// TestCompleteLeadsToPlans: whoever takes what is offered, word after word, has a plan that the back end obeys as soon as a rule may end.
func TestCompleteLeadsToPlans(t *testing.T) {
	plans := 0
	for _, b := range BackEnds {
		var follow func(text string)
		follow = func(text string) {
			for _, c := range Complete(text, b) {
				switch {
				case strings.HasSuffix(c.Text, " ;"):
					plan, err := Parse(strings.TrimSuffix(c.Text, " ;"))
					if err == nil {
						err = plan.Check(b)
					}
					if plans++; err != nil {
						t.Errorf("%s: %q is offered: %v", b.Name, c.Text, err)
					}
				case strings.HasSuffix(c.Text, "->"), strings.HasSuffix(c.Text, "until"), strings.Count(c.Text, "->") > 1:
				default:
					follow(c.Text + " ")
				}
			}
		}
		follow("")
	}
	if plans < 100 {
		t.Errorf("%d plans", plans)
	}
}

// TestCompleteKnowsAllWords: each word of the grammar is offered to some back end.
func TestCompleteKnowsAllWords(t *testing.T) {
	for _, b := range BackEnds {
		for _, k := range b.Triggers {
			if !slices.Contains(textsOf(Complete("", b)), k.String()) {
				t.Errorf("%s: %q is not offered", b.Name, k)
			}
		}
	}
	for _, name := range ErrnoNames() {
		if !slices.Contains(textsOf(Complete("at 1 "+name, ForExec)), "at 1 "+name) {
			t.Errorf("%s is not offered", name)
		}
	}
	for _, w := range verbWords {
		offered := slices.ContainsFunc([]BackEnd{ForExec, ForSink}, func(b BackEnd) bool {
			return slices.ContainsFunc(Complete("at 1 "+w[:2], b), func(c Completion) bool { return strings.HasPrefix(c.Text, "at 1 "+w) })
		})
		if !offered {
			t.Errorf("%q is not offered", w)
		}
	}
}

// TestAllTriggers: every trigger of every back end is among those that manuals explain, once, with its form and what it means.
func TestAllTriggers(t *testing.T) {
	all := Triggers()
	for _, b := range BackEnds {
		for _, k := range b.Triggers {
			if n := len(slices.DeleteFunc(slices.Clone(all), func(o TriggerKind) bool { return o != k })); n != 1 {
				t.Errorf("%s: %q is there %d times", b.Name, k, n)
			}
		}
	}
	for _, k := range all {
		if !strings.HasPrefix(k.Form(), k.String()) || len(k.About()) < 10 {
			t.Errorf("%q: %q, %q", k, k.Form(), k.About())
		}
	}
}
