package main

import (
	"fmt"
	"strconv"
	"strings"

	"yjoint/internal/size"
)

// seedFlag is a pflag.Value: which of all test streams it is.
type seedFlag struct {
	value uint64
	given bool
}

func (s *seedFlag) String() string { return strconv.FormatUint(s.value, 10) }
func (s *seedFlag) Type() string   { return "N" }

func (s *seedFlag) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a seed: expected a whole number from 0 to 2^64-1", text)
	}
	s.value, s.given = n, true
	return nil
}

// descriptorList is a pflag.Value: numbers of descriptors, separated by commas. Each use adds to it.
type descriptorList []int

// mostDescriptor is the largest number of a descriptor that plans know.
const mostDescriptor = 1 << 20

func (l *descriptorList) Type() string { return "FD[,FD]..." }

func (l *descriptorList) String() string { return strings.Trim(fmt.Sprint([]int(*l)), "[]") }

func (l *descriptorList) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		fd, err := strconv.Atoi(part)
		if err != nil || fd < 0 || fd > mostDescriptor {
			return fmt.Errorf("%q is not a descriptor: expected its number, such as 1", part)
		}
		*l = append(*l, fd)
	}
	return nil
}

// rateFlag is a pflag.Value: bytes per second; 0: no limit.
type rateFlag int64

func (r *rateFlag) Type() string { return "SIZE/s" }

func (r *rateFlag) String() string {
	if *r == 0 {
		return ""
	}
	return size.Format(int64(*r)) + "/s"
}

func (r *rateFlag) Set(text string) error {
	number, ok := strings.CutSuffix(text, "/s")
	if !ok {
		return fmt.Errorf("%q is not a rate: expected bytes per second, such as 10MB/s", text)
	}
	n, err := size.Parse(number)
	if err == nil && n == 0 {
		err = fmt.Errorf("0/s never moves: expected 1/s or more")
	}
	*r = rateFlag(n)
	return err
}

// blockFlag is a pflag.Value: how many bytes at once; 0: as the verb likes it.
type blockFlag int64

// mostBlock keeps a slip of the keyboard from taking all memory.
const mostBlock = 1 << 30

func (b *blockFlag) Type() string   { return "SIZE" }
func (b *blockFlag) String() string { return size.Format(int64(*b)) }

func (b *blockFlag) Set(text string) error {
	n, err := size.Parse(text)
	if err == nil && (n < 1 || n > mostBlock) {
		err = fmt.Errorf("%s is out of range: expected 1 byte to 1GiB", text)
	}
	*b = blockFlag(n)
	return err
}

// capacityFlag is a pflag.Value: what a pipe holds; 0: what it did.
type capacityFlag int64

func (c *capacityFlag) Type() string   { return "SIZE" }
func (c *capacityFlag) String() string { return size.Format(int64(*c)) }

func (c *capacityFlag) Set(text string) error {
	n, err := size.Parse(text)
	if err == nil {
		err = checkCapacity(n)
	}
	*c = capacityFlag(n)
	return err
}
