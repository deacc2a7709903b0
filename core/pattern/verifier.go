package pattern

// A Verifier is an [io.Writer] that finds out which part of a stream it is
// given. The input may come in chunks of any sizes; they don't matter for the
// verdict. It uses constant memory, keeps no reference to what it is given, and
// is not safe for use by several goroutines at a time. The zero Verifier
// expects stream 0.
//
// Only the first anomaly is judged. While it looks for where the stream resumes
// a Verifier is some thirty times slower; once it knows it only counts.
type Verifier struct {
	phase    phase
	received int64
	cursor   cursor  // used while matching
	search   search  // used while searching; its window also while learning
	verdict  Verdict // set when decided, but for Received
}

// A phase is what a Verifier does with its input. It only ever grows, but for
// learning, which comes first.
type phase int

const (
	matching  phase = iota // no anomaly so far
	searching              // in an anomaly, for where the stream resumes
	decided                // only counting
	learning               // collecting the first bytes, for the id
)

// NewVerifier returns a Verifier that expects the stream with that id.
func NewVerifier(id uint64) *Verifier {
	return &Verifier{cursor: cursor{key: mix(id)}}
}

// NewAnyVerifier returns a Verifier that expects the first stream that it can
// identify in the first 512 bytes of the input. That takes four whole words;
// without them, and so in any input of less than 32 bytes, it expects stream 0.
func NewAnyVerifier() *Verifier {
	return &Verifier{phase: learning}
}

// Write takes the next bytes of the input. It returns len(p), nil whatever the
// bytes are, and never blocks.
func (v *Verifier) Write(p []byte) (int, error) {
	n := len(p)
	v.received += int64(n)
	if v.phase == learning {
		p = v.learn(p)
	}
	v.advance(p)
	return n, nil
}

// Stream returns the id that the Verifier expects, and false as long as it may
// still change, which is only with [NewAnyVerifier].
func (v *Verifier) Stream() (id uint64, known bool) {
	if v.phase == learning {
		settled := *v
		settled.settle()
		return unmix(settled.cursor.key), false
	}
	return unmix(v.cursor.key), true
}

// Verdict returns the verdict on the input, if it ends here. It changes
// nothing: more may be written, and another verdict asked for.
func (v *Verifier) Verdict() Verdict {
	now := *v
	if now.phase == learning {
		now.settle()
	}
	var verdict Verdict
	switch {
	case now.phase == decided:
		verdict = now.verdict
	case now.phase == searching:
		verdict = now.search.end()
	case now.cursor.atEnd():
		verdict.Kind = Complete
	default:
		verdict = Verdict{Kind: Prefix, At: now.cursor.pos}
	}
	verdict.Received = now.received
	return verdict
}

// advance takes the next bytes once the id is known.
func (v *Verifier) advance(p []byte) {
	if v.phase == matching {
		n := v.cursor.match(p)
		if n == len(p) {
			return
		}
		p = p[n:]
		v.search = newSearch(&v.cursor)
		v.phase = searching
	}
	if v.phase == searching {
		if verdict, final := v.search.write(p); final {
			v.verdict = verdict
			v.phase = decided
		}
	}
}

// learn collects the first bytes in the window, and returns those that it has
// no room for. Once the window is full it settles on an id.
func (v *Verifier) learn(p []byte) (rest []byte) {
	s := &v.search
	k := copy(s.window[s.n:], p)
	s.n += k
	if s.n == len(s.window) {
		v.settle()
	}
	return p[k:]
}

// settle ends the learning: it takes the id that the collected bytes show, and
// then those bytes.
func (v *Verifier) settle() {
	v.cursor.key = mix(identify(v.search.window[:v.search.n]))
	v.phase = matching
	// A copy, since a search that begins here takes over the window.
	first := v.search
	v.advance(first.window[:first.n])
}
