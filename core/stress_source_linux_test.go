package core_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

func (s *stress) source() (in, feed *os.File) {
	switch pick(s, "pipe", "pipe", "pipe", "block", "small", "fifo", "socket", "file", "file") {
	case "file":
		return s.fileSource()
	case "block":
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			s.Fatal(err)
		}
		return os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
	case "small":
		return newPipe(s.T)
	case "fifo":
		return newFIFO(s.T)
	case "socket":
		return newSocketpair(s.T)
	}
	in, feed, err := os.Pipe()
	if err != nil {
		s.Fatal(err)
	}
	return in, feed
}

// fileSource returns a file that has the data from its offset on, and something to write to in vain.
func (s *stress) fileSource() (in, feed *os.File) {
	path := filepath.Join(s.TempDir(), "source")
	before := s.of(10_000)
	if err := os.WriteFile(path, append(make([]byte, before), s.data...), 0o600); err != nil {
		s.Fatal(err)
	}
	in, err := os.Open(path)
	if err == nil {
		_, err = in.Seek(int64(before), io.SeekStart)
	}
	feed, nullErr := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err = errors.Join(err, nullErr); err != nil {
		s.Fatal(err)
	}
	return in, feed
}

// produce writes the data in pieces, and pauses.
func produce(feed *os.File, data []byte, rng *rand.Rand) {
	defer feed.Close()
	most := 1 << (2 + rng.IntN(19))
	if rng.IntN(2) == 0 {
		most = len(data) + 1
	}
	if len(data)/most > 3000 {
		most = len(data)/3000 + 1
	}
	pauses := rng.IntN(3) == 0
	for len(data) > 0 {
		n := min(len(data), 1+rng.IntN(most))
		if _, err := feed.Write(data[:n]); err != nil {
			return
		}
		data = data[n:]
		if pauses && rng.IntN(20) == 0 {
			time.Sleep(time.Duration(rng.IntN(3000)) * time.Microsecond)
		}
		if rng.IntN(100) == 0 { // another rhythm
			most = min(1<<20, max(len(data)/3000+1, 1<<rng.IntN(21)))
		}
	}
}
