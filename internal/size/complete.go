package size

import "strings"

// Complete returns sizes that word can be the beginning of: by its units where it is a number, examples where it is empty.
func Complete(word string) []string {
	if word == "" {
		return []string{"4KiB", "64KiB", "1MiB", "1MB", "1GiB", "8GiB-1"}
	}
	var units []string
	for i := range binaryUnits {
		units = append(units, binaryUnits[i].name, decimalUnits[i].name)
	}
	all := withUnits(word, units)
	if _, err := Parse(word); err == nil {
		return append([]string{word}, all...)
	}
	return all
}

// CompleteDuration returns durations in the same way.
func CompleteDuration(word string) []string {
	if word == "" {
		return []string{"100ms", "1s", "30s", "5m", "1h"}
	}
	return withUnits(word, []string{"ms", "s", "m", "h"})
}

// withUnits returns the number at the beginning of word with each of the units, as far as word allows that; nil if it begins with none.
func withUnits(word string, units []string) (all []string) {
	digits := word[:len(word)-len(strings.TrimLeft(word, "0123456789"))]
	for _, u := range units {
		if digits != "" && strings.HasPrefix(digits+u, word) {
			all = append(all, digits+u)
		}
	}
	return all
}
