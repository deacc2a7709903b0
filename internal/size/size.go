// Package size reads and prints sizes and durations as the command lines of this module write them.
package size

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// expected tells what a size looks like, in error messages.
const expected = "expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"

// A unit is a suffix and how many bytes it stands for.
type unit struct {
	name  string
	bytes *big.Int
}

// prefixes are the letters that powers of 1024 and of 1000 begin with, the first power first; 1000 bytes are "kB".
const prefixes = "KMGTPE"

var (
	binaryUnits  = powers(1024, func(letter string) string { return letter + "iB" })
	decimalUnits = powers(1000, func(letter string) string { return strings.ReplaceAll(letter, "K", "k") + "B" })
	allUnits     = append(append([]unit{{"B", big.NewInt(1)}}, binaryUnits...), decimalUnits...)
)

func powers(base int64, name func(letter string) string) []unit {
	var units []unit
	bytes := big.NewInt(1)
	for _, letter := range prefixes {
		bytes = new(big.Int).Mul(bytes, big.NewInt(base))
		units = append(units, unit{name(string(letter)), bytes})
	}
	return units
}

// Parse returns the number of bytes that text names: a whole number, then perhaps B, KiB to EiB (powers of 1024) or kB, MB
// to EB (powers of 1000); then perhaps + or - and a second such term: "8GiB-1". It is exact up to "8EiB-1", the largest
// int64. Spaces, fractions, results below 0 and suffixes that could mean either power ("1M") are errors.
func Parse(text string) (int64, error) {
	first, rest, err := term(text, text)
	if err != nil {
		return 0, err
	}
	total := first
	if rest != "" {
		sign, second := rest[0], (*big.Int)(nil)
		if second, rest, err = term(rest[1:], text); err != nil {
			return 0, err
		}
		if sign == '-' {
			second.Neg(second)
		}
		total.Add(total, second)
	}
	switch {
	case rest != "":
		return 0, notASize(text, "at most one + or -")
	case total.Sign() < 0:
		return 0, fmt.Errorf("%s is negative", show(text))
	case !total.IsInt64():
		return 0, fmt.Errorf("%s is too large: the most is 8EiB-1 (%d)", show(text), int64(math.MaxInt64))
	}
	return total.Int64(), nil
}

// term reads a number and its unit from the beginning of s, up to the sign that begins the rest, if any.
func term(s, text string) (value *big.Int, rest string, err error) {
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
	name := s[len(digits):]
	if i := strings.IndexAny(name, "+-"); i >= 0 {
		name, rest = name[:i], name[i:]
	}
	if digits == "" {
		return nil, "", notASize(text, "")
	}
	number, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, "", notASize(text, "")
	}
	bytes, err := unitOf(name, digits, number)
	if errors.Is(err, errNoUnit) {
		return nil, "", notASize(text, "")
	}
	if err != nil {
		return nil, "", err
	}
	return number.Mul(number, bytes), rest, nil
}

// errNoUnit: what follows the digits is nothing that resembles a unit.
var errNoUnit = errors.New("no unit")

// unitOf returns how many bytes the suffix name stands for; digits and number are what stands before it.
func unitOf(name, digits string, number *big.Int) (*big.Int, error) {
	if name == "" {
		name = "B"
	}
	for _, u := range allUnits {
		if u.name == name {
			return u.bytes, nil
		}
	}
	for i, u := range binaryUnits {
		letter := u.name[:1]
		// Tools disagree about what "1M" is; "1KB" is 1024 bytes for some and 1000 for others.
		if strings.EqualFold(name, letter) || name == letter+"B" {
			binary, decimal := u, decimalUnits[i]
			return nil, fmt.Errorf("%s is ambiguous: write %s (%d) or %s (%d)", digits+name,
				digits+binary.name, new(big.Int).Mul(number, binary.bytes),
				digits+decimal.name, new(big.Int).Mul(number, decimal.bytes))
		}
	}
	for _, u := range allUnits {
		if strings.EqualFold(name, u.name) {
			return nil, fmt.Errorf("%s: no unit is called %s: write %s", digits+name, name, digits+u.name)
		}
	}
	return nil, errNoUnit
}

func notASize(text, why string) error {
	if text == "" {
		return errors.New("empty size: " + expected)
	}
	if why == "" {
		return fmt.Errorf("%s is not a size: %s", show(text), expected)
	}
	return fmt.Errorf("%s is not a size: %s, %s", show(text), why, expected)
}

// show returns text as a message quotes it: as it is, unless that would be confusing.
func show(text string) string {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || !strconv.IsGraphic(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// Format returns the shortest text from which Parse makes n: "64KiB", "1MB", "8GiB-1". A negative n, which no text stands
// for, is printed in digits.
func Format(n int64) string {
	if n < 0 {
		return strconv.FormatInt(n, 10)
	}
	best := strconv.FormatInt(n, 10)
	for _, offset := range []int64{0, -1, 1} {
		multiple := new(big.Int).Sub(big.NewInt(n), big.NewInt(offset))
		if text, ok := inUnits(multiple); ok {
			if offset != 0 {
				text += fmt.Sprintf("%+d", offset)
			}
			// Units read better than digits even where they aren't shorter.
			if len(text) <= len(best) {
				best = text
			}
		}
	}
	return best
}

// inUnits returns n as the shortest multiple of a unit, of a power of 1024 where there is a choice.
func inUnits(n *big.Int) (string, bool) {
	best := ""
	for _, u := range slices.Concat(binaryUnits, decimalUnits) {
		count, rest := new(big.Int).QuoRem(n, u.bytes, new(big.Int))
		if count.Sign() <= 0 || rest.Sign() != 0 {
			continue
		}
		if text := count.String() + u.name; best == "" || len(text) < len(best) {
			best = text
		}
	}
	return best, best != ""
}

// Value is a size that an option sets: a pflag.Value.
type Value int64

// String prints the size as Format does.
func (v *Value) String() string { return Format(int64(*v)) }

// Set takes the size from text, as Parse does.
func (v *Value) Set(text string) error {
	n, err := Parse(text)
	if err == nil {
		*v = Value(n)
	}
	return err
}

// Type is what usage texts call the option's argument.
func (v *Value) Type() string { return "SIZE" }
