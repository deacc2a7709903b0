//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core/pattern"
)

// roleWord as the first argument makes this program one end of a fan-out, as told by the second.
const roleWord = "role"

const (
	// blockSize is how much producers write and readers read at once, as cat and faultsink do.
	blockSize   = 128 << 10
	messageSize = 64
	// streamID is that of the stream by which bytes are checked.
	streamID = 1
)

// roles read standard input or write standard output by plain system calls. Each returns what it has to tell.
var roles = map[string]func(n int64) (told string, err error){
	"produce":  produce,
	"generate": generate,
	"count":    count,
	"verify":   verify,
	"converse": converse,
}

// playRole does what words say: the role, and an amount if it has one. On descriptor 3 it says when it is ready and what
// it has to tell.
func playRole(words []string) int {
	status := os.NewFile(3, "status")
	told, err := func() (string, error) {
		play, n, err := findRole(words)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(status, readyWord)
		return play(n)
	}()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s %v: %v\n", roleWord, words, err)
		return 1
	}
	fmt.Fprint(status, told)
	return 0
}

const readyWord = "ready"

func findRole(words []string) (play func(int64) (string, error), n int64, err error) {
	if len(words) != 2 || roles[words[0]] == nil {
		return nil, 0, fmt.Errorf("want a role of this program and an amount")
	}
	n, err = strconv.ParseInt(words[1], 10, 64)
	return roles[words[0]], n, err
}

// produce writes n bytes.
func produce(n int64) (string, error) {
	block := make([]byte, blockSize)
	for i := range block {
		block[i] = byte(i)
	}
	for n > 0 {
		piece := block[:min(n, blockSize)]
		if err := writeAll(piece); err != nil {
			return "", err
		}
		n -= int64(len(piece))
	}
	return "", nil
}

// generate writes a stream of n bytes that verify knows.
func generate(n int64) (string, error) {
	block := make([]byte, blockSize)
	stream := pattern.NewReader(streamID, n)
	for {
		got, err := stream.Read(block)
		if err == io.EOF {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if err := writeAll(block[:got]); err != nil {
			return "", err
		}
	}
}

// count tells how many bytes there were.
func count(int64) (string, error) {
	var n int64
	err := readAll(func(p []byte) { n += int64(len(p)) })
	return strconv.FormatInt(n, 10), err
}

// verify tells what became of the stream that generate writes.
func verify(int64) (string, error) {
	v := pattern.NewVerifier(streamID)
	if err := readAll(func(p []byte) { v.Write(p) }); err != nil {
		return "", err
	}
	return v.Verdict().String(), nil
}

// converse writes n messages, each when the one before has come back, and tells the median of the times in between.
func converse(n int64) (string, error) {
	times := make([]time.Duration, n)
	message, back := make([]byte, messageSize), make([]byte, messageSize)
	for i := range times {
		for j := range message {
			message[j] = byte(i + j)
		}
		begin := time.Now()
		if err := writeAll(message); err != nil {
			return "", err
		}
		if err := readFull(back); err != nil {
			return "", fmt.Errorf("message %d: %w", i, err)
		}
		times[i] = time.Since(begin)
		if !slices.Equal(message, back) {
			return fmt.Sprintf("message %d came back changed", i), nil
		}
	}
	return strconv.FormatInt(int64(median(times)), 10), nil
}

func writeAll(p []byte) error {
	for len(p) > 0 {
		n, err := unix.Write(1, p)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("write", err)
		}
		p = p[n:]
	}
	return nil
}

// readAll gives each piece that was read to use, up to the end.
func readAll(use func([]byte)) error {
	block := make([]byte, blockSize)
	for {
		n, err := unix.Read(0, block)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return os.NewSyscallError("read", err)
		case n == 0:
			return nil
		default:
			use(block[:n])
		}
	}
}

func readFull(p []byte) error {
	for len(p) > 0 {
		n, err := unix.Read(0, p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return os.NewSyscallError("read", err)
		case n == 0:
			return io.ErrUnexpectedEOF
		default:
			p = p[n:]
		}
	}
	return nil
}
