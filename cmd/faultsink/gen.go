package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"yjoint/core/fault"
	"yjoint/core/pattern"
	"yjoint/internal/size"
)

// genOptions are those of `faultsink gen`.
type genOptions struct {
	deeds
	seed      seedFlag
	from      size.Value
	chunkSize blockFlag
	pipeSize  capacityFlag
	timeout   size.Duration
	report    string
}

// blockSize is how much is read or written at once where nothing asks for less: large enough that calls cost little, small
// enough to stay in a processor's cache.
const blockSize = 128 << 10

// pipeCapacity is what gen lets a pipe hold that nobody has given another capacity: half the time for large streams.
const pipeCapacity = 1 << 20

func newGen() *cobra.Command {
	o := &genOptions{}
	c := &cobra.Command{
		Use:   "gen SIZE [OPTION]...",
		Short: "Write a stream in which every byte tells where it belongs",
		Long: `Write a stream of SIZE bytes in which every byte tells where it belongs, for
verify. The other SIZEs count the bytes that standard output has accepted. When
nobody reads them any more, gen dies of SIGPIPE, as other producers do.

  faultsink gen 8GiB | mytool | faultsink verify
  faultsink gen 1GiB --kill-after 300MiB=TERM | mytool`,
		Args: oneSize,
		RunE: func(c *cobra.Command, args []string) error { return o.run(args[0], c.OutOrStdout(), c.ErrOrStderr()) },
	}
	f := c.Flags()
	f.Var(&o.seed, "seed", "which of all streams")
	f.Var(&o.from, "from", "begin at that byte of the stream")
	o.register(f, "standard output")
	f.Var(&o.chunkSize, "chunk-size", "write no more at once")
	f.Var(&o.pipeSize, "pipe-size", "let the pipe on standard output hold so much")
	f.Var(&o.timeout, "timeout", "end with status 124 after that time")
	f.StringVar(&o.report, "report", "", "write a report as JSON to `FILE`")
	return c
}

// generator is one run.
type generator struct {
	*stream
	seed       uint64
	from, size int64
}

func (o *genOptions) run(length string, stdout, stderr io.Writer) error {
	n, err := size.Parse(length)
	if err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	if int64(o.from) > n {
		return fmt.Errorf("--from %v: the stream ends at byte %d", &o.from, n)
	}
	plan, err := o.plan(fault.ForGen)
	if err != nil {
		return err
	}
	if o.print {
		return printPlan(stdout, plan)
	}
	g, err := o.open(n, plan, stderr)
	if err != nil {
		return err
	}
	catchBrokenPipe()
	g.watch(time.Duration(o.timeout))
	return g.conclude(g.generate(make([]byte, o.block(g))))
}

// block is how much is written at once. Where the plan asks when the pipe is full, it is what always fits one that isn't, so
// that gen is not held up before it has seen that.
func (o *genOptions) block(g *generator) int {
	n := blockSize
	if o.chunkSize > 0 {
		n = int(o.chunkSize)
	}
	if g.plansFull() {
		n = min(n, os.Getpagesize())
	}
	return n
}

// open does all that can be refused before the first byte is written.
func (o *genOptions) open(n int64, plan fault.Plan, stderr io.Writer) (*generator, error) {
	base, err := newStream("gen", "standard output", stdout, plan)
	if err != nil {
		return nil, err
	}
	g := &generator{stream: base, seed: o.seed.value, from: int64(o.from), size: n}
	g.stderr = stderr
	g.judge = func(bool) error { return nil }
	g.describe = func(r *report) { r.Whole = g.offset() == g.size-g.from }
	if o.pipeSize > 0 {
		if err := g.setCapacity(int64(o.pipeSize)); err != nil {
			return nil, fmt.Errorf("--pipe-size %v: %s: %w", &o.pipeSize, g.name, err)
		}
	} else if !g.plansFull() {
		g.enlarge(pipeCapacity)
	}
	g.report, err = openReport(o.report, "the stream")
	return g, err
}

// generate writes the stream, or as much of it as the plan lets it.
func (g *generator) generate(buf []byte) error {
	for g.from+g.offset() < g.size {
		p := buf[:pattern.Fill(buf, g.seed, g.size, g.from+g.offset())]
		for len(p) > 0 {
			n, err := g.next(len(p))
			if err != nil {
				return err
			}
			if n, err = g.put(p[:n]); err != nil {
				return err
			}
			p = p[n:]
		}
	}
	_, err := g.next(1) // what is to happen to the byte that would come next
	return err
}

// put writes some of p. Nobody reading any more is an end like that of other producers.
func (g *generator) put(p []byte) (int, error) {
	n, err := g.moveBlocking(func() (int, error) { return g.writeSome(p) }, func(n int, _ error) { g.account(n) })
	g.pace(n)
	switch {
	case err == nil:
		return n, nil
	case isBrokenPipe(err):
		return n, &ending{signal: "PIPE"}
	}
	return n, fmt.Errorf("standard output: write at byte %d: %w", g.offset(), err)
}

// oneSize refuses arguments other than SIZE.
func oneSize(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("gen: expected one SIZE, found %d arguments", len(args))
	}
	return nil
}

// noArguments refuses arguments.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s: expected options only, found %q", c.Name(), args[0])
	}
	return nil
}

func printPlan(to io.Writer, plan fault.Plan) error {
	_, err := fmt.Fprintln(to, plan)
	return err
}
