package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/zeebo/blake3"
	"github.com/zeebo/xxh3"

	"yjoint/core"
)

// digestAlgorithm is one that --digest knows.
type digestAlgorithm struct {
	name string
	new  func() hash.Hash // its Sum is what the algorithm's own tool shows
}

// digestAlgorithms are in the order of --help. The tools are sha256sum, b3sum and xxhsum.
var digestAlgorithms = []digestAlgorithm{
	{"sha256", sha256.New},
	{"blake3", func() hash.Hash { return blake3.New() }},
	{"xxh3", func() hash.Hash { return xxh3.New128() }},
}

// setDigest is the setter of --digest.
func (p *parser) setDigest(name string) error {
	if !slices.ContainsFunc(digestAlgorithms, func(a digestAlgorithm) bool { return a.name == name }) {
		return fmt.Errorf("expected sha256, blake3 or xxh3, not %s", quoted(name))
	}
	p.cfg.digest = name
	return nil
}

// newDigest returns a hash for the stream, or nil where none is asked for.
func (c *config) newDigest() hash.Hash {
	for _, a := range digestAlgorithms {
		if a.name == c.digest {
			return a.new()
		}
	}
	return nil
}

// digestReport is a digest in the report.
type digestReport struct {
	Algorithm string `json:"algorithm"`
	Hex       string `json:"hex"` // lower case
}

// addDigests adds those of rep, whose outputs are r's.
func (r *runReport) addDigests(algorithm string, rep core.Report) {
	tell := func(sum []byte) *digestReport {
		if sum == nil {
			return nil
		}
		return &digestReport{algorithm, hex.EncodeToString(sum)}
	}
	r.Source.Digest = tell(rep.Source.Digest)
	for i, s := range rep.Sinks {
		r.Outputs[i].Digest = tell(s.Digest)
	}
}

// checksums are the lines of --digest-file: one for each regular file that is complete, written from its beginning and opened by its
// name. If no output is such a file, complete or not, it is one for the stream, as standard input is called in such files, if that
// is known to be whole. So a truncated stream has no line, and a file without lines is an error to the tools.
func checksums(rep core.Report, outputs []*output, noTruncate bool) string {
	var lines strings.Builder
	files := 0
	for i, o := range outputs {
		if !o.holdsStream(noTruncate) {
			continue
		}
		files++
		if s := rep.Sinks[i]; s.Verdict == core.Complete && s.Digest != nil {
			lines.WriteString(checksum(s.Digest, o.spec.text))
		}
	}
	if files == 0 && rep.Source.Ended && rep.Source.Digest != nil {
		lines.WriteString(checksum(rep.Source.Digest, "-"))
	}
	return lines.String()
}

// holdsStream reports whether, when o is complete, who opens its name finds the stream there and nothing else.
func (o *output) holdsStream(noTruncate bool) bool {
	_, adopted := descriptorOf(o.spec.text)
	return o.kind == kindFile && !adopted && !o.spec.append && !noTruncate
}

// nameEscapes are GNU's: a line in which a name needs them begins with a backslash.
var nameEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// checksum is the line for a name.
func checksum(sum []byte, name string) string {
	escaped := nameEscapes.Replace(name)
	mark := ""
	if escaped != name {
		mark = `\`
	}
	return fmt.Sprintf("%s%x  %s\n", mark, sum, escaped)
}

// writeDigests writes --digest-file, if there is one, and closes it.
func (s *session) writeDigests(rep core.Report) error {
	f := s.files.digests
	if f == nil {
		return nil
	}
	return writeReport(f, []byte(checksums(rep, s.outputs, s.cfg.noTruncate)))
}
