package trial

import (
	"testing"

	"yjoint/core/pattern"
)

// verdict returns what a verifier says of that, with so many bytes received; below 0: as many as it needs.
func verdict(t *testing.T, text string, received int64) Seen {
	t.Helper()
	v, err := pattern.ParseVerdict(text)
	if err != nil {
		t.Fatal(err)
	}
	v.Received = received
	return Seen{Verdict: v}
}

func TestJudge(t *testing.T) {
	const size = 1000
	whole := verdict(t, "complete", size)
	half := verdict(t, "prefix 500", 500)
	gap := verdict(t, "gap [100,200)", 900)
	spoiled := verdict(t, "gap [100,200)", 950)
	twice := verdict(t, "duplicate [100,200)", 1100)
	left := half
	left.Left = true
	for name, c := range map[string]struct {
		wants  []Want
		seen   []Seen
		change func(*Case, *Observation)
		want   string
	}{
		"all well":                       {[]Want{Whole, Whole}, []Seen{whole, whole}, nil, "intact; truthful"},
		"a reader left, told":            {[]Want{Prefix, Whole}, []Seen{left, whole}, func(_ *Case, o *Observation) { o.Status = 1 }, "intact; truthful"},
		"a reader left, not told":        {[]Want{Prefix, Whole}, []Seen{left, whole}, nil, "intact; silent"},
		"all is well but for the status": {[]Want{Whole}, []Seen{whole}, func(_ *Case, o *Observation) { o.Status = 1 }, "intact; wrong"},
		"killed":                         {[]Want{Prefix, Whole, Whole}, []Seen{left, half, whole}, func(_ *Case, o *Observation) { o.Status, o.Signal = -1, "PIPE" }, "stopped, told; truthful"},
		"all stopped":                    {[]Want{Prefix, Whole, Whole}, []Seen{left, half, half}, func(_ *Case, o *Observation) { o.Status = 1 }, "stopped, told; truthful"},
		"one of two lost":                {[]Want{Prefix, Whole, Whole}, []Seen{left, half, whole}, func(_ *Case, o *Observation) { o.Status = 1 }, "lost, told; truthful"},
		"stopped without a word":         {[]Want{Whole}, []Seen{half}, nil, "lost, silent; silent"},
		"a gap":                          {[]Want{Whole, Whole}, []Seen{gap, whole}, func(_ *Case, o *Observation) { o.Status = 1 }, "lost, told; truthful"},
		"a gap and more":                 {[]Want{Whole, Whole}, []Seen{spoiled, whole}, func(_ *Case, o *Observation) { o.Status = 1 }, "corrupt; truthful"},
		"a duplicate where it failed":    {[]Want{Prefix, Whole}, []Seen{twice, whole}, func(_ *Case, o *Observation) { o.Status = 1 }, "corrupt; truthful"},
		"a close failed":                 {[]Want{Broken}, []Seen{whole}, nil, "intact; silent"},
		"the source failed":              {[]Want{Whole}, []Seen{half}, func(c *Case, _ *Observation) { c.Source = Source{Ends: 500, Fails: true} }, "intact; silent"},
		"the source was cut":             {[]Want{Whole}, []Seen{half}, func(c *Case, _ *Observation) { c.Source.Ends = 500 }, "intact; truthful"},
		"asleep":                         {[]Want{Whole}, []Seen{half}, func(_ *Case, o *Observation) { o.Stuck, o.Where = Asleep, "asleep in read(0)" }, "hang"},
		"spinning":                       {[]Want{Whole}, []Seen{whole}, func(_ *Case, o *Observation) { o.Stuck = Spinning }, "spin"},
		"not fired":                      {[]Want{Whole}, []Seen{whole}, func(_ *Case, o *Observation) { o.Unfired = "no fsync" }, "n/a"},
		"held back":                      {[]Want{Whole}, []Seen{whole}, func(_ *Case, o *Observation) { o.Held = "1 of 2 bytes" }, "hang; truthful"},
		"versions mixed alike":           {[]Want{Whole, Whole}, []Seen{twice, twice}, func(c *Case, o *Observation) { c.Alike, o.Unlike = true, -1; c.Size = 1100 }, "intact; truthful"},
		"versions mixed otherwise":       {[]Want{Whole, Whole}, []Seen{twice, twice}, func(c *Case, o *Observation) { c.Alike, o.Unlike = true, 5; c.Size = 1100 }, "corrupt; truthful"},
	} {
		k, o := Case{Size: size, Source: Source{Ends: -1}}, Observation{Outputs: c.seen, Unlike: -1}
		names := []string{"1", "2", "stdout"}
		for _, w := range c.wants {
			k.Outputs = append(k.Outputs, Output{Want: w})
		}
		if c.change != nil {
			c.change(&k, &o)
		}
		if cell := Judge(k, o, names); cell.Verdict() != c.want {
			t.Errorf("%s: %s (%s), want %s", name, cell.Verdict(), cell.Evidence, c.want)
		}
	}
}

func TestDocumented(t *testing.T) {
	left := []Seen{{Left: true}}
	for name, c := range map[string]struct {
		words []string
		o     Observation
		cell  Cell
		want  bool
	}{
		"SIGPIPE":                     {[]string{"tee"}, Observation{Outputs: left, Signal: "PIPE"}, Cell{Data: StoppedTold, Status: Truthful}, true},
		"SIGPIPE, but bytes are lost": {[]string{"tee"}, Observation{Outputs: left, Signal: "PIPE"}, Cell{Data: LostTold, Status: Truthful}, false},
		"SIGPIPE, nobody left":        {[]string{"tee"}, Observation{Outputs: []Seen{{}}, Signal: "PIPE"}, Cell{Data: StoppedTold, Status: Truthful}, false},
		"-p":                          {[]string{"tee", "-p"}, Observation{Outputs: left}, Cell{Data: Intact, Status: Silent}, true},
		"warn-nopipe":                 {[]string{"tee", "--output-error=warn-nopipe"}, Observation{Outputs: left}, Cell{Data: Intact, Status: Silent}, true},
		"warn":                        {[]string{"tee", "--output-error=warn"}, Observation{Outputs: left}, Cell{Data: Intact, Status: Silent}, false},
		"exit":                        {[]string{"tee", "--output-error=exit"}, Observation{Status: 1}, Cell{Data: StoppedTold, Status: Truthful}, true},
		"default, silent":             {[]string{"tee"}, Observation{Outputs: left}, Cell{Data: Intact, Status: Silent}, false},
		"good":                        {[]string{"tee", "-p"}, Observation{Outputs: left}, Cell{Data: Intact, Status: Truthful}, false},
	} {
		if got := document(c.words, Scenario{}, Case{}, c.o, c.cell); (got != "") != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
