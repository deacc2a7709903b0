// Package pattern is a test stream that knows where it is: whoever receives
// any part of it can say which part that was. A [Reader] or [Fill] generates
// the stream, a [Verifier] reads what arrived and gives a [Verdict].
//
// In a test of a program that copies, let it read from a Reader and write to a
// Verifier for each output, and ask those for their verdicts: complete, only
// the first N bytes, or what is missing, doubled or foreign, and where. No copy
// of the data is kept, so gigabytes cost no memory. Streams with different ids
// tell inputs apart that must not be mixed up.
//
// # The stream
//
// A stream has an id, any uint64, and a size in bytes, 0 to 8 EiB-1. It is a
// sequence of 64-bit little-endian words, the last of which may be cut short
// by the size. Word i, for i from 0 to 2^60-1, is
//
//	x = (i mod 2^44)<<20 | h<<16 | t
//	m = x*multiplier + addend    mod 2^64
//	w = m ^ m>>32
//
// where t and h are what the word can carry of the things that do not fit into
// it: with lane = i mod 4, h is bits 4*lane to 4*lane+3 of i>>44, and t is bits
// 16*lane to 16*lane+15 of the mixed id, XORed with bits 0 to 15 of i>>28 (so that
// damage to any part of a word shows in t). The id is mixed with SplitMix64's
// finalizer, so that neighbouring ids differ in each lane.
//
// Each step can be undone, so a word found anywhere yields its index (modulo
// 2^44 words, 128 TiB) and a quarter of its id. Two consecutive words prove the
// position without knowing the id; four yield the whole id and the whole index.
//
// # The end mark
//
// The last whole word is XORed with a mark whose first byte tells how many
// bytes (0 to 7) follow that word. A stream of 1 to 7 bytes has no whole word:
// its bytes are those of word 0, XORed with a mark whose first byte tells the
// size. The mark is part of the size. No stream is a prefix of another one with
// the same id, except the empty one, so a stream cut anywhere, be it inside its
// mark, is never [Complete].
//
// # What cannot be told apart
//
//   - Nothing received is `prefix 0`, also if the stream was meant to be empty:
//     an output that got nothing proves nothing.
//   - Where the bytes at both ends of a loss or a repetition are alike, several
//     answers describe the same input. The roundest is given; see [Gap].
//   - Foreign bytes that happen to be what the stream has there count as the
//     stream's: [Torn], [Foreign] and [Shifted] begin at the first byte that
//     differs.
//   - A mark counts as a whole: if it is damaged, its first byte is the one
//     reported. The mark of a stream of 1 to 7 bytes is the whole stream.
//   - A mark that is cut short is trusted if what there is of it fits: a wrong
//     last byte passes as `prefix N` with a chance of 1 in 32 if it is the first
//     of a word, of 1 in 17 if it is the only one received.
//   - A stream of n < 8 bytes is proved by 8n bits only. It is [Complete] if the
//     input ends there. If a stream can be recognised in what follows, its bytes
//     count as damage before that, otherwise the rest is [Trailing].
//   - A position is recognised from two whole words (16 to 23 bytes in a row), or
//     from a whole end mark that reaches to the end of the input (a wrong guess
//     has a chance below 1 in 2^16). Shorter pieces count as damage.
//   - Another stream is recognised from four whole words (32 to 39 bytes).
//     With less, its bytes count as damage.
//   - Anomalies less than two words apart are reported as one.
package pattern
