package main

import (
	"fmt"
	"strconv"
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
